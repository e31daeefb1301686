"""A plan as a person reads it on the terminal: what changes, and what runs meanwhile."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from pager.adapters.configuration.plans import (
    ChangeDocument,
    Plan,
    ToldDocument,
    difference_of,
)
from pager.adapters.terminal.difference import render_difference
from pager.adapters.text import printable

MOST_INCIDENTS = 20
"""More are counted."""

NOTHING = "There is nothing to do: the server is as the files say."


def render_plan(plan: Plan) -> RenderableType:
    """What would be changed, and how the incidents that run go on otherwise."""
    if not plan.changes:
        return Text(NOTHING)
    difference = difference_of(plan.changes)
    return Group(
        render_difference(difference),
        Text(f"\nPlan: {difference.in_words}."),
        *_violations(plan),
        *_incidents(plan),
        *_new_keys(plan.changes),
        *_warnings(plan.warnings),
    )


def _violations(plan: Plan) -> Iterator[Text]:
    if plan.violations:
        yield Text("\nWhat has to hold would not hold any more:", "bold")
    for one in plan.violations:
        at = f"{one.at:%Y-%m-%d %H:%M} UTC"
        yield Text(printable(f"  {one.sentence}: {one.subject}, {at}: {one.what}"), "red")
    if plan.unverified:
        sentences = "; ".join(plan.unverified)
        yield Text(printable(f"\nIt could not be verified in time: {sentences}."))


def _incidents(plan: Plan) -> Iterator[Text]:
    if plan.incidents:
        yield Text("\nIncidents that run go on otherwise, if nobody acknowledges:", "bold")
    for incident in plan.incidents[:MOST_INCIDENTS]:
        name = f"{incident.service_id}, incident {incident.incident}"
        yield Text(
            printable(f"  {name}: {_told(incident.after)} instead of {_told(incident.before)}")
        )
    left = len(plan.incidents) - MOST_INCIDENTS
    if left > 0:
        yield Text(f"  … and {left} more{', at least' if plan.more_incidents else ''}.")


def _told(step: ToldDocument | None) -> str:
    if step is None:
        return "nobody else"
    targets = ", ".join(target.key for target in step.targets)
    return f"{targets} (Level {step.level}, at {step.at:%H:%M:%S} UTC)"


def _new_keys(changes: Sequence[ChangeDocument]) -> Iterator[Text]:
    """Where the keys of new integrations come from."""
    names = [one.name for one in changes if (one.kind, one.what) == ("integrations", "added")]
    if names:
        yield Text(
            printable(
                f"\nNew integrations have no key that anybody knows: {', '.join(names)}. Once they "
                "are there, make one in the console: Integrations, the name, New key."
            )
        )


def _warnings(warnings: Sequence[str]) -> Iterator[Text]:
    if warnings:
        yield Text("\nAlerts that would be refused:", "bold")
    yield from (Text(printable(f"  {warning}")) for warning in warnings)
