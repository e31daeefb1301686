"""Policies on which an incident may go on in very many ways, and what properties cost on them."""

import time as clock
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel

from pager.configuration.configuration import Configuration
from pager.model import EmailTarget
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PolicyLevel, PolicyUse, ScheduleTarget, SharedPolicy
from pager.oncall.schedules import HOUR, Layer, Rotation, Schedule
from pager.oncall.turns import turns_of
from pager.verify import THIRTEEN_MONTHS, Outlook, TooMuchToTry, read_property, verdict

PEOPLE = 7
"""Of each schedule."""
MINUTE = timedelta(minutes=1)


class HardCase(BaseModel):
    """What one property costs on one policy."""

    policy: str
    sentence: str
    answer: str
    situations: int | None
    """That were looked at; None where they were too many."""
    seconds: float
    """Of the CPU."""


class Policy(NamedTuple):
    """A policy with a Level for each schedule."""

    shifts: tuple[int, ...]
    """Of each schedule, in hours."""
    delays: tuple[int, ...] = (7,)
    """Of the Levels, in minutes, by turns."""
    expiry: int | None = None
    """Of an Acknowledgement, in hours."""
    apart: int = 0
    """Minutes between the handovers of two schedules."""


POLICIES = {
    "4 Levels of 7 minutes, shifts of 1 to 4 hours, expiry after 5 hours": Policy(
        (1, 2, 3, 4), expiry=5
    ),
    "the same with shifts of 5, 7, 11 and 13 hours, which hand over 13 minutes apart": Policy(
        (5, 7, 11, 13), expiry=5, apart=13
    ),
    "the same without expiry, with other delays": Policy(
        (5, 7, 11, 13), delays=(7, 11, 3, 13), apart=13
    ),
    "10 Levels of 3 to 7 minutes, shifts of 1 to 23 hours": Policy(
        (1, 2, 3, 5, 7, 11, 13, 17, 19, 23), delays=(3, 5, 7), apart=7
    ),
}
SENTENCES = (
    "nobody is woken twice by one incident",
    "3 people are reached within 2 hours even if 3 steps are refused",
)


def measure_hard_cases(start: datetime) -> Iterator[HardCase]:
    """Each of these sentences on each of these policies, from that moment on."""
    for name, policy in POLICIES.items():
        for sentence in SENTENCES:
            yield _measured(name, policy, sentence, start)


def _measured(name: str, policy: Policy, sentence: str, start: datetime) -> HardCase:
    configuration, situations = _configuration(policy), None
    turns_of.cache_clear()
    begun = clock.process_time()
    try:
        found = verdict(
            Outlook(configuration, start, start + THIRTEEN_MONTHS), read_property(sentence)
        )
    except TooMuchToTry:
        answer = "unclear"
    else:
        answer = "holds" if found.holds else "does not hold"
        situations = found.situations
    seconds = round(clock.process_time() - begun, 2)
    return HardCase(
        policy=name, sentence=sentence, answer=answer, situations=situations, seconds=seconds
    )


def _configuration(policy: Policy) -> Configuration:
    entries: list[Entry] = []
    for number, hours in enumerate(policy.shifts):
        names = [f"person {number}-{one}" for one in range(PEOPLE)]
        entries += map(_person, names)
        rotation = Rotation(
            name="shifts",
            participants=tuple(names),
            starts=datetime(2026, 1, 5, 9, policy.apart * number % 60),  # noqa: DTZ001 - local
            shift_length=hours * HOUR,
        )
        layers = (Layer(rotations=(rotation,)),)
        entries.append(Schedule(name=f"schedule {number}", time_zone="Europe/Paris", layers=layers))
    levels = tuple(
        PolicyLevel(
            targets=(ScheduleTarget(name=f"schedule {number}"),),
            acknowledgement_delay=policy.delays[number % len(policy.delays)] * MINUTE,
        )
        for number in range(len(policy.shifts))
    )
    expiry = None if policy.expiry is None else policy.expiry * HOUR
    entries.append(SharedPolicy(name="hard", levels=levels, acknowledgement_expiry=expiry))
    use = PolicyUse(service_id="orders-db", uses="hard")
    return Configuration(directory_of(entries), {use.service_id: use})


def _person(name: str) -> Person:
    email = EmailTarget(address=f"{name.replace(' ', '-')}@example.com")
    return Person(name=name, contact_methods=(ContactMethod(target=email),))
