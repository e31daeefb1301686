"""Forms of the console: bounded in size, and refused if another site has sent them (CSRF)."""

import secrets
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.bodies import body_of
from pager.adapters.web.parsing import number_in
from pager.errors import PagerError

MOST_FIELDS = 20_000


class InvalidForm(PagerError):
    """Nothing has changed: this page was too old, or it was not a page of Pager. Go back, reload \
it, and try again."""


class Form:
    """A form as it was sent: the value of each field is a text."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        """The fields as they came, in order."""
        self.fields = fields

    def text(self, name: str) -> str:
        """The last field of that name, or ""."""
        return dict(self.fields).get(name, "")

    def number(self, name: str) -> int:
        """The number that our page has put into that field. Raises InvalidForm."""
        number = number_in(self.text(name))
        if number is None:
            raise InvalidForm
        return number


async def read_form(request: Request) -> Form:
    """The fields of a form.

    Raises InvalidForm where the browser says that the form is on a page of another site.
    """
    if not _is_own(request):
        raise InvalidForm
    body = body_of(request)
    try:
        text = body.decode("utf-8")
        fields = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise InvalidForm from error
    # Browsers send line breaks as CRLF.
    return Form([(name, value.replace("\r\n", "\n")) for name, value in fields])


def _is_own(request: Request) -> bool:
    """Whether a page of this server sent the form, as far as the browser says."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    # Browsers send Sec-Fetch-Site over https and on loopback only; Origin everywhere.
    origin = request.headers.get("origin")
    # A proxy in front may send another Host than the browser did.
    hosts = {request.headers.get("host"), request.app.state.public_host}
    return origin is None or origin.partition("://")[2] in hosts


async def signed_form(request: Request, person: SignedIn) -> Form:
    """A form with this person's CSRF token. Raises InvalidForm, and what `read_form` raises."""
    form = await read_form(request)
    if not secrets.compare_digest(form.text("csrf").encode(), person.csrf.encode()):
        raise InvalidForm
    return form


SignedForm = Annotated[Form, Depends(signed_form)]
OwnForm = Annotated[Form, Depends(read_form)]
"""A form of a page for people who have not signed in: it has no CSRF token."""
