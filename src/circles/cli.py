"""The command line: ``python -m circles``. Errors are one line, with exit status 2."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from circles.foundations.errors import CirclesError, ConfigError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Learning in Circles: claims, runs, checkpoints.",
)


@app.command()
def claims(paper: Annotated[str, typer.Argument(help="such as nanda2023; else all")] = "") -> None:
    """Print every claim: paper, ours, band and verdict."""
    from circles import ledger
    from circles.ledger.scorecard import Scorecard, counted

    chosen = (ledger.paper(paper),) if paper else ledger.papers()
    print(repr(Scorecard(chosen)))
    print("\n" + ", ".join(f"{n} {verdict}" for verdict, n in counted(chosen).items() if n))


@app.command()
def cite(claim: Annotated[str, typer.Argument(help="paper/claim, such as nanda2023/wl-rank")]) -> None:
    """Print how to cite one claim, with an entry for BibTeX."""
    from circles.ledger.citation import citation

    print(citation(claim))


@app.command()
def where(claim: Annotated[str, typer.Argument(help="paper/claim, such as nanda2023/wl-rank")]) -> None:
    """Print where one claim lives: page, cell, functions, ledger."""
    from circles.book.where import where as find

    print(find(claim))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="a run or a sweep of runs, such as nanda2023 or fraction")],
    seeds: Annotated[str, typer.Option(help="one seed, a range or several: 0, 0-4, 0,2,7")] = "0",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    only: Annotated[str, typer.Option(help="runs with these parts in their names: f0.6,f0.3")] = "",
    scheduler: Annotated[str, typer.Option(help="tcp://... of a Dask cluster that shares this disk")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="train here what is recorded too")] = False,
) -> None:
    """Load recorded and cached runs, train the others; say where."""
    from circles.book import sweep

    chosen = sweep.configs(registered(name), parse_seeds(seeds), only)
    for result in sweep.load_or_train(chosen, fresh=fresh, device=device, scheduler=scheduler):
        loss = f"loss {float(result.losses[-1]):.3g}  " if len(result.losses) else ""
        print(f"{result.config.name}  seed {result.config.seed}  {loss}{result.folder}")


@app.command(name="runs")
def list_runs() -> None:
    """List recorded and cached runs with size, age and machine."""
    from circles.training import shelf

    for e in shelf.entries():
        print(f"{e.place:<9} {e.name:<44} {e.megabytes:7.2f} MB {e.days:7.1f} days  {e.machine}")


@app.command()
def promote(
    name: Annotated[str, typer.Argument(help="a name that run knows")],
    seeds: Annotated[str, typer.Option(help="one seed, a range or several: 0, 0-4, 0,2,7")] = "0",
    only: Annotated[str, typer.Option(help="runs with these parts in their names: f0.6,f0.3")] = "",
) -> None:
    """Make the cached runs of this name the recorded ones."""
    from circles.book import sweep
    from circles.training import shelf

    for moved in shelf.promote_runs(sweep.configs(registered(name), parse_seeds(seeds), only)):
        print(f"recorded {moved}")


@app.command()
def restamp(
    name: Annotated[str, typer.Argument(help="a name that run knows, or a folder of recordings")] = "",
    every: Annotated[bool, typer.Option("--all", help="all families")] = False,
) -> None:
    """Let today's code be the recordings' own, if goldens agree.

    For a change that computes the same: where one golden does not agree, nothing is stamped.
    """
    from circles.book import restamp as stamps

    if bool(name) == every:
        raise ConfigError("expected the name of a run, or --all")
    known = stamps.recorded_families()
    families = known if every else [name] if name in known else sorted({c.family for c in _made(registered(name)(0))})
    refused = []
    for family in families:
        try:
            print(stamps.restamp(family), flush=True)
        except CirclesError as error:
            refused.append(str(error))
    if refused:
        raise stamps.Refused("; ".join(refused))


def _made(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


@app.command()
def slim(
    name: Annotated[str, typer.Argument(help="a name that run knows")],
    seeds: Annotated[str, typer.Option(help="one seed, a range or several: 0, 0-4, 0,2,7")] = "0",
    only: Annotated[str, typer.Option(help="runs with these parts in their names: f0.6,f0.3")] = "",
    keep: Annotated[str, typer.Option(help="what a figure still shows: circles,neuron")] = "",
) -> None:
    """Drop from recorded runs what no figure shows."""
    from circles.book import sweep
    from circles.training.slim import slim as drop

    shown = [part for part in keep.split(",") if part]
    for config in sweep.configs(registered(name), parse_seeds(seeds), only):
        print(f"{config.name}  {drop(config, shown):.2f} MB saved")


@app.command()
def analyse(
    file: Annotated[Path, typer.Argument(help="a checkpoint of torch or safetensors, whatever its ending")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    html: Annotated[Path | None, typer.Option(help="write a page with the book's figures of this net")] = None,
    at: Annotated[int | None, typer.Option(help="which of several checkpoints in the file; -1 is the last")] = None,
    config: Annotated[Path | None, typer.Option(help="a JSON file of settings that lies beside the checkpoint")] = None,
    modulus: Annotated[int | None, typer.Option(help="p, where the file does not say")] = None,
    operation: Annotated[str | None, typer.Option(help="'a + b', 'a - b' or 'a * b'")] = None,
    order: Annotated[str | None, typer.Option(help="the tokens: 'a b =', 'a b', 'a 97 b 98'")] = None,
    heads: Annotated[int | None, typer.Option(help="how many heads")] = None,
    activation: Annotated[str | None, typer.Option(help="relu, gelu, gelu_tanh, silu or tanh")] = None,
    attention: Annotated[float | None, typer.Option(help="1 softmax, 0 uniform, or a mixture")] = None,
    fraction: Annotated[float | None, typer.Option(help="with --seed: our split's sides apart")] = None,
    seed: Annotated[int | None, typer.Option(help="with --fraction: the split's seed")] = None,
) -> None:
    """Say what a checkpoint has learnt, clock or pizza.

    It holds a one-layer transformer on two numbers; what the file does not say, the options do.
    """
    import json

    from circles.analysis import checkpoint_report
    from circles.analysis.checkpoint_text import render
    from circles.models.foreign import load

    told = load.told(
        p=modulus, operation=operation, order=order, heads=heads, activation=activation, attention=attention
    )
    if html is not None:
        _check_place(html, file)
    beside = None if config is None else load.settings(config)
    net = checkpoint_report.dissect(file, at=at, told=told, config=beside)
    found = checkpoint_report.of_net(net, fraction=fraction, seed=seed)
    print(json.dumps(found, indent=1, allow_nan=False) if as_json else render(found))
    if html is not None:
        from circles import net_page

        net_page.write(net, found, html)


def _check_place(path: Path, source: Path) -> None:
    """Raise ConfigError, naming the place, where the page of the net in ``source`` may not be written."""
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"--html is {path}, which is no file, expected a name such as net.html")
        if path.exists() and source.exists() and path.samefile(source):
            raise ConfigError(f"--html is {path}, the checkpoint itself, expected another name such as net.html")
    except OSError as error:
        raise ConfigError(f"--html is {path}, which cannot be written ({error.strerror})") from error


@app.command()
def machine() -> None:
    """Say what this machine computes with.

    Send it along when a verdict turns on your machine.
    """
    print(import_module("circles.training.provenance").words())


@app.command()
def reproduce(
    jobs: Annotated[int | None, typer.Option(help="chapters at once; else two, where there are two cores")] = None,
) -> None:
    """Train live runs anew, execute chapters, compare verdicts."""
    from circles.book import reproduce as driver

    print(driver.reproduce(jobs))


@app.command()
def record(
    trained: Annotated[Path | None, typer.Option(help="folder of runs that a failed record left")] = None,
    outputs_only: Annotated[bool, typer.Option(help="train nothing, renew the outputs")] = False,
) -> None:
    """Reproduce, then keep the new runs and outputs."""
    from circles.book import reproduce as driver

    if trained is not None and not trained.is_dir():
        raise ConfigError(f"--trained is {trained}, expected the folder that record named")
    print(driver.record(trained, outputs_only=outputs_only))


def parse_seeds(text: str) -> list[int]:
    """``0-4`` or ``0,2,7`` as a list. Raises ConfigError for anything else."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:-(\d{1,9}))?\s*", part)
        if match is None:
            raise ConfigError(f"--seeds is {text!r}, expected one seed, a range or several: 0, 0-4, 0,2,7")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first > 9999:
            raise ConfigError(f"--seeds is {text!r}, expected a range that rises, of 10,000 seeds at most")
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def registered(name: str) -> Callable[[int], Any]:
    """The maker of configurations with this name. Raises ConfigError, offering the nearest."""
    from circles.ledger.claims import nearest

    known = import_module("circles.book.registry").RUNS
    if name not in known:
        raise ConfigError(f"no run {name!r}{nearest(name, known)}")
    return known[name]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 2 and one line on stderr for an error, else 0 or 1."""
    # Threads that wait for one another sleep instead of spinning: with a core busy elsewhere, spinning threads of an
    # epoch took many times as long. It is read when torch is loaded, which no command has done yet.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        return app(words, prog_name="python -m circles", standalone_mode=False) or 0
    except CirclesError as error:
        message, status = str(error), getattr(error, "status", 2)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("circles"):
            raise
        way = "from the repository's root, pip install -e '.[book]'"
        message, status = f"needs {error.name}, which is not installed: {way}", 2
    except OSError as error:  # a name too long, a folder in the place of a file, no permission
        message, status = f"{error.filename or 'the system'}: {error.strerror or error}", 2
    except KeyboardInterrupt:
        message, status = "stopped; the same command goes on from the last checkpoint", 130
    except typer.Abort:
        message, status = "stopped", 130
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        message, status = error.format_message(), 2  # typer's own: an unknown command, option or value
    line = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))  # no terminal obeys a file's name
    print(f"circles: {line}", file=sys.stderr)
    return status
