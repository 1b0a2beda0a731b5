"""The net as a drawing: what is added to what, read from below; it takes the page's own colours."""

import html
import re
from dataclasses import dataclass

WIDTH, ROW, BOX = 360, 64, 34


@dataclass(frozen=True)
class Diagram:
    """Boxes from the input (first) to the output, each with what it does; `sides` branch off and are added back.

    `steps` are (name, words, side): a side step reads the stream and adds to it. Shown as one picture with `alt`.
    """

    steps: tuple[tuple[str, str, bool], ...]
    alt: str
    caption: str

    def svg(self) -> str:
        """Returns the drawing, 360 units wide, in the colour of the text around it."""
        height = ROW * len(self.steps) + 8
        parts, stream = [], 62
        parts.append(_line(stream, height - 12 - BOX, stream, 22, thick=True))
        for i, (name, words, side) in enumerate(self.steps):
            y = height - ROW * (i + 1) + (ROW - BOX) // 2
            middle = y + BOX // 2
            if side:
                parts += [_box(112, y, 92, name), _text(214, middle, words)]
                parts += [_line(stream, middle + 12, 112, middle + 12), _line(112, middle - 12, stream + 8, middle - 12, arrow=True)]
                parts.append(f'<circle cx="{stream}" cy="{middle - 12}" r="7" class="ground"/>')
                parts.append(f'<path d="M{stream - 4} {middle - 12}h8M{stream} {middle - 16}v8"/>')
            else:
                parts += [_box(4, y, 116, name), _text(128, middle, words)]
        body = "".join(parts)
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(self.alt, quote=True)}" '
            'style="display:block;width:100%;max-width:26rem;height:auto;font:13px system-ui,sans-serif" '
            f'fill="none" stroke="currentColor" stroke-width="1.4">{body}</svg>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        words = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        return {"text/html": f'<figure class="circles-figure circles-diagram">{self.svg()}{words}</figure>', "text/plain": self.alt}


def _box(x: int, y: int, width: int, name: str) -> str:
    middle = f'x="{x + width / 2:g}" y="{y + BOX / 2 + 4.5:g}" text-anchor="middle"'
    ground = f'<rect x="{x}" y="{y}" width="{width}" height="{BOX}" rx="6" class="ground"/>'
    return f'{ground}<text {middle} fill="currentColor" stroke="none" font-weight="600">{_lowered(name)}</text>'


def _text(x: int, y: int, words: str) -> str:
    lines = words.split("\n")
    top = y + 4.5 - 8 * (len(lines) - 1)
    spans = "".join(f'<tspan x="{x}" y="{top + 16 * i:g}">{_lowered(line)}</tspan>' for i, line in enumerate(lines))
    return f'<text fill="currentColor" stroke="none">{spans}</text>'


def _lowered(words: str) -> str:
    """The letter after an underscore as an index."""
    return re.sub(r"_(\w)", r'<tspan dy="3" font-size="10">\1</tspan><tspan dy="-3">&#8203;</tspan>', html.escape(words))


def _line(x: int, y: int, x2: int, y2: int, *, thick: bool = False, arrow: bool = False) -> str:
    width = ' stroke-width="3"' if thick else ""
    head = f'<path d="M{x2 + 7} {y2 - 4}L{x2} {y2}L{x2 + 7} {y2 + 4}"/>' if arrow else ""
    if thick:
        head = f'<path d="M{x2 - 6} {y2 + 9}L{x2} {y2}L{x2 + 6} {y2 + 9}" stroke-width="3"/>'
    return f'<path d="M{x} {y}L{x2} {y2}"{width}/>{head}'


def one_layer(p: int, heads: int, neurons: int) -> Diagram:
    """The paper's net, with its sizes (Nanda et al. 2023, section 3)."""
    steps = (
        ("a, b, =", f"three tokens of {p + 1}", False),
        ("embed W_E", "cos w_k a, sin w_k a, for b too", False),
        ("attention", f"{heads} heads, read at =:\na meets b", True),
        ("MLP", f"{neurons} neurons, ReLU:\nproducts of a and b", True),
        ("unembed W_U", "cos w_k(a + b − c) for each c", False),
        ("logits", f"{p} answers; the largest counts", False),
    )
    text = (
        f"The net from below: three tokens a, b and =; the embedding W_E; a stream to which {heads} attention heads, read at =, and then "
        f"{neurons} neurons with a ReLU add what they compute; the unembedding W_U; one logit for each of {p} answers."
    )
    return Diagram(steps, text, "The net, read from below. Beside each part: what the algorithm has it do.")
