"""An incident as Markdown: what a post-mortem begins with. Times are in UTC.

What somebody else wrote (Alerts, notes, names, what a mail server answered) cannot pass for a part
of the document: it is in a fenced block, or escaped.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pager.adapters.store.views.page_story import Line
from pager.adapters.store.views.timeline import clock_time
from pager.adapters.text import mended, one_line
from pager.durations import in_words, whole_seconds

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~#!])")


class IncidentFacts(NamedTuple):
    """What stands above the timeline."""

    service_id: str
    incident: int
    state: str
    """In words."""
    begun_at: datetime | None
    """None where nothing is known of it any more."""
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    ended_at: datetime | None
    level: int
    """The highest Level that was told; 0 where none was."""
    policy: str
    """Which one it had, in words; "" where that is not known."""
    message: str
    """What the first Alert says."""


def markdown(facts: IncidentFacts, story: Sequence[Line], *, is_whole: bool) -> str:
    """The document. `story` is in order; `is_whole` is False where it has no room for all of it."""
    return "\n".join([*_head(facts), *_timeline(story, is_whole=is_whole), ""])


def _head(facts: IncidentFacts) -> Iterator[str]:
    yield f"# Incident {facts.incident} of {escaped(facts.service_id)}"
    yield ""
    yield f"- State: {escaped(facts.state)}"
    if facts.begun_at is not None:
        yield f"- Began: {clock_time(facts.begun_at)}"
    if facts.acknowledged_at is not None:
        by = f", by {escaped(facts.acknowledged_by)}" if facts.acknowledged_by else ""
        yield f"- Acknowledged: {_after(facts.acknowledged_at, facts.begun_at)}{by}"
    else:
        yield "- Acknowledged: never"
    if facts.ended_at is not None:
        yield f"- Ended: {_after(facts.ended_at, facts.begun_at)}"
    yield f"- Highest Level told: {facts.level or 'none'}"
    if facts.policy:
        yield f"- Policy: {escaped(facts.policy)}"
    yield ""
    yield "## What the alert says"
    yield ""
    yield from fenced(facts.message)
    yield ""


def _after(at: datetime, begun_at: datetime | None) -> str:
    if begun_at is None or at < begun_at:
        return clock_time(at)
    return f"{clock_time(at)}, after {in_words(whole_seconds(at - begun_at))}"


def _timeline(story: Sequence[Line], *, is_whole: bool) -> Iterator[str]:
    yield "## Timeline (UTC)"
    yield ""
    if not is_whole:
        yield "- … what was before is left out here: it is on the page of the incident"
    day = None
    for line in story:
        at = line.at.astimezone(UTC)
        date, day = ("" if at.date() == day else f"{at:%Y-%m-%d} "), at.date()
        then_at = f" at {line.then_at.astimezone(UTC):%H:%M:%S}" if line.then_at else ""
        then = f". {escaped(line.then)}{then_at}" if line.then else ""
        yield f"- {date}{at:%H:%M:%S} {escaped(line.text)}{then}{':' if line.quote else ''}"
        if line.quote:
            yield ""
            yield from (f"  {text}".rstrip() for text in fenced(line.quote))
            yield ""


def fenced(text: str) -> list[str]:
    """The lines of a block that has the text as it is. Its fence is longer than any in the text."""
    clean = mended(text).replace("\t", "    ")
    longest = max(map(len, re.findall("`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *clean.split("\n"), fence]


def escaped(text: str) -> str:
    """The text in one line, in which nothing is Markdown or HTML, and nothing becomes a link."""
    plain = _SPECIAL.sub(r"\\\1", one_line(mended(text)))
    return re.sub(r"(?i)\b(https?|ftp):(?=//)|\b(www)(?=\.)", _unlinked, plain)


def _unlinked(found: re.Match[str]) -> str:
    """GitHub makes a link of what looks like one."""
    return f"{found[0][:-1]}\\:" if found[0].endswith(":") else f"{found[0]}\\"
