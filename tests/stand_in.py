"""A random two-layer GPT-2 saved to disk with a real byte-level BPE tokenizer, trained on the spot."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

WORDS = "Total of a and b. Add together a and b. Calculate a + b. What is the sum of a and b? Put together Answer:"


def tokenizer(largest: int = 40) -> PreTrainedTokenizerFast:
    """A tokenizer like GPT-2's in which " 0" ... " largest" are single tokens and the next number is not."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000, min_frequency=1, show_progress=False, special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    made.train_from_iterator([f"{WORDS} {n}." for n in range(largest + 1)], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def save(folder: Path, *, largest: int = 40, width: int = 16, seed: int = 0) -> Path:
    """Save model and tokenizer in this folder, as ``from_pretrained`` reads them."""
    words = tokenizer(largest)
    config = GPT2Config(
        vocab_size=len(words), n_embd=width, n_layer=2, n_head=2, n_positions=32, bos_token_id=0, eos_token_id=0
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        GPT2LMHeadModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
