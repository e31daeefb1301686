"""Paths into JSON."""

import pytest
from pydantic import JsonValue, TypeAdapter, ValidationError

from pager.access.json_paths import JsonPath, value_at

JSON: JsonValue = {
    "incident": {"title": "Disk full"},
    "alerts": [{"labels": {"host": "db-1", "app.kubernetes.io/name": "db"}}],
    "a.b": 1,
    "2": {"x y": None},
}
_PATH: TypeAdapter[str] = TypeAdapter(JsonPath)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("incident.title", "Disk full"),
        ("$.incident.title", "Disk full"),
        ("alerts[0].labels.host", "db-1"),
        ("alerts.0.labels.host", "db-1"),
        ('alerts[0].labels["app.kubernetes.io/name"]', "db"),
        ("a.b", 1),
        ("2.x y", None),
        ("alerts[1].labels", None),
        ("alerts[0].labels.host.more", None),
        ("incident.nothing", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, value: JsonValue) -> None:
    """A name that has a dot in it is found, too, where it is the whole path."""
    assert value_at(JSON, _PATH.validate_python(path)) == value


@pytest.mark.parametrize(
    "path", ["", " ", "$", "a..b", "..a", "a[x]", "a[0", "a]b", 'a["b', "x" * 256]
)
def test_what_is_no_path_is_refused_and_leads_to_nothing(path: str) -> None:
    """The message says what a good one looks like."""
    with pytest.raises(ValidationError):
        _PATH.validate_python(path)
    assert value_at(JSON, path) is None or path.strip() in {"", "$"}
