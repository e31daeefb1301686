"""Configurations that properties are tried on, and what is found."""

from datetime import UTC, datetime, timedelta

from pager.configuration.configuration import Configuration
from pager.oncall.directory import Directory, Entry
from pager.oncall.policies import ServicePolicy
from pager.oncall.schedules import Override, Schedule
from pager.verify import Violation, verify
from unit.oncall.entries import EMPTY, MINUTE, USE, directory

TEN = datetime(2027, 1, 18, 10, tzinfo=UTC)
"""A Monday."""


def database(*turns: tuple[str, int, int]) -> Schedule:
    """Those are on call in Database for these minutes after ten o'clock, then nobody."""
    overrides = tuple(
        Override(person=name, starts_at=TEN + start * MINUTE, ends_at=TEN + end * MINUTE)
        for name, start, end in turns
    )
    return EMPTY.model_copy(update={"overrides": overrides})


def on_call(*turns: tuple[str, int, int], also: tuple[Entry, ...]) -> Directory:
    """With `also` in it."""
    return directory(database(*turns), *also)


def violations(
    sentence: str,
    people: Directory,
    lasts: timedelta = timedelta(hours=1),
    policy: ServicePolicy = USE,
    start: datetime = TEN,
) -> tuple[Violation, ...]:
    """Where the property does not hold of checkout-api, or of the only schedule."""
    configuration = Configuration(directory=people, policies={policy.service_id: policy})
    (verdict,) = verify(configuration, [sentence], start, start + lasts)
    assert verdict.sentence == sentence
    assert verdict.holds == (not verdict.violations)
    assert verdict.looked_at == 1 or verdict.holds
    return verdict.violations


def times(found: tuple[Violation, ...]) -> list[tuple[int, int, int]]:
    """From which minute after ten until which, and how often again."""
    return [
        ((one.at - TEN) // MINUTE, (one.until - TEN) // MINUTE, one.times_more) for one in found
    ]
