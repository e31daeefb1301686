"""Keys that stand twice in one object of JSON."""

import pytest

from pager.adapters.json_keys import key_given_twice


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "a"),
        ('[{"levels": [{"targets": [], "targets": []}]}]', "targets"),
        (b'{"a": 1, "\\u0061": 2}', "a"),
        ('{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}', None),
        ("7", None),
        ('{"a": 1, "a": ', None),
        (b"\xff\xfe{", None),
        ("[" * 100_000, None),
    ],
)
def test_a_key_twice_in_one_object_is_found(text: str | bytes, key: str | None) -> None:
    """However deep; not one in two objects, and nothing in what is no JSON."""
    assert key_given_twice(text) == key
