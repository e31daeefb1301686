"""Fields of a body that the URL has, too: they may be left out of the body."""

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, from_json, to_json

from pager.adapters.json_keys import key_given_twice


class MayBeLeftOut:
    """In an annotation: the JSON Schema does not require that field."""

    def __init__(self, field: str) -> None:
        """`field` is required otherwise."""
        self._field = field

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Called by pydantic."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        required = [name for name in schema["required"] if name != self._field]
        others = {name: value for name, value in schema.items() if name != "required"}
        return {**others, "required": required} if required else others


def with_field(body: bytes, field: str, value: str) -> bytes:
    """The body with that field, where it is a JSON object without it."""
    try:
        given = from_json(body)
    except ValueError:
        return body  # whoever parses it says what is wrong
    if not isinstance(given, dict) or field in given or key_given_twice(body) is not None:
        return body
    return to_json({**given, field: value})
