"""Keys that stand twice in one object of JSON: whoever wrote that meant one of two things.

Parsers let the last one win, so an edit would do half of what it says: it is refused. An Alert is
not: whichever message counts, somebody has to be paged.
"""

import json

from pydantic import JsonValue

STANDS_TWICE = "This key stands twice in one object: it is not clear which one counts."


class KeyTwice(Exception):
    """It has a key that stands twice in one object: the first of these."""


def read_json(text: bytes | str) -> JsonValue:
    """What the JSON says. Raises KeyTwice, ValueError and RecursionError."""
    value: JsonValue = json.loads(text, object_pairs_hook=_object)
    return value


def key_given_twice(text: bytes | str) -> str | None:
    """The first key that stands twice in an object; None where there is none, or no JSON."""
    try:
        read_json(text)
    except KeyTwice as error:
        return str(error)
    except (ValueError, RecursionError):
        pass  # whoever parses it says what is wrong
    return None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Called by the parser with each object, the inner ones first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise KeyTwice(key)
            seen.add(key)
    return found
