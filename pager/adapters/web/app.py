"""The HTTP application: routes, guard, and what is answered when something is wrong."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from pydantic.json_schema import models_json_schema
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware

from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.runtime.inbox import Inbox, Overloaded
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database, DatabaseClosed
from pager.adapters.store.core.error_text import error_text
from pager.adapters.store.dialects.sqlite import DatabaseFileGone
from pager.adapters.store.ports.policies import PolicyChanged
from pager.adapters.web.acknowledge import AcknowledgePages
from pager.adapters.web.admission import RETRY_AFTER, AdmissionControl, come_back
from pager.adapters.web.api.endpoints import Api
from pager.adapters.web.auth.guard import Access, Guard
from pager.adapters.web.auth.passwords import TooManyPasswords
from pager.adapters.web.auth.visitor import NotAllowed, NotSignedIn
from pager.adapters.web.console.form import ForeignForm
from pager.adapters.web.console.pages import Console
from pager.adapters.web.console.rendering import (
    is_console,
    is_link,
    keeping_secret,
    page,
    see_other,
)
from pager.adapters.web.health import Health
from pager.adapters.web.hsts import StrictTransportSecurity
from pager.adapters.web.problems import (
    Problem,
    ProblemError,
    invalid_parameters,
    problem,
    response,
)
from pager.errors import TooMuchContention
from pager.messages import Acknowledgement, Alert, HealthyEvent
from pager.model import EscalationPolicy


def application(  # noqa: PLR0913, PLR0917 - it brings together what the server consists of
    database: Database,
    inbox: Inbox,
    test_pages: TestPageSender,
    health: Health,
    links: AcknowledgeLinks,
    access: Access,
    warnings: Sequence[str] = (),
) -> FastAPI:
    """The application, which lets in whom `access` says.

    `warnings` stand on every page for people who have signed in.
    """
    app: FastAPI = FastAPIOffline(
        title="Pager",
        summary="An Alert becomes a page that somebody answers.",
        docs_url="/docs",
        redoc_url=None,
        # It would redirect to http:, and to whichever host the request names.
        redirect_slashes=False,
    )
    app.state.warnings = warnings
    app.include_router(Api(database, inbox).router)
    app.include_router(AcknowledgePages(database, inbox, links).router)
    app.include_router(health.router)
    console = Console(database, inbox, test_pages, links.public_url, access.sign_on)
    app.include_router(console.router)
    _add_error_answers(app)
    _describe_bodies(app)
    app.add_middleware(Guard, access=access, keys=SqlApiKeys(database), browser=console.browser)
    # What the guard raises is answered like what an endpoint does.
    handlers = {kind: how for kind, how in app.exception_handlers.items() if kind is not Exception}
    app.add_middleware(ExceptionMiddleware, handlers=handlers)
    app.add_middleware(AdmissionControl)
    if links.public_url.startswith("https:"):
        app.add_middleware(StrictTransportSecurity)
    return app


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    async def known(request: Request, error: ProblemError) -> Response:
        return _answer(request, error.problem, error.headers)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        path, is_get = request.url.path, request.method in {"GET", "HEAD"}
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_get and is_console(path):
            # A form was answered there, and the browser asks for it again.
            return see_other(path.rpartition("/")[0])
        found = problem(HTTPStatus(error.status_code), str(error.detail))
        return _answer(request, found, dict(error.headers or {}))

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _error: NotSignedIn) -> Response:
        return see_other(f"/console/login?{urlencode({'then': _page_of(request)})}")

    @app.exception_handler(NotAllowed)
    @app.exception_handler(ForeignForm)
    async def forbidden(request: Request, error: Exception) -> Response:
        return _answer(request, problem(HTTPStatus.FORBIDDEN, str(error)))

    @app.exception_handler(RequestValidationError)
    async def bad_parameter(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, invalid_parameters(error))

    @app.exception_handler(PolicyChanged)
    async def changed(request: Request, error: PolicyChanged) -> Response:
        return _answer(request, problem(HTTPStatus.PRECONDITION_FAILED, str(error)))

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(TooMuchContention)
    async def not_stored(request: Request, error: Exception) -> Response:
        # The writer has logged it. What was not answered with 202 may be sent again: at worst
        # it is a duplicate.
        detail = f"The database did not take it ({error_text(error)}): send it again."
        return _come_back(request, detail)

    @app.exception_handler(DatabaseClosed)
    @app.exception_handler(DatabaseFileGone)
    @app.exception_handler(Overloaded)
    @app.exception_handler(TooManyPasswords)
    async def not_now(request: Request, error: Exception) -> Response:
        return _come_back(request, str(error))

    @app.exception_handler(Exception)
    async def unknown(request: Request, _error: Exception) -> Response:
        # Starlette goes on to log it, with its traceback.
        detail = "This is a fault of Pager's: its log has the details."
        return _answer(request, problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail))


def _answer(request: Request, found: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem, as a page for people and as JSON for programs."""
    path, status = request.url.path, HTTPStatus(found.status)
    if not _is_for_people(path):
        return response(found, headers)
    again = path if is_link(path) else ""
    context = {"title": found.title, "detail": found.detail, "again": again}
    shown = page(request, "problem.html", status, **context)
    shown.headers.update(headers or {})
    return keeping_secret(shown) if is_link(path) else shown


def _is_for_people(path: str) -> bool:
    return is_console(path) or is_link(path)


def _page_of(request: Request) -> str:
    """The page that somebody looks at: of a form, the one that it stands on."""
    if request.method == "POST":
        _, _, address = request.headers.get("referer", "").partition("://")
        return "/" + address.partition("/")[2]
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _come_back(request: Request, detail: str) -> Response:
    if not _is_for_people(request.url.path):
        return come_back(detail)
    return _answer(request, problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), RETRY_AFTER)


def _describe_bodies(app: FastAPI) -> None:
    """Put the models of the bodies, which FastAPI does not parse, among OpenAPI's components."""
    generate = app.openapi

    def described() -> dict[str, object]:
        schema = generate()
        models = (Alert, Acknowledgement, HealthyEvent, EscalationPolicy)
        _, bodies = models_json_schema(
            [(model, "validation") for model in models],
            ref_template="#/components/schemas/{model}",
        )
        components = schema["components"]
        components["schemas"] |= {
            name: model
            for name, model in bodies["$defs"].items()
            if name not in components["schemas"]
        }
        components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"apiKey": []}, {}]
        return schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way
