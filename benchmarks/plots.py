"""Plots as small SVG files that can be read on a light page and on a dark one."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.results import Plot

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 78, 150, 36, 52
LIGHT = ("#0b62a4", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c")
DARK = ("#60a5fa", "#fb923c", "#4ade80", "#d8b4fe", "#facc15", "#fda4af")
STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2937} .grid{stroke:#9ca3af;stroke-opacity:.35}
.line{fill:none;stroke-width:2}
"""


class _Axis:
    """From values to pixels."""

    def __init__(self, values: Sequence[float], begin: float, end: float, *, log: bool) -> None:
        self._begin, self._end, self._log = begin, end, log
        if log:
            positive = [value for value in values if value > 0] or [1.0]
            self._low = float(math.floor(math.log10(min(positive))))
            self._high = max(float(math.ceil(math.log10(max(positive)))), self._low + 1)
        else:
            self._low, self._high = 0.0, max([*values, 1e-9]) * 1.05

    def place(self, value: float) -> float:
        at = math.log10(max(value, 10.0**self._low)) if self._log else value
        part = (at - self._low) / (self._high - self._low)
        return round(self._begin + part * (self._end - self._begin), 1)

    def ticks(self) -> list[float]:
        if self._log:
            return [10.0**power for power in range(int(self._low), int(self._high) + 1)]
        step = 10 ** math.floor(math.log10(self._high / 2))
        step = next(step * k for k in (1, 2, 5, 10) if self._high / (step * k) <= 6)  # noqa: PLR2004 - six ticks
        return [step * i for i in range(int(self._high / step) + 1)]


def svg(plot: Plot) -> str:
    """The plot as an SVG document."""
    points = [point for line in plot.lines for point in line.points]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT, log=plot.is_logarithmic)
    up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP, log=plot.is_logarithmic)
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(plot.title)}</title>",
        f"<style>{STYLE}{_colours()}</style>",
        f'<text x="{LEFT}" y="18" font-weight="bold">{escape(plot.title)}</text>',
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(plot.x)}</text>',
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(plot.y)}</text>",
    ]
    for tick in across.ticks():
        x = across.place(tick)
        parts.append(f'<path class="grid" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_number(tick)}</text>'
        )
    for tick in up.ticks():
        y = up.place(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{_number(tick)}</text>')
    for i, line in enumerate(plot.lines):
        colour = f"c{i % len(LIGHT)}"
        places = [(across.place(x), up.place(y)) for x, y in line.points]
        path = "L".join(f"{x} {y}" for x, y in places)
        parts.append(f'<path class="line {colour}" d="M{path}"/>')
        parts += [f'<circle class="dot {colour}" cx="{x}" cy="{y}" r="3"/>' for x, y in places]
        y = TOP + 10 + i * 18
        parts.append(f'<circle class="dot {colour}" cx="{WIDTH - RIGHT + 16}" cy="{y - 4}" r="4"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 26}" y="{y}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _colours() -> str:
    def rules(colours: Sequence[str]) -> str:
        return "".join(
            f".line.c{i}{{stroke:{colour}}}.dot.c{i}{{fill:{colour}}}"
            for i, colour in enumerate(colours)
        )

    dark = f"text{{fill:#e5e7eb}}{rules(DARK)}"
    return f"{rules(LIGHT)}\n@media(prefers-color-scheme:dark){{{dark}}}"


def _number(value: float) -> str:
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
