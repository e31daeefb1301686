"""How a page of the console is made: its template, its stylesheet, its headers, its size."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TypeVar

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from pager.adapters.store.views.timeline import clock_time, lines
from pager.adapters.web.auth.visitor import visitor_of
from pager.adapters.web.console.text import MOST_NAMED, named, targets_from, written
from pager.durations import in_words, whole_minutes, whole_seconds
from pager.errors import PagerError

T = TypeVar("T")

LARGEST = 50_000
"""Bytes of a page: a phone at the end of the world needs one round trip, or nearly so."""

PORTIONS = tuple(1 / 2**n for n in range(8))
"""A page that would be larger shows half of each list and of each long text, or a quarter, or …"""

_assets = files("pager.adapters.web.console") / "assets"
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


def in_minutes(duration: timedelta) -> str:
    """As people say how long something lasts: the seconds are none of their concern."""
    return in_words(whole_minutes(max(duration, timedelta(0))))


@cache
def templates(portion: float = 1.0) -> Environment:
    """The templates, for pages on which there is room for that portion of what they would show."""

    def room_for(most: int) -> int:
        return max(1, int(most * portion))

    def up_to(most_of: Sequence[T], most: int) -> Sequence[T]:
        """The first so many; where to go on, or how many are left, says the page."""
        return most_of[: room_for(most)]

    def clipped(text: str, most: int) -> str:
        most = room_for(most)
        return text if len(text) <= most else f"{text[:most]}…"

    environment = Environment(
        loader=PackageLoader("pager.adapters.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clipped": clipped,
        "clock_time": clock_time,
        "in_minutes": in_minutes,
        "in_words": lambda duration: in_words(whole_seconds(duration)),
        "lines": lines,
        "named": lambda targets, most=MOST_NAMED: named(targets, room_for(most)),
        "targets_from": targets_from,
        "up_to": up_to,
        "written": written,
    }
    environment.globals |= {
        # In the page itself: it needs no other round trip.
        "stylesheet": Markup(STYLESHEET),  # noqa: S704 - ours
        "script": f"/console/console.js?{hashlib.sha256(SCRIPT.encode()).hexdigest()[:12]}",
    }
    return environment


def page(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> Response:
    """The template, for whoever looks at it."""
    visitor = visitor_of(request)
    # In every form: {{ csrf }}.
    csrf = Markup('<input type="hidden" name="csrf" value="{}">').format(
        visitor.csrf if visitor else ""
    )
    context |= {
        "visitor": visitor,
        "csrf": csrf,
        "now": datetime.now(UTC),
        "warnings": request.app.state.warnings,
    }
    body = b""
    for portion in PORTIONS:
        body = templates(portion).get_template(template).render(context).encode()
        if len(body) < LARGEST:
            break
    return HTMLResponse(body, status, HEADERS)


def bad_link(request: Request, error: PagerError) -> Response:
    """What a link of ours leads to that is good for nothing, or no longer."""
    title = "This link does not work"
    detail = str(error)
    return page(request, "problem.html", HTTPStatus.NOT_FOUND, title=title, detail=detail, again="")


def keeping_secret(answer: Response) -> Response:
    """Let nobody be told the address of this page: it acknowledges."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def see_other(path: str) -> Response:
    """What follows a form that was carried out: the page that shows what it has come to."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, HEADERS)


def asset(text: str, media_type: str) -> Response:
    """A file of ours, which a browser may keep."""
    headers = {"Cache-Control": "max-age=604800", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type=media_type, headers=headers)


def is_console(path: str) -> bool:
    """Whether it is one of the console's, for people who have an account."""
    return path in ("/", "/console") or path.startswith("/console/")


def is_link(path: str) -> bool:
    """Whether it is that of an acknowledge link, for whoever has it: it is a secret."""
    return path.startswith("/acknowledge/")
