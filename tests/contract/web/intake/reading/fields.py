"""Whether the table of a protocol's fields is true."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pager.adapters.web.intake.events import Event
from pager.adapters.web.intake.protocol import Use

Json = Any  # type: ignore[explicit-any]  # the tests know what is where


def check_fields(
    fields: Mapping[str, Use],
    read: Callable[[Json], Sequence[Event]],
    examples: Sequence[Json],
    others: Mapping[str, Json] | None = None,
) -> None:
    """Check that a change of each field changes what is read of an example, if it is "served".

    And of none, if it is ignored. `others` has the other value of a field, where that is not
    just another text.
    """
    for field, use in fields.items():
        changed = [
            read(_changed(example, field, (others or {}).get(field, "another"))) != read(example)
            for example in examples
        ]
        assert any(changed) == (use == "served"), field


def _changed(example: Json, field: str, value: Json) -> Json:
    copy = deepcopy(example)
    *path, last = field.replace("[]", ".0").split(".")
    at = copy
    for name in path:
        inner = at[int(name) :][:1] if name.isdigit() else [at.get(name, {})]
        at = inner[0] if inner else {}
    if at:
        at[last] = value
    return copy
