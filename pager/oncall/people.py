"""People, and how they want to be reached."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pager.durations import IsoDuration
from pager.model import Target, Value
from pager.oncall.names import Name

MOST_METHODS = 10
LONGEST_WAIT = timedelta(hours=1)


class ContactMethod(Value):
    """One way to reach a person: an e-mail address, or a phone number that takes SMS."""

    target: Target
    after: Annotated[IsoDuration, Field(ge=timedelta(0), le=LONGEST_WAIT)] = timedelta(0)
    """How long after the Level was notified, if nobody has acknowledged by then."""
    verified: bool = False
    """Whether the person has typed the code that was sent there."""


def _each_once(methods: tuple[ContactMethod, ...]) -> tuple[ContactMethod, ...]:
    seen: set[str] = set()
    for method in methods:
        if method.target.key in seen:
            raise PydanticCustomError(
                "contact_method_twice",
                "{target} is there twice: name it once.",
                {"target": method.target.key},
            )
        seen.add(method.target.key)
    return methods


class Person(Value):
    """Somebody who can be on call."""

    type: Literal["person"] = "person"
    name: Name
    contact_methods: Annotated[
        tuple[ContactMethod, ...], Field(max_length=MOST_METHODS), AfterValidator(_each_once)
    ] = ()
    account: Annotated[str, StringConstraints(max_length=100)] | None = None
    """The name of their account in the console; None where they have none."""

    @property
    def relied_on(self) -> tuple[ContactMethod, ...]:
        """The contact methods that pages are sent to: those that are verified.

        All of them where none is verified yet: a page to an address that nobody has tried is better
        than none.
        """
        verified = tuple(method for method in self.contact_methods if method.verified)
        return verified or self.contact_methods
