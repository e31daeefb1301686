"""The tables of scenarios: how they are read, and how pages are compared with them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from pager.configuration.spelling import composed
from pager.durations import in_words
from pager.messages import Notification
from pager.testing.address_book import AddressBook
from pager.testing.catalogue import nobody_is_told
from pager.testing.expect import expect

DataTable = list[list[str]]
Row = dict[str, str]

PAGE_COLUMNS = (
    *("Target", "Service", "Incident", "Level", "Message", "Later Alerts"),
    *("Escalated by", "Told again by", "Open troubles", "Not reached"),
    *("Begun again", "Expired Acknowledgement of"),
)


def read_pages(datatable: DataTable, book: AddressBook) -> list[Row]:
    """The pages that a table describes, by whichever columns it has."""
    columns = datatable[0]
    expect(
        len(datatable) > 1,
        "The table has columns and no row. Write a row for each Target; if there is to be none,"
        f" “{nobody_is_told()}”.",
    )
    expect(
        "Target" in columns and {*columns} <= {*PAGE_COLUMNS},
        f"The columns may be {', '.join(PAGE_COLUMNS)}; Target must be there.",
    )
    return [
        {**row, "Target": book.name(book.target(row["Target"]).key)} for row in read_rows(datatable)
    ]


def expect_pages(pages: Sequence[Notification], expected: Sequence[Row], book: AddressBook) -> None:
    """Expect exactly these, in any order; otherwise show which are missing or unexpected."""
    columns = [*expected[0]] if expected else ["Target", "Service", "Incident", "Level"]
    expected_rows = Counter(_cells(expected, columns))
    actual_rows = Counter(_cells(_rows_of(pages, book), columns))
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


def _rows_of(pages: Sequence[Notification], book: AddressBook) -> list[Row]:
    return [
        {
            "Target": book.name(page.target.key),
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
    return [tuple(composed(row[column]) for column in columns) for row in table]
