"""What is alike in the policies of other pagers."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.durations import in_words
from pager.model import MOST_REPEATS
from pager.oncall.policies import OnCallTarget, PolicyLevel

LAST_DELAY = timedelta(minutes=15)
"""Of a last Level after which nothing comes."""


def levels_of(
    policy: Fields, told: Mapping[timedelta, Collection[OnCallTarget]], last_delay: timedelta
) -> tuple[PolicyLevel, ...]:
    """The Levels of a policy that tells people each so long after the alert.

    Those who are told at the same time are one Level, which lasts until the next, or `last_delay`.
    """
    delays = sorted(told)
    if delays and delays[0]:
        policy.note(f"its first Level is told at once: it waited {in_words(delays[0])} before")
    ends = [*delays[1:], *(delay + last_delay for delay in delays[-1:])]
    levels = (
        valid(
            PolicyLevel,
            policy.place,
            policy.notes,
            targets=tuple(told[delay]),
            acknowledgement_delay=end - delay,
        )
        for delay, end in zip(delays, ends, strict=True)
    )
    return tuple(level for level in levels if level is not None)


def repeat_of(policy: Fields, times: int) -> int:
    """How many times a policy begins again that did so this often."""
    if times > MOST_REPEATS:
        policy.note(f"began again {times} times: {MOST_REPEATS} are the most", serious=True)
    return min(times, MOST_REPEATS)
