"""What differs between two configurations, as a person reads it on the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from pager.adapters.text import printable
from pager.configuration.difference import Change, Difference

SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
INDENT = 6


def render_difference(difference: Difference) -> RenderableType:
    """Entry by entry, each below its kind, with a sign: + is added, ~ is changed, - is removed."""
    return Group(*_lines(difference))


def _lines(difference: Difference) -> Iterator[RenderableType]:
    kind = ""
    for change in difference.changes:
        if change.kind != kind:
            kind = change.kind
            yield Text(kind, "bold")
        yield from _of_change(change)


def _of_change(change: Change) -> Iterator[RenderableType]:
    sign, style = SIGNS[change.what]
    # The fallback policy has no name, and stands below its kind alone.
    yield Text(printable(f"  {sign} {change.name or 'the policy'}"), style)
    for line in change.lines:
        yield Padding(Text(printable(line)), (0, 0, 0, INDENT), expand=False)
