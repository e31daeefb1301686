"""Replayed incidents as a person reads them on the terminal: the figures, then each bad one."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from pager.adapters.text import printable
from pager.counted import counted
from pager.durations import in_words, whole_seconds
from pager.explain.moments import shown
from pager.explain.replay import OUTCOMES, Outcome, Replayed, Telling, count

MOST_SHOWN = 50
"""Incidents of which the timeline is shown."""

IN_WORDS: dict[Outcome, str] = {
    "nobody": "would have reached nobody",
    "others first": "somebody else first",
    "later": "somebody later, or not in time",
    "same": "as they were",
}


def render_replay(replayed: Sequence[Replayed], since: datetime) -> RenderableType:
    """The figures, and each incident that would not have been as it was: the worst first."""
    return Group(*_lines(replayed, since))


def _lines(replayed: Sequence[Replayed], since: datetime) -> Iterator[Text]:
    if not replayed:
        yield Text(f"There was no incident since {shown(since, 'UTC')} UTC: nothing is replayed.")
        return
    numbers = count(replayed)
    figures = ", ".join(f"{number} {IN_WORDS[kind]}" for kind, number in numbers.items())
    incidents = counted(len(replayed), "incident")
    yield Text(f"Of {incidents} since {shown(since, 'UTC')} UTC: {figures}.", "bold")
    yield Text("The overrides are those of the new configuration, whoever stood in then.")
    bad = [one for kind in OUTCOMES[:-1] for one in replayed if one.outcome == kind]
    for one in bad[:MOST_SHOWN]:
        yield from _incident(one)
    if len(bad) > MOST_SHOWN:
        yield Text(f"\nAnd {len(bad) - MOST_SHOWN} more; --json has them all.")


def _incident(one: Replayed) -> Iterator[Text]:
    incident = one.incident
    what = f"{incident.service_id}, incident {incident.incident}: {IN_WORDS[one.outcome]}"
    style = "bold red" if one.outcome == "nobody" else "bold"
    yield Text(f"\n{shown(incident.begun_at, 'UTC')} UTC  {printable(what)}", style)
    yield _line("was", one.was, _end(one))
    yield _line("would be", one.would_be, _end(one))


def _line(title: str, told: Sequence[Telling], end: str) -> Text:
    people = [f"+{in_words(whole_seconds(one.after))} {one.who}" for one in told]
    return Text(printable(f"    {title:<9} {', '.join(people) or 'nobody'}{end}"))


def _end(one: Replayed) -> str:
    """How long it lasted until somebody answered, or it was over."""
    incident = one.incident
    if incident.acknowledged_at is not None:
        after = whole_seconds(incident.acknowledged_at - incident.begun_at)
        return f"; acknowledged after {in_words(after)}"
    if incident.ended_at is not None:
        return f"; over after {in_words(whole_seconds(incident.ended_at - incident.begun_at))}"
    return ""
