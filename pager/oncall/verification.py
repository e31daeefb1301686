"""Which contact methods of a person are verified: those whose code was typed back.

The mark is on one address or number of one person. Whoever edits a person cannot give it: another
address has to be verified anew. Methods are found by the key of their Target.
"""

from collections.abc import Collection

from pager.errors import PagerError
from pager.oncall.people import ContactMethod, Person


class NotReachedThere(PagerError):
    """{name} is not reached at {target} any more, so nothing was verified: somebody has changed \
how. Look at it as it is now."""

    def __init__(self, name: str, target: str) -> None:
        """`name` is the person's, `target` the key of a Target."""
        super().__init__(name=name, target=target)


def method_of(person: Person, target: str) -> ContactMethod:
    """How the person is reached at that Target. Raises NotReachedThere."""
    for method in person.contact_methods:
        if method.target.key == target:
            return method
    raise NotReachedThere(person.name, target)


def verified(person: Person, target: str) -> Person:
    """The person with that method marked. Raises NotReachedThere."""
    return _with_marks(person, _marks(person) | {method_of(person, target).target.key})


def with_marks_of(before: Person | None, edited: Person) -> Person:
    """The edited person with the marks from before, and no others."""
    return _with_marks(edited, _marks(before) if before else frozenset())


def _marks(person: Person) -> frozenset[str]:
    return frozenset(method.target.key for method in person.contact_methods if method.verified)


def _with_marks(person: Person, marks: Collection[str]) -> Person:
    methods = tuple(
        method.model_copy(update={"verified": method.target.key in marks})
        for method in person.contact_methods
    )
    return person.model_copy(update={"contact_methods": methods})
