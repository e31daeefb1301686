"""The page: tables and plots of what was measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from benchmarks.goals import goals
from benchmarks.plots import svg
from benchmarks.results import Plot, Results, Series

TEMPLATE = Path(__file__).parent / "files" / "performance.md"


class _Heading(NamedTuple):
    title: str
    text: str


TABLES = {
    "storm": _Heading(
        "One Alert a request",
        "Each duplicate says something else, which Pager notes in its journal.",
    ),
    "same-text": _Heading("The same, and duplicates say the same", "Pager has nothing to note."),
    "batches": _Heading(
        "500 Alerts a request",
        "Over 8 connections: where more than 5,000 Alerts wait, Pager refuses the next (503)."
        " The times of an answer are those of 500 Alerts. Who takes no lists is not here.",
    ),
    "slow": _Heading(
        "A slow SMTP server",
        "It takes 200 ms for each e-mail: the answers must be no slower for it.",
    ),
    "one-service": _Heading(
        "One service with 50,000 duplicates", "Each says something else; two e-mails."
    ),
    "one-service-same-text": _Heading(
        "One service with 50,000 duplicates that say the same", "Two e-mails."
    ),
}


class Table(NamedTuple):
    """One storm, all pagers."""

    title: str
    text: str
    rows: list[str]
    ratios: list[str]


def write(results: Results, folder: Path) -> None:
    """performance.md, and performance/ with the plots and results.json."""
    results.write(folder / "performance" / "results.json")
    for plot in results.plots:
        (folder / "performance" / f"{plot.name}.svg").write_text(svg(plot))
    # Markdown, of our own numbers: there is nothing to escape.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    template = environment.from_string(TEMPLATE.read_text())
    storm = results.series("storm", "pager")
    page = template.render(
        r=results,
        goals=goals(results),
        tables=tables(results),
        points=_points,
        duplicates=storm.storm.duplicates if storm else 4,
    )
    (folder / "performance.md").write_text(page)


def tables(results: Results) -> list[Table]:
    """Those of which there is a row."""
    found = []
    for name, (title, text) in TABLES.items():
        rows = [each for each in results.storms if each.table == name and each.runs]
        if rows:
            pager = results.series(name, "pager")
            ratios = _ratios(pager, rows) if pager and len(rows) > 1 else []
            found.append(Table(title, text, [_row(row) for row in rows], ratios))
    return found


def _row(series: Series) -> str:
    last = series.median("last_mail_s")
    return " | ".join(
        [
            series.title,
            f"{series.storm.services:,}",
            f"{series.median('alerts_per_s') or 0:,.0f}",
            f"{series.median('p50_ms') or 0:.1f}",
            f"{series.median('p99_ms') or 0:.1f}",
            "-" if last is None else f"{last:.2f}",
            f"{series.median('cpu_s') or 0:.1f}",
            f"{series.median('peak_mib') or 0:.0f}",
            str(series.total("missing")),
            str(series.total("doubled")),
            "yes" if series.is_durable else "no",
            str(len(series.runs)),
        ]
    )


def _ratios(pager: Series, rows: Sequence[Series]) -> list[str]:
    columns = ("alerts_per_s", "p99_ms", "last_mail_s", "cpu_s", "peak_mib")
    found = []
    for row in rows:
        if row is pager or row.storm.services != pager.storm.services:
            continue
        values = []
        for column in columns:
            value, reference = row.median(column), pager.median(column)
            values.append(f"{value / reference:.2f}" if value and reference else "-")
        found.append(" | ".join([row.title, *values]))
    return found


def _points(plot: Plot) -> list[tuple[str, list[str]]]:
    """The rows of its table."""
    places = sorted({x for line in plot.lines for x, _ in line.points})
    lines = [dict(line.points) for line in plot.lines]
    return [
        (f"{x:,.0f}", [f"{line[x]:,.4g}" if x in line else "" for line in lines]) for x in places
    ]
