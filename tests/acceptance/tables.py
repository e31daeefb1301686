"""The tables of the features: how they are read, and how they are compared."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from pydantic import ValidationError

from acceptance.expect import Unmet, expect
from acceptance.sentences import NAMES, NOUNS, Person, read_duration, read_target
from pager import EscalationPolicy, Level, Notification
from pager.durations import in_words
from pager.oncall import people as entries
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)

DataTable = list[list[str]]
Row = dict[str, str]

POLICY_COLUMNS = ("Level", "Targets", "Acknowledgement Delay")
PEOPLE_COLUMNS = ("Person", "By")
QUARTER = timedelta(minutes=15)
PAGE_COLUMNS = (
    *("Target", "Service", "Incident", "Level", "Message", "Later Alerts"),
    *("Escalated by", "Told again by", "Open troubles", "Not reached"),
    *("Begun again", "Expired Acknowledgement of"),
)
ROTATION_COLUMNS = ("Layer", "Rotation", "Participants", "Starts", "Shift", "Hours", "Ends")
SHIFT_COLUMNS = ("On call", "From", "Until")
HEADERS = {*POLICY_COLUMNS, *PEOPLE_COLUMNS, *PAGE_COLUMNS, *ROTATION_COLUMNS, *SHIFT_COLUMNS}


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


def read_pages(datatable: DataTable) -> list[Row]:
    """The pages that a table describes, by whichever columns it has."""
    columns = datatable[0]
    expect(
        len(datatable) > 1,
        "The table has columns and no row. Write a row for each Target; if there is to be none,"
        " “the Pager doesn't notify any Target”.",
    )
    expect(
        "Target" in columns and {*columns} <= {*PAGE_COLUMNS},
        f"The columns may be {', '.join(PAGE_COLUMNS)}; Target must be there.",
    )
    return [
        {**row, "Target": NAMES[read_target(row["Target"]).key]} for row in read_rows(datatable)
    ]


def expect_pages(pages: Sequence[Notification], expected: Sequence[Row]) -> None:
    """Expect exactly these, in any order; otherwise show which are missing or unexpected."""
    columns = [*expected[0]] if expected else ["Target", "Service", "Incident", "Level"]
    expected_rows = Counter(_cells(expected, columns))
    actual_rows = Counter(_cells(_rows_of(pages), columns))
    common = expected_rows & actual_rows
    marked = [
        *(("", row) for row in common.elements()),
        *(("missing", row) for row in (expected_rows - common).elements()),
        *(("unexpected", row) for row in (actual_rows - common).elements()),
    ]
    header, *body = aligned([columns, *(row for _, row in marked)])
    lines = [f"{mark:>10}  {line}" for (mark, _), line in zip(marked, body, strict=True)]
    expect(expected_rows == actual_rows, "\n".join([f"{'':10}  {header}", *lines]))


def read_rows(datatable: DataTable) -> list[Row]:
    """The rows below the header, by its columns."""
    header, *body = datatable
    for name, times in Counter(header).items():
        expect(times == 1, f"The table has {times} columns “{name}”. Keep one of them.")
    return [dict(zip(header, row, strict=True)) for row in body]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row says what the columns are. A list of messages has none."""
    return bool(rows) and {*rows[0]} <= HEADERS


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells, as Gherkin writes them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    ]


def listed(values: Sequence[object]) -> str:
    """The values with commas between them, or "none"."""
    return (
        ", ".join(
            in_words(value) if isinstance(value, timedelta) else str(value) for value in values
        )
        or "none"
    )


def _level(row: Row, number: int) -> Level:
    delay = _delay(row, number)
    targets = tuple(read_target(text) for text in _listed_in(row["Targets"]))
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
    expect(bool(re.fullmatch(NOUNS["duration"][0], text)), f"“{text}” is no duration.")
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
    return read_target(text)


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


def _rows_of(pages: Sequence[Notification]) -> list[Row]:
    return [
        {
            "Target": NAMES[page.target.key],
            "Service": page.service_id,
            "Incident": str(page.incident),
            "Level": str(page.policy_level),
            "Message": page.message,
            "Later Alerts": "; ".join(page.later_alerts.messages),
            "Escalated by": page.escalated_by or "",
            "Told again by": page.told_again_by or "",
            "Open troubles": str(page.open_troubles),
            "Not reached": "; ".join(page.gaps),
            "Begun again": str(page.begun_again),
            "Expired Acknowledgement of": page.expired_of or "",
        }
        for page in pages
    ]


def _cells(table: Sequence[Row], columns: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in table]
