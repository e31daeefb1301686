"""A place in a timeline as it stands in the URL of the page that goes on there."""

import base64
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from pydantic import TypeAdapter

from pager.adapters.store.views.position import Position
from pager.adapters.web.problems import ProblemError, problem

LONGEST = 1_000
"""Characters: a receipt in it has 100 at the most."""

_POSITION = TypeAdapter(Position)


def place_in_url(place: Position) -> str:
    """The place, in characters that stand for themselves in a URL."""
    return base64.urlsafe_b64encode(_POSITION.dump_json(place)).decode().rstrip("=")


async def _place(before: Annotated[str, Query(max_length=LONGEST)] = "") -> Position | None:
    """The place in the URL, if any. Raises ProblemError (422) for what is none."""
    if not before:
        return None
    try:
        return _POSITION.validate_json(base64.urlsafe_b64decode(before + "=" * (-len(before) % 4)))
    except ValueError as error:  # pydantic's and base64's are ValueErrors
        detail = "before: Take the link to the earlier entries from the page of the service."
        raise ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)) from error


TimelinePlace = Annotated[Position | None, Depends(_place)]
