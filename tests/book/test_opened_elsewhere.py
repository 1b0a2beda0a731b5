"""A notebook that is opened in Colab, on GitHub or in an editor shows readable text, and its links lead somewhere."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from pybtex.database import parse_file
from pybtex.richtext import Text

from circles.ledger.citation import ADDRESS, chapter_address

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "handouts").glob("*.ipynb")])
CHAPTERS = sorted((ROOT / "chapters").glob("0?_[!e]*.ipynb"))
# What only the book's own reader of Markdown understands; elsewhere it stands there as it was typed.
RAW = {
    "role": r"(?<!`)\{[a-zA-Z][\w:+.-]*\}`",
    "directive": r"^ *(?:`{3,}|~{3,}|:{3,}) *\{",
    "colon fence": r"^ *:{3,}",
    "label": r"^\([\w -]+\)=",
    "definition": r"^: ",
    "comment": r"^% ",
    "substitution": r"\{\{",
    "footnote": r"\[\^[^\]]+\]",
    "attributes": r"[)\]`]\{[.#][^}]*\}",
    "block break": r"^\+\+\+",
    "task": r"^ *[-*] \[[ x]\] ",
    "numbered equation": r"\$\$ *\([\w-]+\) *$",
}
SOURCES = re.compile(re.escape(f"{ADDRESS}/blob/main/") + r"([\w/.]+)$")
COLAB = re.compile(re.escape(chapter_address("@")).replace("@", r"(\w+)") + r"(?:#claim-[\w-]+)?$")
BIB = parse_file(ROOT / "references.bib").entries


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(path, as_version=4).cells


def raw(text: str) -> list[str]:
    """What in the text another reader of Markdown would show as it was typed."""
    return [f"{kind} {m[0]!r}" for kind, made in RAW.items() for m in re.finditer(made, text, re.MULTILINE)]


def links(text: str) -> list[str]:
    """Where the links and pictures of a Markdown text lead, HTML among it included."""
    page = BeautifulSoup(MarkdownIt("commonmark").enable("table").render(text), "html.parser")
    return [tag[key] for key in ("href", "src") for tag in page.find_all(attrs={key: True})]


def dead(address: str, folder: Path) -> bool:
    """Whether an address leads nowhere from Colab: it follows links to notebooks beside this one, and whole ones."""
    if found := SOURCES.match(address) or COLAB.match(address):
        place = found[1] if found.re is SOURCES else f"chapters/{found[1]}.ipynb"
        return not (ROOT / place).is_file()
    if address.startswith("https://"):
        return False
    return not (re.fullmatch(r"\w+\.ipynb", address) and (folder / address).is_file())


@pytest.mark.parametrize(
    "text",
    ["{doc}`errata`", "{cite:t}`li2024`", "{ref}`words <there>`", "```{bibliography}\n```", ":::{note}\nx\n:::",
     "(released-start)=\n## What", "Read\n: Everything", "% a note", "{{ version }}", "so[^1]", "[a](b){.wide}",
     "+++", "- [ ] do", "$$a$$ (eq-a)"],
)  # fmt: skip
def test_what_only_the_book_understands_is_found(text):
    assert raw(text)


@pytest.mark.parametrize("text", ["$\\{1, x\\}$ and `{a}`", "```python\nx = {'a': 1}\n```", "a (b) = c", "at 5: so"])
def test_what_every_reader_understands_is_not(text):
    assert not raw(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_markdown_is_shown_as_it_was_typed(path):
    texts = {cell.id: cell.source for cell in cells(path) if cell.cell_type == "markdown"}
    assert texts
    assert not {id: found for id, text in texts.items() if (found := raw(text))}


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("02_grokking.ipynb", True),
        (chapter_address("02_grokking") + "#claim-nanda2023-wl-rank", True),
        (f"{ADDRESS}/blob/main/chapters/citing.md", True),
        ("https://arxiv.org/abs/2301.05217", True),
        ("02_grokkin.ipynb", False),
        ("02_grokking.html#claim-nanda2023-wl-rank", False),
        ("citing.md", False),
        ("#a-heading", False),
        (chapter_address("02_grokkin"), False),
        (f"{ADDRESS}/blob/main/chapters/cite.md", False),
    ],
)
def test_a_dead_link_is_told_from_one_that_leads_somewhere(address, leads):
    assert dead(address, ROOT / "chapters") is not leads


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_link_leads_somewhere(path):
    for cell in cells(path):
        found = links(cell.source) if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            found += [tag["href"] for tag in page.find_all("a", href=True)]
        assert not [address for address in found if dead(address, path.parent)], cell.id


def test_the_built_page_has_links_of_its_own_instead():
    spec = importlib.util.spec_from_file_location("book_inward", ROOT / "book" / "inward.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    typed = (
        f'<a href="{chapter_address("03_quantized")}#claim-li2024-x">x</a> [y]({ADDRESS}/blob/main/chapters/citing.md)'
    )
    assert module.inward(typed) == '<a href="03_quantized.html#claim-li2024-x">x</a> [y](citing.md)'
    setup = json.dumps(f"{ADDRESS}/archive/refs/tags/v1.zip")
    assert module.inward(setup) == setup


def surnames(key: str) -> list[str]:
    return [plain(" ".join(person.last_names)) for person in BIB[key].persons["author"]]


def plain(latex: str) -> str:
    return str(Text.from_latex(latex))


def named(key: str) -> str:
    """The authors as a sentence names them: one, two, or the first of many."""
    known = surnames(key)
    return known[0] if len(known) == 1 else " and ".join(known) if len(known) == 2 else f"{known[0]} et al."


def listed(key: str) -> str:
    """The entry of a list of references."""
    entry = BIB[key]
    people = [plain(" ".join(p.first_names + p.middle_names + p.last_names)) for p in entry.persons["author"]]
    who = " and ".join([", ".join(people[:-1]), people[-1]] if people[1:] else people)
    place = plain(entry.fields["booktitle"]) if "booktitle" in entry.fields else f"arXiv:{entry.fields['eprint']}"
    return f"- {who}. [{plain(entry.fields['title'])}]({entry.fields['url']}). {place}, {entry.fields['year']}."


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_the_references_are_those_that_the_text_names_in_the_words_of_the_bibliography(path):
    texts = [cell.source for cell in cells(path) if cell.cell_type == "markdown"]
    (references,) = (text for text in texts if text.startswith("## References"))
    texts.remove(references)
    cited = set()
    for words, url in re.findall(r"\[([^\]]+)\]\((https://[^)]+)\)", "\n".join(texts)):
        for key in (key for key in BIB if BIB[key].fields["url"] == url):
            assert words in (f"{named(key)} ({BIB[key].fields['year']})", f"{named(key)}, {BIB[key].fields['year']}")
            cited.add(key)
    assert cited
    lines = [listed(key) for key in sorted(cited, key=lambda key: surnames(key)[0].lower())]
    assert references == "\n".join(["## References", "", *lines])
