"""Who looks at a page, and what they may do there."""

import secrets
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from pager.adapters.http.bodies import FORM, read_body_as
from pager.adapters.http.console.numbers import number_in
from pager.adapters.people import ROLES, Role
from pager.errors import PagerError

MOST_FIELDS = 20_000


class NotSignedIn(PagerError):
    """Sign in first."""


class NotAllowed(PagerError):
    """This takes the role {needed}; yours is {role}. An administrator can change that."""

    def __init__(self, needed: Role, role: Role) -> None:
        """`role` is what the visitor has."""
        super().__init__(needed=needed, role=role)


class ForeignForm(PagerError):
    """This form is not one of this page as it is now: go back, reload it, and send it again. \
Nothing has changed."""


class Visitor(NamedTuple):
    """Somebody who has signed in."""

    name: str
    """Of the account."""
    role: Role
    csrf: str
    """Stands in each form that the visitor is shown, and must come back with it."""

    def may(self, needed: Role) -> bool:
        """Whether the role is `needed` or one above it."""
        return ROLES.index(self.role) >= ROLES.index(needed)


class Form:
    """What was sent with a form: every field is a text."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        """The fields as they came, in order."""
        self.fields = fields

    def one(self, name: str) -> str:
        """The last field of that name, or ""."""
        return dict(self.fields).get(name, "")

    def number(self, name: str) -> int:
        """The number in that field, which a page has put there. Raises ForeignForm."""
        found = number_in(self.one(name))
        if found is None:
            raise ForeignForm
        return found


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


async def read_form(request: Request) -> Form:
    """The fields of a form. Raises ProblemError where it is too large, too slow or no form.

    Raises ForeignForm where a browser says that it stands on a page of somebody else's.
    """
    if not _is_own(request):
        raise ForeignForm
    body = await read_body_as(FORM, request)
    try:
        text = body.decode("utf-8")
        fields = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise ForeignForm from error
    # Browsers send line breaks as CRLF.
    return Form([(name, value.replace("\r\n", "\n")) for name, value in fields])


def _is_own(request: Request) -> bool:
    """Whether a page of ours sent the request, as far as the browser tells."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    # It is told over https and on loopback only; Origin everywhere.
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


async def signed_form(request: Request, visitor: Annotated[Visitor, Depends(viewer)]) -> Form:
    """A form that this visitor was shown. Raises ForeignForm, and what `read_form` raises."""
    form = await read_form(request)
    if not secrets.compare_digest(form.one("csrf").encode(), visitor.csrf.encode()):
        raise ForeignForm
    return form


Viewer = Annotated[Visitor, Depends(viewer)]
Engineer = Annotated[Visitor, Depends(engineer)]
Administrator = Annotated[Visitor, Depends(administrator)]
SignedForm = Annotated[Form, Depends(signed_form)]
OwnForm = Annotated[Form, Depends(read_form)]
"""Of somebody who has not signed in yet."""
