"""The tables of the features: how they are read, and how they are compared."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from acceptance.expect import Unmet, expect
from acceptance.sentences import NAMES, NOUNS, read_duration, read_target
from pager import EscalationPolicy, Level, Notification
from pager.durations import in_words

DataTable = list[list[str]]
Row = dict[str, str]

POLICY_COLUMNS = ("Level", "Targets", "Acknowledgement Delay")
PAGE_COLUMNS = (
    *("Target", "Service", "Incident", "Level", "Message", "Later Alerts"),
    *("Escalated by", "Told again by", "Open troubles"),
)
ROTATION_COLUMNS = ("Layer", "Rotation", "Participants", "Starts", "Shift", "Hours", "Ends")
SHIFT_COLUMNS = ("On call", "From", "Until")
HEADERS = {*POLICY_COLUMNS, *PAGE_COLUMNS, *ROTATION_COLUMNS, *SHIFT_COLUMNS}


class NoSuchPolicy(Unmet):
    """There cannot be such a policy."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"There cannot be such a policy: {reason}")
        self.reason = reason


def read_policy(service: str, datatable: DataTable) -> EscalationPolicy:
    """The policy that a table describes, a Level in each row. Raises NoSuchPolicy."""
    try:
        levels = [_level(row, number) for number, row in enumerate(read_rows(datatable), start=1)]
        return EscalationPolicy(service_id=service, levels=tuple(levels))
    except ValidationError as error:
        reasons = "; ".join(problem["msg"] for problem in error.errors())
        raise NoSuchPolicy(reasons) from error


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
    expect(
        {"Level", "Targets"} <= row.keys() <= {*POLICY_COLUMNS},
        f"The columns are {', '.join(POLICY_COLUMNS)}; the last may be left out.",
    )
    expect(row["Level"] == str(number), f"Level {row['Level']} stands in the place of {number}.")
    targets = tuple(read_target(text) for text in row["Targets"].split(", ") if text)
    delay = row.get("Acknowledgement Delay")
    if not delay:
        return Level(targets=targets)
    expect(bool(re.fullmatch(NOUNS["duration"][0], delay)), f"“{delay}” is no duration.")
    return Level(targets=targets, acknowledgement_delay=read_duration(delay))


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
        }
        for page in pages
    ]


def _cells(table: Sequence[Row], columns: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in table]
