"""The page of a problem: for people, in words that say what to do."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.web.console.rendering import page
from pager.adapters.web.problems import Problem

TITLES: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.METHOD_NOT_ALLOWED: "There is nothing to open here",
    HTTPStatus.CONFLICT: "Somebody was faster",
    HTTPStatus.PRECONDITION_FAILED: "Somebody was faster",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too much at once",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something in the address is wrong",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Pager made a mistake",
    HTTPStatus.SERVICE_UNAVAILABLE: "Pager cannot do this now",
}
"""What people read in the place of the phrase of the status."""

OWN_FAULT = "Try again. If it happens again, tell whoever runs Pager: its log has the details."
NO_PAGE = "There is no page at this address. It may be mistyped, or what it showed may be gone."


def problem_page(request: Request, details: Problem, again: str = "") -> Response:
    """The page of a problem. `again` is the address to try again, where that may help."""
    status = HTTPStatus(details.status)
    is_unknown = status == HTTPStatus.NOT_FOUND and details.detail == status.phrase
    detail = NO_PAGE if is_unknown else details.detail
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = OWN_FAULT
    return page(
        request,
        "problem.html",
        status,
        title=TITLES.get(status, details.title),
        detail=detail,
        again=again,
    )
