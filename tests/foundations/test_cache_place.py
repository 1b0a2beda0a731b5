"""Where the cache lies: what CIRCLES_CACHE may be, and the line that a reader gets when it cannot be that."""

from __future__ import annotations

from pathlib import Path

import pytest
from platformdirs import user_cache_path

from circles.foundations.cache_place import cache_place, made_place, possible_place
from circles.foundations.errors import RunError
from circles.training import runs


@pytest.mark.parametrize("value", ["", " ", "\t\n"])
def test_nothing_is_the_users_own_cache(value, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", value)
    assert cache_place() == user_cache_path("circles")
    monkeypatch.delenv("CIRCLES_CACHE")
    assert cache_place() == user_cache_path("circles")


@pytest.mark.parametrize("name", ["there", "not/yet", "with a space", "kr\u00e4nze"])
def test_a_folder_there_or_to_come_is_taken_as_it_is(name, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / name))
    assert cache_place() == tmp_path / name
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CIRCLES_CACHE", name)
    assert cache_place() == Path(name)


def test_a_tilde_is_the_readers_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CIRCLES_CACHE", "~/cache")
    assert cache_place() == tmp_path / "cache"


def test_what_can_be_no_folder_is_named_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for value, words in (
        (str(tmp_path / "file"), "which is there and no folder"),
        (str(tmp_path / "link"), "which is there and no folder"),
        (str(tmp_path / ("x" * 5000)), "xxx...', expected a folder"),
        ("~nobody-has-this-name/cache", "expected a folder"),
    ):
        monkeypatch.setenv("CIRCLES_CACHE", value)
        with pytest.raises(RunError, match="CIRCLES_CACHE is '.*") as caught:
            cache_place()
        assert words in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_what_stands_on_the_way_to_a_folder_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / name / "below" / "it"))
        for ask in (possible_place, made_place, runs.cache):
            with pytest.raises(RunError, match=rf"CIRCLES_CACHE is '.*it', and '.*/{name}' is no folder; exp"):
                ask()


def test_a_folder_is_made_or_named_when_it_cannot_be(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", " ")
    assert made_place() is None
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "not" / "yet"))
    assert made_place() == tmp_path / "not" / "yet" and not list(made_place().iterdir())
    monkeypatch.setenv("CIRCLES_CACHE", "/proc/nowhere/at/all")  # refused to root as well
    with pytest.raises(RunError, match="CIRCLES_CACHE is '/proc/nowhere/at/all', exp.* that can be written"):
        made_place()
