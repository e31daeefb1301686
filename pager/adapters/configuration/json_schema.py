"""The JSON Schema of the document: editors complete and check by it what somebody writes."""

import json

from pydantic import JsonValue

from pager.adapters.configuration.documents import DOCUMENT

SCHEMA_FILE = "pager.schema.json"
"""Beside the files, so that it is found without a network."""

MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
"""By this line in a file editors find it."""


def json_schema() -> dict[str, JsonValue]:
    """The schema. What is right by it can still be wrong: names of nobody, a rotation without an
    end."""
    schema = _cleaned(DOCUMENT.json_schema())
    assert isinstance(schema, dict)
    head: dict[str, JsonValue] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of Pager",
    }
    return head | schema


def schema_text() -> str:
    """The schema as a file."""
    return f"{json.dumps(json_schema(), indent=2, ensure_ascii=False)}\n"


def _cleaned(schema: JsonValue) -> JsonValue:
    """Without null, which nobody writes; no name but those that fit; no names of our classes."""
    if isinstance(schema, list):
        return [_cleaned(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    cleaned = {key: _cleaned(value) for key, value in schema.items() if not _is_noise(key, value)}
    if "patternProperties" in cleaned:
        cleaned["additionalProperties"] = False
    match cleaned.get("anyOf"):
        case [dict() as one, {"type": "null"}]:
            del cleaned["anyOf"]
            return {**cleaned, **one}
        case _:
            return cleaned


def _is_noise(key: str, value: JsonValue) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
