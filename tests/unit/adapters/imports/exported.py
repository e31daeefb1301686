"""The exports of `tests/exports`, and what becomes of them.

They are written by hand: `oncall`, `opsgenie` and `pagerduty` after what the documentation of each
API shows; `opsgenie-acme` after the example of Cloud Posse's Terraform module, `pagerduty-checkout`
after examples of Terraform for PagerDuty that are public.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.imports.imported import Imported
from pager.adapters.imports.oncall.reading import read_oncall
from pager.adapters.imports.opsgenie.reading import read_opsgenie
from pager.adapters.imports.pagerduty.reading import read_pagerduty

EXPORTS = Path(__file__).parents[3] / "exports"
NOW = datetime(2026, 11, 30, tzinfo=UTC)

Reader = Callable[[Sequence[File], datetime], Imported]

READERS: dict[str, Reader] = {
    "oncall": read_oncall,
    "opsgenie": read_opsgenie,
    "opsgenie-acme": read_opsgenie,
    "pagerduty": read_pagerduty,
    "pagerduty-checkout": read_pagerduty,
}
"""What reads the export in the folder of that name."""


def files_of(export: str) -> list[File]:
    """The files in its folder."""
    folder = EXPORTS / export
    return [
        File(str(path.relative_to(folder)), json.loads(path.read_bytes()))
        for path in sorted(folder.rglob("*.json"))
    ]


def imported(export: str) -> Imported:
    """What becomes of its export."""
    return READERS[export](files_of(export), NOW)


def lines(result: Imported, place: str) -> list[str]:
    """The notes on what begins like `place`; those that are serious have a ! before."""
    return [
        f"{'! ' if note.serious else ''}{note.text}"
        for note in result.notes
        if note.place.startswith(place)
    ]


def with_change(
    files: Sequence[File], file: File, number: int, name: str, value: JsonValue
) -> list[File]:
    """The files, where one object of `file` has this in that field."""
    content: JsonValue = json.loads(json.dumps(file.content))
    list(objects_in(content))[number][1][name] = value
    return [File(file.name, content) if other.name == file.name else other for other in files]


def objects_in(
    value: JsonValue, name: str = "", within: frozenset[str] = frozenset()
) -> Iterator[tuple[frozenset[str], dict[str, JsonValue]]]:
    """All JSON objects in it, and what each is in: ids, and fields such as `users.role`."""
    match value:
        case dict():
            within |= {str(value[id_]) for id_ in ("id", "alias") if id_ in value}
            yield within, value
            for inner in value:
                yield from objects_in(value[inner], inner, within | {f"{name}.{inner}"})
        case list():
            for item in value:
                yield from objects_in(item, name, within)
        case _:
            pass
