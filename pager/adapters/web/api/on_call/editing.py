"""Edits of people, teams, schedules and shared policies, each in one transaction."""

from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field, ValidationError

from pager.adapters.store.oncall.edits import kind_of
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.validation import FieldError, field_errors
from pager.adapters.web.api.conditional_requests import Condition
from pager.adapters.web.api.on_call.bodies import WrongFields, check_marks, check_named
from pager.durations import IsoDuration
from pager.errors import PagerError
from pager.model import Value
from pager.oncall.directory import Entry, Kind, NobodyOfThatName
from pager.oncall.names import Name
from pager.oncall.overrides import override_of, with_override, without_override
from pager.oncall.people import Person
from pager.oncall.schedules import Moment, Override, Schedule
from pager.oncall.verification import with_marks_of

LONGEST_OVERRIDE = timedelta(days=400)


class OverrideRequest(Value):
    """Somebody stands in."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    person: Name
    end: Moment | Annotated[IsoDuration, Field(gt=timedelta(0), le=LONGEST_OVERRIDE)]
    """A moment in ISO 8601, with its zone; or how long it lasts, such as PT12H."""
    starts_at: Moment | None = None
    """In ISO 8601, with its zone. Left out: now."""
    rotation: Name | None = None
    """The rotation whose turn they take. Left out: the whole schedule; everybody else is off."""

    def at(self, now: datetime) -> Override:
        """The override, seen from `now`. Raises ValidationError."""
        starts_at = self.starts_at or now.replace(microsecond=0)
        ends_at = starts_at + self.end if isinstance(self.end, timedelta) else self.end
        return Override(
            person=self.person, starts_at=starts_at, ends_at=ends_at, rotation=self.rotation
        )


class EntryExists(PagerError):
    """There is a {kind} {name!r} already. To edit it, GET it, and PUT with its ETag: If-Match, \
not If-None-Match."""

    def __init__(self, kind: str, name: str) -> None:
        """`kind` is what it is: a person, a team, a schedule or a policy."""
        super().__init__(kind=kind, name=name)


class StoredEntry(NamedTuple):
    """An entry as it was put."""

    entry: Entry
    version: int


def put_if(
    on_call: SqlOnCall, entry: Entry, author: str | None, condition: Condition
) -> StoredEntry:
    """Put the entry if the condition holds: as it is stored, and its new version.

    Raises EntryExists, EntryChanged, WrongFields and Unreadable.
    """

    def put(alone: SqlOnCall) -> StoredEntry:
        before, version = alone.versioned(type(entry), entry.name)
        if condition == "new" and before is not None:
            raise EntryExists(entry.type, entry.name)
        expected = version if condition == "new" else condition
        new = _with_marks_of(before, entry)
        check_named(new, alone.whom_it_names(new))
        return StoredEntry(new, alone.put(new, author, expected))

    return on_call.alone(put)


def add_override(
    on_call: SqlOnCall, name: str, request: OverrideRequest, author: str | None
) -> Override:
    """Add the override to the schedule of that name.

    Raises NobodyOfThatName where there is no such schedule, WrongFields and Unreadable.
    """

    def add(alone: SqlOnCall) -> Override:
        schedule, version = existing(alone, Schedule, name)
        if alone.versioned(Person, request.person).entry is None:
            raise _wrong("person", str(NobodyOfThatName("person", request.person)))
        now = alone.now()
        try:
            override = request.at(now)
            changed = with_override(schedule, override, now)
        except ValidationError as error:
            raise WrongFields(field_errors(error)) from error
        if override.ends_at <= now:
            raise _wrong("end", "It is over already: choose a later end.")
        alone.put(changed, author, version, f"override: {override.person}")
        return override

    return on_call.alone(add)


def remove_override(on_call: SqlOnCall, name: str, id_: str, author: str | None) -> None:
    """Take that override back. Raises NobodyOfThatName, NoSuchOverride and Unreadable."""

    def remove(alone: SqlOnCall) -> None:
        schedule, version = existing(alone, Schedule, name)
        override = override_of(schedule, id_)
        changed = without_override(schedule, override)
        alone.put(changed, author, version, f"override taken back: {override.person}")

    on_call.alone(remove)


def _with_marks_of(before: Entry | None, entry: Entry) -> Entry:
    if not isinstance(entry, Person):
        return entry
    known = before if isinstance(before, Person) else None
    check_marks(entry, known)
    return with_marks_of(known, entry)


def existing(on_call: SqlOnCall, kind: type[Kind], name: str) -> tuple[Kind, int]:
    """The entry and its version. Raises NobodyOfThatName and Unreadable."""
    entry, version = on_call.versioned(kind, name)
    if entry is None:
        raise NobodyOfThatName(kind_of(kind), name)
    return entry, version


def _wrong(field: str, message: str) -> WrongFields:
    return WrongFields([FieldError(field=field, message=message)])
