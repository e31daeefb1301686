"""Who is on call: now or at another moment, from when until when, and where nobody is."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from fastapi import Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.web.api.answers import json_answer
from pager.adapters.web.api.lists import LONGEST_LIST, After, ListLength, next_page
from pager.adapters.web.api.on_call.editing import existing
from pager.adapters.web.api.on_call.parameters import Asked, At, EntryName, Interval
from pager.adapters.web.backend import Backend
from pager.oncall.on_call import Duty, explain, on_call
from pager.oncall.overrides import override_id
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import gaps, next_change, shifts


class ListedDuty(BaseModel):
    """Somebody who is on call, and why."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    person: str
    rotation: str | None
    """Whose turn it is; null where somebody stands in for the whole schedule."""
    override: str | None
    """The `id` of the override by which they stand in; null where it is their own turn."""


class OnCall(BaseModel):
    """Who is on call in a schedule at one moment."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    schedule: str
    at: datetime
    on_call: list[ListedDuty]
    """Empty where nobody is."""
    until: datetime | None
    """When others are on call, or nobody; null for not within 400 days, or 20,000 handovers."""
    next: list[str] | None
    """Who is on call from then on; null likewise."""


class ListedShift(BaseModel):
    """Who is on call, from when until when."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    starts_at: datetime
    ends_at: datetime
    """The first moment that no longer belongs to it."""
    on_call: list[ListedDuty]


class ListedGap(BaseModel):
    """Nobody is on call."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    starts_at: datetime
    ends_at: datetime
    """The first moment at which somebody is on call again, or the end of what was asked for."""


ON_CALL = TypeAdapter(OnCall)
EVERY_ON_CALL = TypeAdapter(list[OnCall])
SHIFTS = TypeAdapter(list[ListedShift])
GAPS = TypeAdapter(list[ListedGap])


class _Read(NamedTuple):
    schedule: Schedule
    now: datetime


class OnCallApi:
    """The endpoints."""

    def __init__(self, backend: Backend, known: KnownDirectory) -> None:
        """They are in the table of `on_call_api_routes`."""
        self._reads = backend.pools.reads
        self._database = backend.database
        self._on_call = SqlOnCall(backend.database)
        self._known = known

    async def every_schedule(
        self, at: At = None, after: After = "", at_most: ListLength = LONGEST_LIST
    ) -> Response:
        """Every schedule, and who is on call in it."""
        found = await self._reads.run(self._every, at, after, at_most + 1)
        last = None if len(found) <= at_most else found[at_most - 1].schedule
        return json_answer(
            EVERY_ON_CALL.dump_json(found[:at_most]), headers=next_page(last, at_most)
        )

    async def one_schedule(self, name: EntryName, at: At = None) -> Response:
        """Who is on call in one schedule."""
        return json_answer(await self._reads.run(self._one, name, at))

    async def shifts(self, name: EntryName, asked: Asked) -> Response:
        """From when until when who is on call."""
        return json_answer(await self._reads.run(self._shifts, name, asked))

    async def gaps(self, name: EntryName, asked: Asked) -> Response:
        """Where nobody is on call."""
        return json_answer(await self._reads.run(self._gaps, name, asked))

    def _every(self, at: datetime | None, after: str, at_most: int) -> list[OnCall]:
        directory, now = self._database.read(
            lambda connection: self._known.read(connection, database_clock)
        )
        names = sorted(name for name in directory.schedules if name > after)[:at_most]
        return [_on_call_at(directory.schedules[name], at or now) for name in names]

    def _one(self, name: str, at: datetime | None) -> bytes:
        schedule, now = self._read(name)
        return ON_CALL.dump_json(_on_call_at(schedule, at or now))

    def _shifts(self, name: str, asked: Interval) -> bytes:
        schedule, now = self._read(name)
        return SHIFTS.dump_json(
            [
                ListedShift(
                    starts_at=shift.starts_at, ends_at=shift.ends_at, on_call=_listed(shift.duties)
                )
                for shift in shifts(schedule, *asked.at(now, schedule))
            ]
        )

    def _gaps(self, name: str, asked: Interval) -> bytes:
        schedule, now = self._read(name)
        return GAPS.dump_json(
            [ListedGap(**gap._asdict()) for gap in gaps(schedule, *asked.at(now, schedule))]
        )

    def _read(self, name: str) -> _Read:
        """The schedule, and the time. Raises NobodyOfThatName and Unreadable."""
        schedule, _ = existing(self._on_call, Schedule, name)
        return _Read(schedule, self._on_call.now())


def _listed(duties: Iterable[Duty]) -> list[ListedDuty]:
    """Those who are on call, as they are sent."""
    return [
        ListedDuty(
            person=duty.person,
            rotation=duty.rotation,
            override=None if duty.override is None else override_id(duty.override),
        )
        for duty in duties
    ]


def _on_call_at(schedule: Schedule, at: datetime) -> OnCall:
    until = next_change(schedule, at)
    return OnCall(
        schedule=schedule.name,
        at=at,
        on_call=_listed(explain(schedule, at)),
        until=until,
        next=None if until is None else list(on_call(schedule, until)),
    )
