"""A table of settings: what departs from what, and lines that fit a page."""

from circles.papers import departures

COLUMNS = ("setting", "paper", "released code", "ours")


def test_the_code_counts_more_than_the_paper_and_silence_is_open():
    table = departures.frame(
        [
            ("a", "1", "2", "2"),
            ("b", "1", "2", "1"),
            ("c", "1", "none released", "1"),
            ("d", "not said", "none released", "1"),
            ("e", "1", "not said", "2"),
        ],
        COLUMNS,
    )
    assert table["against"].tolist() == ["same", "departs", "same", "open", "departs"]
    assert departures.departing(table) == ["b", "e"]


def test_long_cells_are_wrapped_and_nothing_is_lost():
    long = "one two three four five six seven eight nine ten"
    text = departures.shown(departures.frame([("a setting", long, long, "other")], COLUMNS))
    assert max(map(len, text.splitlines())) <= departures.PAGE
    assert all(text.count(word) == 2 for word in long.split())
    assert [line[0] for line in text.splitlines()[1:]].count("*") == 1
