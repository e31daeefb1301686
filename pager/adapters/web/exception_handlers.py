"""The answers to errors: a page for people, problem details for programs."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from pager.adapters.channels.acknowledge_links import BadLink
from pager.adapters.runtime.pools import Overloaded
from pager.adapters.store.access.integrations import UnreadableIntegration
from pager.adapters.store.configuration.writing import ConfigurationChanged
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.error_text import error_text
from pager.adapters.store.core.writer import DatabaseClosed
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.adapters.store.heartbeats.writing import ForeignHeartbeat, UnknownHeartbeat
from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.store.ports.policies import PolicyChanged
from pager.adapters.store.properties.properties import PropertiesChanged
from pager.adapters.validation import FieldError
from pager.adapters.web.admission import RETRY_AFTER, service_unavailable
from pager.adapters.web.api.answers import fields_of
from pager.adapters.web.api.conditional_requests import PolicyExists
from pager.adapters.web.api.on_call.bodies import WrongFields
from pager.adapters.web.api.on_call.editing import EntryExists
from pager.adapters.web.auth.principals import NotAllowed, NotSignedIn
from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.problem_page import problem_page
from pager.adapters.web.console.rendering import bad_link, without_referrer
from pager.adapters.web.intake.protocols import refused_in
from pager.adapters.web.problems import (
    Problem,
    ProblemError,
    invalid_parameters,
    problem,
    response,
    unprocessable,
)
from pager.adapters.web.responses import see_other
from pager.adapters.web.route_rules import rule_of
from pager.configuration.applying import ConfigurationRefused
from pager.errors import TooMuchContention
from pager.explain.asked import NotThere
from pager.oncall.directory import NobodyOfThatName, StillUsed
from pager.oncall.names import InvisibleName
from pager.oncall.overrides import NoSuchOverride

NOT_SAVED = "Pager could not save this. Try again in a minute."

NOT_SERVED = "Pager does not serve this path: is it mistyped?"


def add_error_answers(app: FastAPI) -> None:
    """Add a handler for each error that an endpoint or a middleware may raise."""

    @app.exception_handler(ProblemError)
    async def problem_error(request: Request, error: ProblemError) -> Response:
        return _answer(request, error.problem, error.headers)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        is_get = request.method in {"GET", "HEAD"}
        is_form = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_get
        if is_form and rule_of(request.scope).kind == "console":
            # The browser reloads the address of a form: the page of the form is one level above.
            return see_other(request.url.path.rpartition("/")[0])
        detail = str(error.detail)
        if error.status_code == HTTPStatus.NOT_FOUND and rule_of(request.scope).protocol:
            detail = NOT_SERVED
        details = problem(HTTPStatus(error.status_code), detail)
        return _answer(request, details, dict(error.headers or {}))

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _error: NotSignedIn) -> Response:
        return see_other(f"/console/login?{urlencode({'then': _page_of(request)})}")

    @app.exception_handler(BadLink)
    async def forged_link(request: Request, error: BadLink) -> Response:
        return without_referrer(bad_link(request, error))

    @app.exception_handler(ForeignHeartbeat)
    @app.exception_handler(NotAllowed)
    @app.exception_handler(InvalidForm)
    async def forbidden(request: Request, error: Exception) -> Response:
        return _answer(request, problem(HTTPStatus.FORBIDDEN, str(error)))

    @app.exception_handler(NobodyOfThatName)
    @app.exception_handler(NoSuchOverride)
    @app.exception_handler(NotThere)
    @app.exception_handler(UnknownHeartbeat)
    async def unknown(request: Request, error: Exception) -> Response:
        return _answer(request, problem(HTTPStatus.NOT_FOUND, str(error)))

    @app.exception_handler(RequestValidationError)
    async def bad_parameter(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, invalid_parameters(error))

    @app.exception_handler(WrongFields)
    async def wrong_fields(request: Request, error: WrongFields) -> Response:
        return _answer(request, unprocessable(error.errors))

    @app.exception_handler(InvisibleName)
    async def invisible_name(request: Request, error: InvisibleName) -> Response:
        return _answer(request, unprocessable([FieldError(field="name", message=str(error))]))

    @app.exception_handler(ConfigurationRefused)
    async def configuration_refused(request: Request, error: ConfigurationRefused) -> Response:
        return _answer(request, unprocessable(fields_of(error.problems)))

    @app.exception_handler(StillUsed)
    async def still_used(request: Request, error: StillUsed) -> Response:
        return _answer(request, problem(HTTPStatus.CONFLICT, str(error)))

    @app.exception_handler(ConfigurationChanged)
    @app.exception_handler(EntryChanged)
    @app.exception_handler(EntryExists)
    @app.exception_handler(PolicyChanged)
    @app.exception_handler(PolicyExists)
    @app.exception_handler(PropertiesChanged)
    async def condition_failed(request: Request, error: Exception) -> Response:
        return _answer(request, problem(HTTPStatus.PRECONDITION_FAILED, str(error)))

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(TooMuchContention)
    async def not_stored(request: Request, error: Exception) -> Response:
        # The writer has logged it. What was not answered with 202 may be sent again: at worst
        # it is a duplicate.
        detail = f"The database did not take it ({error_text(error)}): send it again."
        return _service_unavailable(request, detail, NOT_SAVED)

    @app.exception_handler(DatabaseClosed)
    @app.exception_handler(DatabaseFileGone)
    @app.exception_handler(Overloaded)
    @app.exception_handler(Unreadable)
    @app.exception_handler(UnreadableIntegration)
    async def unavailable(request: Request, error: Exception) -> Response:
        return _service_unavailable(request, str(error))

    @app.exception_handler(Exception)
    async def internal_error(request: Request, _error: Exception) -> Response:
        # It is raised again, and uvicorn logs it with its traceback.
        detail = "This is a fault of Pager's: its log has the details. Send it again."
        return _answer(request, problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail))


def _answer(request: Request, details: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem, as a page for people and as JSON for programs."""
    rule, path = rule_of(request.scope), request.url.path
    if rule.protocol is not None:
        return refused_in(request, rule.protocol, details, headers)
    if not rule.is_for_people:
        return response(details, headers)
    is_link = rule.kind == "link"
    answer = problem_page(request, details, path if is_link else "")
    answer.headers.update(headers or {})
    return without_referrer(answer) if is_link else answer


def _page_of(request: Request) -> str:
    """Where to go after signing in: the page of the request, or the page that has its form."""
    if request.method == "POST":
        _, _, address = request.headers.get("referer", "").partition("://")
        return "/" + address.partition("/")[2]
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _service_unavailable(request: Request, detail: str, for_people: str = "") -> Response:
    rule = rule_of(request.scope)
    if not rule.is_for_people and rule.protocol is None:
        return service_unavailable(detail)
    details = problem(HTTPStatus.SERVICE_UNAVAILABLE, for_people or detail)
    return _answer(request, details, RETRY_AFTER)
