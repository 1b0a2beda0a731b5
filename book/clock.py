"""Draws chapters/images/clock.svg: addition modulo 113 as a rotation of the circle."""

from __future__ import annotations

from math import cos, pi, sin
from pathlib import Path

P, A, B = 113, 35, 50
PICTURE = Path(__file__).resolve().parent.parent / "chapters" / "images" / "clock.svg"
STYLE = """
  .disc { fill: #fbfcff; } .ring { fill: none; stroke: #cfd5e3; } .tick { stroke: #aab2c5; }
  .number { fill: #4b5263; font-size: 13px; }
  .words { fill: #1f2430; font-size: 19px; } .soft { fill: #4b5263; font-size: 15px; }
  .a { stroke: #0072b2; } .b { stroke: #d55e00; } .arc { fill: none; stroke-width: 5; stroke-linecap: round; }
  .dot-zero { fill: #8a93a8; } .dot-a { fill: #0072b2; } .dot-b { fill: #d55e00; } .dot-sum { fill: #00795c; }
  .tell { font-size: 17px; font-weight: 700; } .middle { text-anchor: middle; dominant-baseline: central; }
"""


def at(x: float, radius: float) -> tuple[float, float]:
    """Where the number x stands on a circle of this radius: 0 on top, clockwise."""
    angle = 2 * pi * x / P
    return 250 + radius * sin(angle), 250 - radius * cos(angle)


def arc(start: int, end: int, radius: float, name: str) -> str:
    (x0, y0), (x1, y1) = at(start, radius), at(end, radius)
    large = int(end - start > P / 2)
    path = f"M {x0:.1f} {y0:.1f} A {radius} {radius} 0 {large} 1 {x1:.1f} {y1:.1f}"
    return f'<path class="arc {name}" d="{path}" marker-end="url(#head-{name})"/>'


def label(x: float, radius: float, name: str, words: str) -> str:
    left, top = at(x, radius)
    return f'<text class="{name} middle" x="{left:.1f}" y="{top:.1f}">{words}</text>'


def head(name: str, colour: str) -> str:
    return (
        f'<marker id="head-{name}" viewBox="0 0 10 10" refX="6" refY="5" '
        'markerWidth="3.2" markerHeight="3.2" orient="auto">'
        f'<path d="M 0 0 L 10 5 L 0 10 z" fill="{colour}"/></marker>'
    )


def dot(x: int, name: str) -> str:
    left, top = at(x, 185)
    return f'<circle class="{name}" cx="{left:.1f}" cy="{top:.1f}" r="9"/>'


def ticks() -> str:
    lines = []
    for x in range(P):
        (x0, y0), (x1, y1) = at(x, 185), at(x, 192 if x % 10 else 198)
        lines.append(f'<line class="tick" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>')
    return "".join(lines)


def picture() -> str:
    """The SVG, as text."""
    total = (A + B) % P
    words = [
        f'<text class="words" x="500" y="170">{A} + {B} = {total} (mod {P})</text>',
        '<text class="soft" x="500" y="212">Put the numbers on a circle.</text>',
        f'<text class="soft" x="500" y="238">To add {A}, turn by {A} steps; to add {B},</text>',
        f'<text class="soft" x="500" y="264">turn by {B} more. After {P} you are home.</text>',
        '<text class="soft" x="500" y="306">Nobody tells a network this. Trained on</text>',
        '<text class="soft" x="500" y="332">examples of sums, it finds the circle.</text>',
    ]
    parts = [
        '<rect class="disc" width="840" height="500" rx="18"/>',
        '<circle class="ring" cx="250" cy="250" r="185"/>',
        ticks(),
        *(label(x, 215, "number", str(x)) for x in range(0, P - 2, 10)),
        arc(0, A, 150, "a"),
        arc(A, A + B, 118, "b"),
        *(dot(x, name) for x, name in ((0, "dot-zero"), (A, "dot-a"), (total, "dot-sum"))),
        label(A / 2, 122, "tell dot-a", f"+{A}"),
        label(A + B / 2, 88, "tell dot-b", f"+{B}"),
        label(total, 160, "tell dot-sum", str(total)),
        *words,
    ]
    defs = f"<defs>{head('a', '#0072b2')}{head('b', '#d55e00')}</defs><style>{STYLE}</style>"
    title = f"The numbers 0 to {P - 1} on a circle; adding {A} and then {B} turns it to {total}."
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 500" role="img" '
        'font-family="Helvetica, Arial, sans-serif">'
        f"<title>{title}</title>{defs}{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
