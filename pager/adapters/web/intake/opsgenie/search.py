"""The language of Opsgenie's searches: the simple part of it, which programs use.

`status: open AND tag: eu AND message: "p99 latency"`. Whatever else it may be is refused, because a
program that gets other alerts than it has asked for may close them.
"""

import re

from pager.adapters.store.alerts.fields import stored_alias
from pager.adapters.store.alerts.reading import ALL, AlertQuery
from pager.adapters.web.intake.opsgenie.answers import unprocessable
from pager.adapters.web.parsing import number_in, without_nul

LONGEST_QUERY = 1_000

_TERM = re.compile(r'\s*([A-Za-z]+)\s*[:=]\s*(?:"([^"]*)"|([^\s()"*<>]+))')
_AND = re.compile(r"\s+AND(?=\s)", re.IGNORECASE)

FIELDS = {
    "acknowledged": "acknowledged",
    "alertid": "id",
    "alias": "alias",
    "entity": "entity",
    "id": "id",
    "message": "message",
    "priority": "priority",
    "source": "source",
    "status": "status",
    "tag": "tag",
    "tags": "tag",
    "tinyid": "tinyId",
}
"""What can be asked for, in any case, and what it is called here."""

HOW = (
    'Pager understands terms like status: open or message: "p99 latency", joined by AND, of these '
    f"fields: {', '.join(sorted(set(FIELDS.values())))}."
)


def read_query(text: str) -> AlertQuery:
    """The alerts that a search asks for: all, where it is empty. Raises ProblemError (422)."""
    if len(text) > LONGEST_QUERY:
        raise unprocessable(query=f"is longer than {LONGEST_QUERY:,} characters")
    if not text.strip():
        return ALL
    query, at = ALL, 0
    while True:
        term = _TERM.match(text, at)
        if term is None:
            raise _not_understood(text[at:])
        name, quoted, word = term.groups()
        query = _with(query, name, word if quoted is None else quoted)
        at = term.end()
        if not text[at:].strip():
            return query
        joined = _AND.match(text, at)
        if joined is None:
            raise _not_understood(text[at:])
        at = joined.end()


def _with(  # noqa: PLR0911 - one line for each field
    query: AlertQuery, name: str, value: str
) -> AlertQuery:
    field, text = FIELDS.get(name.lower()), without_nul(value)
    if not text:  # each alert would have it
        raise _not_understood(f"{name}:")
    match field, value.lower():
        case "status", "open" | "closed":
            return query._replace(is_open=value.lower() == "open")
        case "acknowledged", "true" | "false":
            return query._replace(is_acknowledged=value.lower() == "true")
        case "tinyId", _ if (number := number_in(value)) is not None:
            return query._replace(number=number)
        case "tag", _:
            return query._replace(tags=(*query.tags, text))
        case "priority", _:
            return query._replace(priority=text.upper())
        case "alias", _:
            return query._replace(alias=stored_alias(value))
        case "id", _:
            return query._replace(id=text)
        case "entity", _:
            return query._replace(entity=text)
        case "source", _:
            return query._replace(source=text)
        case "message", _:
            return query._replace(message=text)
        case _:
            raise _not_understood(f"{name}: {value}")


def _not_understood(rest: str) -> Exception:
    return unprocessable(query=f"{rest.strip()[:100]!r} is not understood. {HOW}")
