"""The claims of the live tier on other arithmetic: the values kept, the verdicts they earn, the room they leave.

Kept by ``benchmarks/arithmetics.py --record``: what every check was given under each setting.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from circles.foundations import files
from circles.foundations.errors import FileError, LedgerError
from circles.ledger import checks
from circles.ledger.claims import Claim
from circles.ledger.rules import Rule, entries, is_number, show

INTERVAL = re.compile(r"( ± \S+)? \((all )?\d+ \w+[:;][^()]*\)")  # what a badge says of an estimate beside its value
MOST_DIGITS = 9  # a badge shows fewer
FILE = Path(checks.OURS).with_name("arithmetics.json")


@dataclass(frozen=True)
class Elsewhere:
    """One claim under several settings: its value in each, the verdict that each value earns, and what was live.

    Where recorded nets give the verdict, ``live`` has the number of the nets that were trained there; else the value.
    """

    claim: Claim
    values: dict[str, Any]
    live: dict[str, Any]

    @property
    def verdicts(self) -> dict[str, str]:
        return {setting: self.claim.judge(value) for setting, value in self.values.items()}

    @property
    def turned(self) -> list[str]:
        """The settings whose verdict is not the recorded one."""
        return [setting for setting, verdict in self.verdicts.items() if verdict != self.claim.verdict]

    def outgrown(self, today: Mapping[str, str]) -> bool:
        """Whether this is of recorded nets and the first setting's value is not today's: there are more nets now."""
        claim = self.claim
        if claim.tier != "recorded" or claim.name not in today:
            return False
        given = entries(next(iter(self.values.values())))
        shown = INTERVAL.sub("", today[claim.name]).removesuffix(claim.unit).rstrip().split(", ")
        if len(shown) != len(given):
            return True
        pairs = zip((value for _, value in given), (text.rpartition(": ")[2] for text in shown), strict=True)
        return not all(_is_shown(value, claim, text) for value, text in pairs)

    @property
    def moves(self) -> bool:
        """Whether the value differs between settings by more than its last shown digit."""
        return len({show(value, self.claim.digits) for value in self.live.values()}) > 1

    @property
    def room(self) -> float:
        """The distance from the mean value to the nearest end of a band, in standard deviations between settings.

        Of several values the least; infinite where nothing differs, where no end of a band is a number, and where
        recorded nets give the verdict, whose room is three standard errors.
        """
        if self.live != self.values:
            return math.inf
        return min((abs(gap) for gap in self._gaps()), default=math.inf)

    def _gaps(self) -> Iterator[float]:
        for rule in (self.claim.accept, self.claim.partly):
            for name, low, high in ends(rule, next(iter(self.live.values()))) if rule else ():
                found = [dict(entries(value)).get(name) for value in self.live.values()]
                if len(found) < 2 or not all(is_number(x) for x in found):
                    continue
                spread = statistics.stdev(found)
                for end in (low, high):
                    if math.isfinite(end) and spread > 0:
                        yield (statistics.fmean(found) - end) / spread


def _is_shown(value: Any, claim: Claim, text: str) -> bool:
    """Whether the text is this value to the claim's digits, or to more of them: an estimate has as many as it knows."""
    return any(claim.written(show(value, digits)) == text for digits in range(claim.digits, MOST_DIGITS + 1))


def ends(rule: Rule, value: Any) -> Iterator[tuple[str, float, float]]:
    """``(entry, low, high)`` of each entry of the value: the ends of the band that the rule holds it against."""
    given = entries(value)
    if rule.each:
        inner = dict(rule.each)
        for name, v in given:
            yield from ((name, low, high) for _, low, high in ends(inner[name], v)) if name in inner else ()
    elif rule.equals is None:
        yield from ((name, rule.low, rule.high) for name, _ in given)


def read(path: Path = FILE) -> dict[str, Any]:
    """What was kept: ``machine``, and by setting its ``environment`` and ``checks``.

    Raises LedgerError when it is damaged.
    """
    try:
        found = files.json_object(files.content(path))
        if all(isinstance(s[key], dict) for s in found["settings"].values() for key in ("checks", "environment")):
            return found
    except (FileError, KeyError, TypeError, AttributeError):
        if not path.exists():
            raise LedgerError(f"no {path.name}, expected it from python benchmarks/arithmetics.py --record") from None
    raise LedgerError(f"{path.name}: damaged, expected settings with checks; keep them anew")


