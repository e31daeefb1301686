"""The tables that only Pager's own specification has: policies, people, rotations, shifts."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from pydantic import ValidationError

from acceptance.nouns import BOOK, Person
from pager import EscalationPolicy, Level
from pager.oncall import people as entries
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.testing.expect import Unmet, expect
from pager.testing.nouns import DURATION, read_duration
from pager.testing.tables import PAGE_COLUMNS, DataTable, Row, read_rows

POLICY_COLUMNS = ("Level", "Targets", "Acknowledgement Delay")
PEOPLE_COLUMNS = ("Person", "By")
QUARTER = timedelta(minutes=15)
ROTATION_COLUMNS = ("Layer", "Rotation", "Participants", "Starts", "Shift", "Hours", "Ends")
SHIFT_COLUMNS = ("On call", "From", "Until")
TOLD_COLUMNS = ("At", "Target", "Because")
REASON_COLUMNS = ("Reason",)
VIOLATION_COLUMNS = ("Of", "From", "Until", "Again", "Because")
HEADERS = {
    *(*POLICY_COLUMNS, *PEOPLE_COLUMNS, *PAGE_COLUMNS, *ROTATION_COLUMNS, *SHIFT_COLUMNS),
    *(*TOLD_COLUMNS, *REASON_COLUMNS, *VIOLATION_COLUMNS),
}


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row says what the columns are. A list of messages has none."""
    return bool(rows) and {*rows[0]} <= HEADERS


class RefusedEdit(Unmet):
    """There cannot be such a policy, or somebody who is named cannot be removed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The edit is refused: {reason}")
        self.reason = reason


def read_policy(service: str, datatable: DataTable) -> EscalationPolicy:
    """The policy that a table describes, a Level in each row. Raises RefusedEdit."""
    with _refusing():
        rows = enumerate(read_rows(datatable), start=1)
        return EscalationPolicy(
            service_id=service, levels=tuple(_level(row, number) for number, row in rows)
        )


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        reasons = "; ".join(problem["msg"] for problem in error.errors())
        raise RefusedEdit(reasons) from error


def _level(row: Row, number: int) -> Level:
    delay = _delay(row, number)
    targets = tuple(BOOK.target(text) for text in _listed_in(row["Targets"]))
    return Level(targets=targets, acknowledgement_delay=delay or QUARTER)


def _policy_level(row: Row, number: int) -> PolicyLevel:
    delay = _delay(row, number)
    targets = tuple(map(_read_policy_target, _listed_in(row["Targets"])))
    return PolicyLevel(targets=targets, acknowledgement_delay=delay or QUARTER)


def _delay(row: Row, number: int) -> timedelta | None:
    """The delay of that Level, if the table says it."""
    expect(
        {"Level", "Targets"} <= row.keys() <= {*POLICY_COLUMNS},
        f"The columns are {', '.join(POLICY_COLUMNS)}; the last may be left out.",
    )
    expect(row["Level"] == str(number), f"Level {row['Level']} stands in the place of {number}.")
    delay = row.get("Acknowledgement Delay")
    return _duration(delay) if delay else None


def _duration(text: str) -> timedelta:
    expect(bool(re.fullmatch(DURATION, text)), f"“{text}” is no duration.")
    return read_duration(text)


def _listed_in(cell: str) -> list[str]:
    return [text for text in cell.split(", ") if text]


def _read_policy_target(text: str) -> PolicyTarget:
    """`Ada`, `the team Payments`, `on call in Database`, or an address: `Ada by e-mail`."""
    if text in list(Person):
        return PersonTarget(name=text)
    if text.startswith("the team "):
        return TeamTarget(name=text.removeprefix("the team "))
    if text.startswith("on call in "):
        return ScheduleTarget(name=text.removeprefix("on call in "))
    return BOOK.target(text)


def read_shared_policy(name: str, datatable: DataTable) -> SharedPolicy:
    """The shared policy that a table describes, a Level in each row. Raises RefusedEdit."""
    with _refusing():
        rows = enumerate(read_rows(datatable), start=1)
        return SharedPolicy(
            name=name, levels=tuple(_policy_level(row, number) for number, row in rows)
        )


METHOD = re.compile(r"(e-mail|SMS)(?: after (.+?))?( \(verified\))?")


def read_persons(datatable: DataTable) -> list[entries.Person]:
    """The people that a table describes, one in each row."""
    expect(datatable[0] == [*PEOPLE_COLUMNS], f"The columns are {', '.join(PEOPLE_COLUMNS)}.")
    return [
        entries.Person(
            name=row["Person"],
            contact_methods=tuple(
                _contact_method(Person(row["Person"]), text) for text in _listed_in(row["By"])
            ),
        )
        for row in read_rows(datatable)
    ]


def _contact_method(person: Person, text: str) -> entries.ContactMethod:
    """`e-mail`, `SMS after 5 minutes`, `SMS (verified)`."""
    found = METHOD.fullmatch(text)
    expect(found is not None, f"“{text}” is no way to reach {person}.")
    assert found is not None
    return entries.ContactMethod(
        target=person.email if found[1] == "e-mail" else person.sms,
        after=_duration(found[2]) if found[2] else timedelta(0),
        verified=bool(found[3]),
    )
