"""The HTTP application: its routes, and the pipeline that each request passes."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.refusals import Refusals
from pager.adapters.runtime.reports import ReportReceiver
from pager.adapters.web.acknowledge import AcknowledgePage
from pager.adapters.web.admission import AdmissionControl
from pager.adapters.web.api.configuration import ConfigurationApi
from pager.adapters.web.api.endpoints import Api
from pager.adapters.web.api.escalation_policies import PoliciesApi
from pager.adapters.web.api.heartbeats import HeartbeatApi
from pager.adapters.web.api.integrations import IntegrationsApi
from pager.adapters.web.api.maintenance import MaintenanceApi
from pager.adapters.web.api.properties import PropertiesApi
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.guard import Access, Guard
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.known_keys import KnownKeys
from pager.adapters.web.auth.logins import Logins
from pager.adapters.web.auth.passwords import HASHER, Passwords
from pager.adapters.web.backend import Backend
from pager.adapters.web.callers import ALERTER
from pager.adapters.web.console.heartbeats import HeartbeatsPage
from pager.adapters.web.console.integration import IntegrationPage
from pager.adapters.web.console.integration_example import IntegrationExamplePage
from pager.adapters.web.console.pages import ConsolePages
from pager.adapters.web.delivery_reports import TwilioReports
from pager.adapters.web.exception_handlers import add_error_answers
from pager.adapters.web.health import Health
from pager.adapters.web.intake.lmtp import LmtpServer
from pager.adapters.web.intake.opsgenie.endpoints import OpsgenieAlerts
from pager.adapters.web.intake.opsgenie.maintenance import OpsgenieMaintenance
from pager.adapters.web.intake.opsgenie_heartbeats import OpsgenieHeartbeats
from pager.adapters.web.intake.pagerduty import PagerDuty
from pager.adapters.web.intake.receiving import Intake
from pager.adapters.web.intake.webhooks import Webhooks
from pager.adapters.web.limits import LIMITS, Limits
from pager.adapters.web.on_call_api_routes import api_routes
from pager.adapters.web.openapi_texts import INTRODUCTION
from pager.adapters.web.pipeline import ErrorAnswer, Pipeline, Steps
from pager.adapters.web.refused_alerts import RefusedAlerts
from pager.adapters.web.route_table import add_routes
from pager.adapters.web.routes import Endpoints, table
from pager.adapters.web.security_headers import SecurityHeaders
from pager.adapters.web.sub_path import SubPath, sub_path_of


def application(
    backend: Backend,
    access: Access,
    limits: Limits = LIMITS,
    hasher: PasswordHasher = HASHER,
    mail_listener: socket.socket | None = None,
) -> FastAPI:
    """The application; `access` says who may use it, `hasher` what a password costs.

    While it runs, it takes e-mails on `mail_listener`.
    """
    intake = Intake(backend, limits.requests_noted_every)
    integrations = KnownIntegrations(backend)
    refusals = Refusals(backend.database, backend.metrics, limits.refusals_written_every)
    mail = LmtpServer(intake, integrations, refusals)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if mail_listener is not None:
            await mail.start(mail_listener)
        yield
        await mail.stop()

    app: FastAPI = FastAPIOffline(
        title="Pager",
        summary="An Alert becomes a page that somebody answers.",
        description=INTRODUCTION,
        generate_unique_id_function=lambda route: route.name,
        docs_url="/docs",
        redoc_url=None,
        # It would redirect to http:, and to whichever host the request names.
        redirect_slashes=False,
        # Pager has metrics of its own; to find out whether anybody collects these takes time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
    )
    app.state.parsing = backend.pools.parsing
    app.state.unset_channels = backend.unset_channels
    app.state.public_host = urlsplit(backend.public_url).netloc
    browser = BrowserSessions(backend)
    passwords = Passwords(backend.pools.passwords, hasher)
    logins = Logins(backend, passwords, limits.login_within)
    api, keys = Api(backend), KnownKeys(backend)
    heartbeats = Heartbeats(backend.database, backend.inbox.wakeups, backend.metrics)
    endpoints = Endpoints(
        api=api,
        integrations=IntegrationsApi(backend, integrations),
        maintenance=MaintenanceApi(backend),
        policies=PoliciesApi(backend),
        configuration=ConfigurationApi(backend, heartbeats, integrations),
        properties=PropertiesApi(backend),
        on_call=api_routes(backend),
        webhooks=Webhooks(intake),
        pagerduty=PagerDuty(intake, integrations),
        heartbeats=HeartbeatApi(backend, heartbeats),
        opsgenie_heartbeats=OpsgenieHeartbeats(backend, heartbeats),
        opsgenie=OpsgenieAlerts(intake, backend),
        opsgenie_maintenance=OpsgenieMaintenance(backend),
        health=Health(backend),
        acknowledge=AcknowledgePage(backend),
        pages=ConsolePages(
            backend,
            browser,
            logins,
            access.sign_on,
            keys,
            IntegrationPage(backend, integrations, intake),
            IntegrationExamplePage(backend, integrations),
            HeartbeatsPage(backend, heartbeats),
        ),
        reports=_twilio_reports(backend),
    )
    routes = table(endpoints)
    app.state.routes = routes
    rules = add_routes(app, routes)
    add_error_answers(app)
    steps = Steps(
        app,
        rules,
        Guard(access, backend, keys, integrations, browser),
        AdmissionControl(limits),
        short_path={ALERTER: api.alerts},
        errors={
            kind: cast("ErrorAnswer", handler)
            for kind, handler in app.exception_handlers.items()
            if isinstance(kind, type)
        },
        headers=SecurityHeaders(is_https=backend.is_https),
        refused_alerts=RefusedAlerts(refusals),
    )
    app.state.steps = steps
    app.middleware_stack = Pipeline(app.build_middleware_stack(), steps)
    if sub_path := sub_path_of(backend.public_url):
        app.middleware_stack = SubPath(app.middleware_stack, sub_path)
    return app


def _twilio_reports(backend: Backend) -> TwilioReports | None:
    if backend.status_callbacks is None:
        return None
    receiver = ReportReceiver(backend.database, backend.metrics)
    return TwilioReports(backend.status_callbacks, receiver)
