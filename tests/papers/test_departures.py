"""A table of settings: what departs from what, lines that fit a terminal, and the same as HTML."""

from html.parser import HTMLParser

from circles.papers import departures

COLUMNS = ("setting", "paper", "released code", "ours")


def test_the_code_counts_more_than_the_paper_and_silence_is_open():
    table = departures.frame(
        [
            ("a", "1", "2", "2"),
            ("b", "1", "2", "1"),
            ("c", "1", "none released", "1"),
            ("d", departures.UNKNOWN, "none released", "1"),
            ("e", "1", departures.UNKNOWN, "2"),
        ],
        COLUMNS,
    )
    assert table["against"].tolist() == ["same", "departs", "same", "open", "departs"]
    assert departures.departing(table) == ["b", "e"]


def test_long_cells_are_wrapped_and_nothing_is_lost():
    long = "one two three four five six seven eight nine ten"
    text = repr(departures.Shown(departures.frame([("a setting", long, long, "other")], COLUMNS)))
    assert max(map(len, text.splitlines())) <= departures.LINE
    assert all(text.count(word) == 2 for word in long.split())
    assert [line[0] for line in text.splitlines()[1:]].count("*") == 1


class Cells(HTMLParser):
    """The texts of a table's cells, a list a row, and the classes of the rows."""

    def __init__(self, html: str):
        super().__init__()
        self.rows, self.classes = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
            self.classes.append(dict(attrs).get("class"))
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows:
            self.rows[-1][-1] += data


def test_html_has_every_cell_and_the_stars_of_the_text():
    table = departures.frame([("a <b>", "1 & 2", "2", "2"), ("c", "1", "2", "1")], COLUMNS)
    found = Cells(departures.Shown(table)._repr_html_())
    assert found.rows == [list(COLUMNS), ["a <b>", "1 & 2", "2", "2"], ["* c", "1", "2", "1"]]
    assert found.classes == [None, None, "departs"]


def test_a_title_stands_above_both():
    titled = departures.Shown(departures.frame([("a", "1", "2", "2")], COLUMNS), "Fine-tuning <all>")
    assert repr(titled).startswith("Fine-tuning <all>\n\n")
    assert "<caption>Fine-tuning &lt;all&gt;</caption>" in titled._repr_html_()
    assert "caption" not in departures.Shown(titled.table)._repr_html_()
