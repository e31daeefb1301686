"""Rendering a page of the console: its template, its stylesheet, its headers, its size."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TypeVar
from urllib.parse import quote

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from pager.adapters.store.views.story import story
from pager.adapters.store.views.timeline import clock_time, lines
from pager.adapters.urls import incident_path
from pager.adapters.web.auth.principals import person_of
from pager.adapters.web.console.text import (
    MOST_NAMED,
    NOBODY,
    address_of,
    first_line,
    level_names,
    linked,
    named,
    short_name,
    start_of,
    targets_from,
)
from pager.adapters.web.responses import browser_headers
from pager.adapters.web.sub_path import links_below
from pager.counted import counted
from pager.durations import in_words, whole_minutes, whole_seconds
from pager.errors import PagerError
from pager.model import FALLBACK, shortened

T = TypeVar("T")

LARGEST_PAGE = 50_000
"""Bytes: so that a page arrives in about one round trip, even on a slow phone."""

PORTIONS = tuple(1 / 2**n for n in range(8))
"""A page that would be larger shows half of each list and of each long text, or a quarter, or …"""

_assets = files("pager.adapters.web.console") / "assets"
STYLESHEET = (_assets / "console.css").read_text(encoding="utf-8")
SCRIPT = (_assets / "console.js").read_text(encoding="utf-8")
SCHEDULE_SCRIPT = (_assets / "schedule.js").read_text(encoding="utf-8")
ICON = (_assets / "icon.svg").read_text(encoding="utf-8")


ALARM_ICON = (_assets / "alarm.svg").read_text(encoding="utf-8")

HEADERS = browser_headers("'self'")


def _address(file: str, text: str) -> str:
    """Where the file is: another text has another address, so that no browser shows an old one."""
    return f"/console/{file}?{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def in_minutes(duration: timedelta) -> str:
    """A duration as people say it, without seconds."""
    return in_words(whole_minutes(max(duration, timedelta(0))))


def minute(at: datetime) -> str:
    """The moment in UTC, to the minute; the day only where it is another one."""
    at = at.astimezone(UTC)
    day = "" if at.date() == datetime.now(UTC).date() else f"{at:%Y-%m-%d} "
    return f"{day}{at:%H:%M} UTC"


@cache
def templates(portion: float = 1.0) -> Environment:
    """The templates, for pages that show that portion of what they would show in full."""

    def scaled(most: int) -> int:
        return max(1, int(most * portion))

    def up_to(items: Sequence[T], most: int) -> Sequence[T]:
        """The first items; the page says where to go on, or how many are left."""
        return items[: scaled(most)]

    def clipped(text: str, most: int) -> str:
        return shortened(text, scaled(most))

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
        "counted": counted,
        "first_line": first_line,
        "in_minutes": in_minutes,
        "in_words": lambda duration: in_words(whole_seconds(duration)),
        "lines": lines,
        "minute": minute,
        "linked": linked,
        # Of entries that have the newest first, lines that have the newest first.
        "story": lambda entries: story(reversed(entries))[::-1],
        "named": lambda targets, most=MOST_NAMED, people=NOBODY: named(
            targets, scaled(most), people
        ),
        # A name as one segment of a path.
        "path_part": lambda name: quote(name, safe=""),
        "short_name": short_name,
        "level_names": level_names,
        "start_of": start_of,
        "targets_from": targets_from,
        "up_to": up_to,
        "address": address_of,
    }
    environment.globals |= {
        "fallback": FALLBACK,
        "incident_path": incident_path,
        "stylesheet": _address("console.css", STYLESHEET),
        "script": _address("console.js", SCRIPT),
        "schedule_script": _address("schedule.js", SCHEDULE_SCRIPT),
    }
    return environment


def page(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> Response:
    """The template as a page, for the person who is signed in, if anybody is."""
    person = person_of(request)
    # In every form: {{ csrf }}.
    csrf = Markup('<input type="hidden" name="csrf" value="{}">').format(
        person.csrf if person else ""
    )
    context |= {
        "person": person,
        "csrf": csrf,
        "now": datetime.now(UTC),
        # "email" and "sms", where they are not set up.
        "unset_kinds": request.app.state.unset_channels,
    }
    body = b""
    for portion in PORTIONS:
        body = templates(portion).get_template(template).render(context).encode()
        if len(body) < LARGEST_PAGE:
            break
    return HTMLResponse(links_below(request.scope.get("root_path", ""), body), status, HEADERS)


def bad_link(request: Request, error: PagerError) -> Response:
    """404, for a link that is not valid, or not any more."""
    title = "This link does not work"
    detail = str(error)
    return page(request, "problem.html", HTTPStatus.NOT_FOUND, title=title, detail=detail, again="")


def without_referrer(answer: Response) -> Response:
    """`answer`, whose address the browser sends to no other site: it is a secret."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def asset(text: str, media_type: str) -> Response:
    """A file of the console, which a browser may cache."""
    headers = {"Cache-Control": "max-age=604800", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type=media_type, headers=headers)
