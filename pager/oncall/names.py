"""The names of people, teams, schedules and shared policies: what everything else finds them by."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from pager.errors import PagerError
from pager.invisible import invisible_in

LONGEST_NAME = 100
"""Characters."""


def _no_place_in_a_path(name: str) -> str:
    """Browsers and proxies take . and .. in a path for this folder and the one above."""
    if name in {".", ".."}:
        raise PydanticCustomError("name_of_dots", "A name is not . or .. alone.")
    return name


Name = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=LONGEST_NAME,
        # No slash: a name is one segment of a path. No space at either end: nobody sees it there.
        pattern=r"^[^\s/\x00-\x1f\x7f](?:[^/\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f])?$",
    ),
    AfterValidator(_no_place_in_a_path),
]
"""As people write it: "Ada Lovelace", "Database, nights". It may have no slash."""

NAME: TypeAdapter[str] = TypeAdapter(Name)


class InvisibleName(PagerError):
    """The name {name!r} has a character in it that nobody sees: {character}. Write it without."""

    def __init__(self, name: str, character: str) -> None:
        """`character` is its number and its name."""
        super().__init__(name=name, character=character)


def check_new_name(name: str) -> None:
    """Check a name that somebody gives now. Raises InvisibleName.

    It is no rule of `Name`: whoever has such a name since before keeps it.
    """
    if character := invisible_in(name):
        raise InvisibleName(name, character)


def is_name(text: str) -> bool:
    """Whether somebody can have exactly that name."""
    try:
        NAME.validate_python(text)
    except ValidationError:
        return False
    return True