def joined(kept: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept, with the chapters of ``new`` in the place of the same chapters or beside them.

    Raises LedgerError when the two are of different machines.
    """
    for fact in ("processor", "cores", "torch"):
        was, now = kept["machine"][fact], new["machine"][fact]
        if was != now:
            raise LedgerError(f"{fact} {now}, expected the {was} of what is kept; remove {FILE.name} to begin anew")
    settings = dict(kept["settings"])
    for setting, about in new["settings"].items():
        old = settings.get(setting, {"seconds": {}, "failed": [], "checks": {}, "live": {}})
        again = [line for line in old["failed"] if line.split()[0].rstrip(":") not in about["seconds"]]
        parts = {key: old[key] | about[key] for key in ("seconds", "checks", "live")}
        settings[setting] = {"environment": about["environment"], **parts, "failed": again + about["failed"]}
    return {"machine": new["machine"], "settings": settings}


def claims(found: Mapping[str, Any]) -> list[Elsewhere]:
    """Every claim that two settings or more have a value of, in the order of the ledger, but for ``outgrown`` ones."""
    today = checks.ours()
    return [each for each in _kept(found) if not each.outgrown(today)]


def outgrown(found: Mapping[str, Any]) -> list[Claim]:
    """The claims that ``claims`` leaves out: what differs there is not the arithmetic but the nets."""
    today = checks.ours()
    return [each.claim for each in _kept(found) if each.outgrown(today)]


def _kept(found: Mapping[str, Any]) -> list[Elsewhere]:
    kept: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for setting, about in found["settings"].items():
        for name, value in about["checks"].items():
            values, live = kept.setdefault(name, ({}, {}))
            values[setting], live[setting] = value, about.get("live", {}).get(name, value)
    known = {claim.name: claim for p in checks.papers() for claim in p.claims}
    return [Elsewhere(known[n], *kept[n]) for n in known if n in kept and len(kept[n][0]) > 1]


def settings(found: Mapping[str, Any]) -> str:
    """A line a setting: its environment, and minutes a chapter, a dash where the chapter was not executed."""
    chapters = sorted({name for about in found["settings"].values() for name in about["seconds"]})
    lines = ["  ".join([f"{'setting':<12}", *(f"{name[:2]:>4}" for name in chapters), "minutes a chapter"])]
    for setting, about in found["settings"].items():
        minutes = (about["seconds"].get(name) for name in chapters)
        lines.append("  ".join([f"{setting:<12}", *(f"{m / 60:4.0f}" if m else f"{'-':>4}" for m in minutes)]))
    return "\n".join(lines)


def frame(found: list[Elsewhere], most: int = 20) -> pd.DataFrame:
    """row (the claim), seed (the setting), value: claims with one positive number, over the nearest end of a band.

    Where that end is the greatest value, the end over the number: so what is inside is above 1 in every row.

    No more than ``most`` of them: those with a value nearest to that end.
    """
    rows, nearest = [], {}
    for each in found:
        ours = {setting: entries(value) for setting, value in each.live.items()}
        if any(len(given) != 1 or not is_number(given[0][1]) for given in ours.values()):
            continue
        bands = [band for rule in (each.claim.accept, each.claim.partly) if rule for band in ends(rule, 1.0)]
        positive = [end for _, *both in bands for end in both if math.isfinite(end) and end > 0]
        values = {setting: float(given[0][1]) for setting, given in ours.items()}
        if positive and min(values.values()) > 0:
            middle = statistics.median(values.values())
            end = min(positive, key=lambda e: abs(math.log(middle / e)))
            inside = 1 if any(low == end for _, low, _ in bands) else -1  # of a greatest value the inverse
            rows += [(each.claim.name, setting, (value / end) ** inside) for setting, value in values.items()]
            nearest[each.claim.name] = min(abs(math.log(value / end)) for value in values.values())
    shown = sorted(nearest, key=lambda name: nearest[name])[:most]
    return pd.DataFrame([row for row in rows if row[0] in shown], columns=["row", "seed", "value"])


def closest(found: list[Elsewhere], count: int) -> str:
    """The claims with the least room: their values in all settings, their band, the room."""
    lines = []
    for each in sorted((e for e in found if math.isfinite(e.room)), key=lambda e: e.room)[:count]:
        values = ", ".join(dict.fromkeys(show(value, each.claim.digits) for value in each.live.values()))
        values = each.claim.written(values)
        room = f"room {each.room:.1f} standard deviations"
        lines += [f"{each.claim.name}: {values}", f"    band {each.claim.band}; {room}"]
    return "\n".join(lines)
