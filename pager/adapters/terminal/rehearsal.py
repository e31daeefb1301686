"""A rehearsal as a person reads it on the terminal: who would be paged, and when."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pager.adapters.text import printable
from pager.durations import in_words
from pager.simulation.rehearsal import Rehearsal, Step

STAGES = {
    "escalating": "",
    "acknowledged": "acknowledged",
    "exhausted": "nobody is left: every Level was notified and nobody answered",
}


def render_rehearsal(rehearsal: Rehearsal) -> RenderableType:
    """Step by step: how long after the Alert, and what happens then."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(overflow="fold")
    for step in rehearsal.steps:
        level = f"Level {step.level}" if step.notified else ""
        style = "bold red" if step.stage == "exhausted" else ""
        table.add_row(f"+{in_words(step.after)}", level, Text(printable(_what(step)), style))
    return Group(Text(f"An Alert of {rehearsal.service_id}, rehearsed: nobody is paged."), table)


def _what(step: Step) -> str:
    targets = ", ".join(target.key for target in step.notified)
    return "; ".join(filter(None, [targets, STAGES[step.stage]]))
