"""A rehearsal of a shared policy: who would be paged when, with the handovers on the way."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pager import NobodyToPage, Target
from pager.oncall.directory import Directory, NobodyOfThatName
from pager.oncall.schedules import Override
from pager.simulation.rehearsal import Step, rehearse_rest, rehearse_shared
from unit.builders import POLICY, unhealthy
from unit.oncall.entries import (
    DATABASE,
    EMPTY,
    MINUTE,
    USE,
    directory,
    email,
    level,
    method,
    person,
    shared,
    sms,
    to,
)

TEN = datetime(2027, 1, 18, 10, tzinfo=UTC)
BARBARA = person("Barbara", method(email("Barbara")))
NOBODY = "Payments, Level 1 reaches nobody: nobody is on call in Database"


def everybody(*handovers: tuple[str, int, int]) -> Directory:
    """Those are on call in Database for these minutes after ten o'clock, then nobody."""
    overrides = tuple(
        Override(person=name, starts_at=TEN + start * MINUTE, ends_at=TEN + end * MINUTE)
        for name, start, end in handovers
    )
    schedule = EMPTY.model_copy(update={"overrides": overrides})
    return directory(schedule, BARBARA, shared(level(DATABASE), to("Barbara")))


def step(minutes: int, level: int, *notified: Target, gap: str = "") -> Step:
    return Step(
        after=minutes * MINUTE,
        level=level,
        stage="escalating" if notified else "exhausted",
        notified=notified,
        gaps=(gap,) if gap else (),
    )


def test_whoever_is_on_call_at_each_step_is_paged() -> None:
    """Whoever takes over is paged before the next Level; a gap is said."""
    turns = everybody(("Ada", 0, 14), ("Grace", 14, 25))
    assert rehearse_shared(USE, turns, TEN).steps == (
        step(0, 1, email("Ada")),
        step(15, 1, sms(1)),
        step(20, 1, email("Grace")),
        step(30, 2, email("Barbara"), gap=NOBODY),
        step(45, 2, gap=NOBODY),
    )


def test_it_begins_at_the_moment_that_is_asked_for() -> None:
    """Of whichever time zone; an Acknowledgement ends it."""
    turns = everybody(("Ada", 0, 14), ("Grace", 14, 25))
    begins_at = (TEN + 14 * MINUTE).astimezone(ZoneInfo("Asia/Tokyo"))
    steps = rehearse_shared(USE, turns, begins_at, acknowledged_after=MINUTE).steps
    assert [(one.after, one.notified, one.stage) for one in steps] == [
        (timedelta(0), (sms(1),), "escalating"),
        (MINUTE, (), "acknowledged"),
    ]


def test_a_draft_is_rehearsed_before_it_is_stored() -> None:
    """It takes the place of the policy."""
    draft = everybody().having(shared(to("Barbara")))
    assert rehearse_shared(USE, draft, TEN).steps[0] == step(0, 1, email("Barbara"))


def test_nobody_who_can_be_paged_is_an_error() -> None:
    """As with the Alert."""
    with pytest.raises(NobodyToPage, match="nobody is on call in Database"):
        rehearse_shared(USE, everybody().having(shared(level(DATABASE))), TEN)
    with pytest.raises(NobodyOfThatName):
        rehearse_shared(USE, directory(), TEN)


def test_the_rest_of_an_incident_says_whom_the_policy_does_not_reach() -> None:
    """As the policy is now."""
    policy = POLICY.model_copy(update={"gaps": (NOBODY,)})
    assert [one.gaps for one in rehearse_rest(unhealthy(), policy)] == [(NOBODY,), (NOBODY,)]
