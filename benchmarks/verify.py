"""What the properties of a company's whole configuration cost, over thirteen months."""

import time as clock
from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel

from benchmarks.machine import cpu_model
from benchmarks.verify_hard import HardCase, measure_hard_cases
from pager.configuration.configuration import Configuration
from pager.model import EmailTarget, SmsTarget
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
)
from pager.oncall.schedules import WEEKDAYS, Hours, Layer, Rotation, Schedule, WeekSpan
from pager.oncall.teams import Team
from pager.oncall.turns import turns_of
from pager.verify import PROPERTIES, THIRTEEN_MONTHS, verify

SERVICES, POLICIES, SCHEDULES, PEOPLE = 100, 20, 15, 60
START = datetime(2027, 1, 1, tzinfo=UTC)
STARTED = datetime.fromisoformat("2026-01-05T09:00")
ZONES = ("Europe/Paris", "America/New_York", "Australia/Sydney")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Verify(BaseModel):
    """What properties cost. It is measured on any machine, so it says on which, and when."""

    date: str
    cpu: str
    all_s: float
    """All of the catalogue at once, in seconds."""
    alone: dict[str, float]
    """Each alone, in seconds."""
    hard: list[HardCase] = []
    """On policies that are as nasty as can be."""


def measure_verify() -> Verify:
    """Each property of the catalogue, and all together."""
    configuration = company()
    sentences = [form.sentence for form in PROPERTIES]
    return Verify(
        date=clock.strftime("%Y-%m-%d", clock.gmtime()),
        cpu=cpu_model(),
        all_s=_seconds(configuration, sentences),
        alone={one: _seconds(configuration, [one]) for one in sentences},
        hard=[*measure_hard_cases(START)],
    )


def _seconds(configuration: Configuration, sentences: list[str]) -> float:
    """CPU seconds, of a process that knows nothing of the schedules yet."""
    turns_of.cache_clear()
    begun = clock.process_time()
    verify(configuration, sentences, START, START + THIRTEEN_MONTHS)
    return round(clock.process_time() - begun, 2)


def company() -> Configuration:
    """A hundred services, on twenty policies that name fifteen schedules of sixty people."""
    entries: list[Entry] = [*map(_person, range(PEOPLE))]
    entries.append(Team(name="Database", members=tuple(map(_name, range(PEOPLE)))))
    entries += map(_schedule, range(SCHEDULES))
    entries += map(_policy, range(POLICIES))
    return Configuration(directory=directory_of(entries), policies=_uses())


def _uses() -> dict[str, PolicyUse]:
    return {
        f"service-{number}": PolicyUse(
            service_id=f"service-{number}", uses=f"policy {number % POLICIES}"
        )
        for number in range(SERVICES)
    }


def _name(number: int) -> str:
    return f"person {number % PEOPLE}"


def _person(number: int) -> Person:
    email = EmailTarget(address=f"person-{number}@example.com")
    sms = SmsTarget(phone_number=f"+336123456{number:02}")
    methods = (ContactMethod(target=sms), ContactMethod(target=email, after=5 * MINUTE))
    return Person(name=_name(number), contact_methods=methods)


def _schedule(number: int) -> Schedule:
    """Weeks, with the nights and the weekends of others; each at another time of day."""
    people = [_name(4 * number + one) for one in range(12)]
    hour = time(8 + number % 3)
    nights = Hours(weekdays=WEEKDAYS[:5], starts=time(20), ends=hour)
    weekend = WeekSpan(from_weekday="friday", starts=time(20), until_weekday="monday", ends=hour)
    starts = STARTED.replace(hour=hour.hour)
    return Schedule(
        name=f"schedule {number}",
        time_zone=ZONES[number % len(ZONES)],
        layers=(
            Layer(
                rotations=(
                    Rotation(
                        name="days", participants=tuple(people), starts=starts, shift_length=DAY
                    ),
                )
            ),
            Layer(
                rotations=(
                    Rotation(
                        name="nights",
                        participants=tuple(people[:5]),
                        starts=starts,
                        shift_length=DAY,
                        restrictions=(nights,),
                    ),
                )
            ),
            Layer(
                rotations=(
                    Rotation(
                        name="weekends",
                        participants=tuple(people[5:]),
                        starts=starts,
                        restrictions=(weekend,),
                    ),
                )
            ),
        ),
    )


def _policy(number: int) -> SharedPolicy:
    """First those of one schedule, then of another, then a list."""
    first = ScheduleTarget(name=f"schedule {number % SCHEDULES}")
    second = ScheduleTarget(name=f"schedule {(number + 3) % SCHEDULES}")
    ops: PolicyTarget = EmailTarget(address="ops@example.com")
    return SharedPolicy(
        name=f"policy {number}",
        levels=(
            PolicyLevel(targets=(first,), acknowledgement_delay=10 * MINUTE),
            PolicyLevel(targets=(second,), acknowledgement_delay=15 * MINUTE),
            PolicyLevel(targets=(ops,)),
        ),
    )
