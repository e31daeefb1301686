"""How a page of the console is made: its template, its stylesheet, its headers."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.resources import files

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from pager.adapters.http.console.visitor import visitor_of
from pager.adapters.http.console.words import clock_time, named, written
from pager.adapters.incident import lines, whole_seconds
from pager.errors import PagerError
from pager.words import in_words

_assets = files("pager.adapters.http") / "assets"
STYLESHEET = (_assets / "console.css").read_text(encoding="utf-8")
SCRIPT = (_assets / "console.js").read_text(encoding="utf-8")
ICON = (_assets / "icon.svg").read_text(encoding="utf-8")


def _fingerprint(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HEADERS = {
    "Cache-Control": "no-store",
    # With "no-referrer" a browser would not say either where a form comes from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_fingerprint(STYLESHEET)}'; script-src 'self'; "
        "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


def in_minutes(span: timedelta) -> str:
    """As people say how long something lasts: the seconds are none of their concern."""
    return in_words(max(span, timedelta(0)) // timedelta(minutes=1) * timedelta(minutes=1))


templates = Environment(
    loader=PackageLoader("pager.adapters.http"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["clock_time"] = clock_time
templates.filters["named"] = named
templates.filters["written"] = written
templates.filters["in_words"] = lambda span: in_words(whole_seconds(span))
templates.filters["in_minutes"] = in_minutes
templates.filters["lines"] = lines
templates.globals |= {
    # In the page itself: a phone at the end of the world needs one round trip.
    "stylesheet": Markup(STYLESHEET),  # noqa: S704 - ours
    "script": f"/console/console.js?{hashlib.sha256(SCRIPT.encode()).hexdigest()[:12]}",
}


def page(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> Response:
    """The template, for whoever looks at it."""
    visitor = visitor_of(request)
    # In every form: {{ csrf }}.
    csrf = Markup('<input type="hidden" name="csrf" value="{}">').format(
        visitor.csrf if visitor else ""
    )
    body = templates.get_template(f"console/{template}").render(
        context,
        visitor=visitor,
        csrf=csrf,
        now=datetime.now(UTC),
        warnings=request.app.state.warnings,
    )
    return HTMLResponse(body, status, HEADERS)


def bad_link(request: Request, error: PagerError) -> Response:
    """What a link of ours leads to that is good for nothing, or no longer."""
    title = "This link does not work"
    return page(request, "problem.html", HTTPStatus.NOT_FOUND, title=title, detail=str(error))


def see_other(path: str) -> Response:
    """What follows a form that was carried out: the page that shows what it has come to."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, HEADERS)


def asset(text: str, media_type: str) -> Response:
    """A file of ours, which a browser may keep."""
    headers = {"Cache-Control": "max-age=604800", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type=media_type, headers=headers)


def is_console(path: str) -> bool:
    """Whether people are served there, and not programs."""
    return path in ("/", "/console") or path.startswith("/console/")
