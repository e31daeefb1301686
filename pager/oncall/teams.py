"""Teams: people who are told together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pager.model import Value
from pager.oncall.names import Name

MOST_MEMBERS = 100


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise PydanticCustomError(
                "member_twice", "{name} is there twice: name them once.", {"name": name}
            )
    return names


class Team(Value):
    """People who are told together, where a Level names their team."""

    type: Literal["team"] = "team"
    name: Name
    members: Annotated[
        tuple[Name, ...], Field(max_length=MOST_MEMBERS), AfterValidator(_each_once)
    ] = ()
    """The names of people."""
