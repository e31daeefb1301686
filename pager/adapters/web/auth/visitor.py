"""Who looks at a page, and what they may do there."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from pager.access.roles import Role, includes
from pager.errors import PagerError


class NotSignedIn(PagerError):
    """Sign in first."""


class NotAllowed(PagerError):
    """This takes the role {needed}; yours is {role}. An administrator can change that."""

    def __init__(self, needed: Role, role: Role) -> None:
        """`role` is what the visitor has."""
        super().__init__(needed=needed, role=role)


class Visitor(NamedTuple):
    """Somebody who has signed in."""

    name: str
    """Of the account."""
    role: Role
    csrf: str
    """Stands in each form that the visitor is shown, and must come back with it."""

    def may(self, needed: Role) -> bool:
        """Whether the role is `needed` or one above it."""
        return includes(self.role, needed)


def visitor_of(request: Request) -> Visitor | None:
    """Who sent the request; the guard has found out."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    return found


async def viewer(request: Request) -> Visitor:
    """Anybody with an account. Raises NotSignedIn."""
    found = visitor_of(request)
    if found is None:
        raise NotSignedIn
    return found


def _at_least(visitor: Visitor, needed: Role) -> Visitor:
    if not visitor.may(needed):
        raise NotAllowed(needed, visitor.role)
    return visitor


async def engineer(visitor: Annotated[Visitor, Depends(viewer)]) -> Visitor:
    """Who acknowledges, declares Healthy and edits. Raises NotSignedIn or NotAllowed."""
    return _at_least(visitor, "engineer")


async def administrator(visitor: Annotated[Visitor, Depends(viewer)]) -> Visitor:
    """Who gives others their accounts and keys. Raises NotSignedIn or NotAllowed."""
    return _at_least(visitor, "administrator")


Viewer = Annotated[Visitor, Depends(viewer)]
Engineer = Annotated[Visitor, Depends(engineer)]
Administrator = Annotated[Visitor, Depends(administrator)]
