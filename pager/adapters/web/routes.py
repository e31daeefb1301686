"""The one table of routes: for each its methods, path and endpoint, its kind, who may use it, and
how it is admitted."""

from collections.abc import Sequence
from typing import NamedTuple

from pager.adapters.channels.sms import status_callbacks
from pager.adapters.web import openapi_texts
from pager.adapters.web.acknowledge import AcknowledgePage
from pager.adapters.web.api.configuration import ConfigurationApi
from pager.adapters.web.api.endpoints import Api
from pager.adapters.web.api.escalation_policies import PoliciesApi
from pager.adapters.web.api.heartbeats import HeartbeatApi
from pager.adapters.web.api.integrations import IntegrationsApi
from pager.adapters.web.api.maintenance import MaintenanceApi
from pager.adapters.web.api.properties import PropertiesApi
from pager.adapters.web.callers import (
    ACKNOWLEDGER,
    ADMINISTRATOR,
    ALERTER,
    ANSWERER,
    APPLIER,
    CALLBACK,
    DOCS,
    EDITOR,
    ENGINEER,
    GOALERT,
    INTEGRATOR,
    LINK,
    OPSGENIE_ANSWERER,
    OPSGENIE_PAUSER,
    OPSGENIE_PINGER,
    OPSGENIE_READER,
    OPSGENIE_SENDER,
    PAGERDUTY,
    PINGER,
    PLANNER,
    PROBE,
    READER,
    RESOLVER,
    SCRAPER,
    SENDER,
    STATIC,
    STRANGER,
    UNUSED,
    VIEWER,
)
from pager.adapters.web.console.channels import channels
from pager.adapters.web.console.pages import ConsolePages, alarm_icon, icon, script, stylesheet
from pager.adapters.web.delivery_reports import TwilioReports
from pager.adapters.web.health import Health
from pager.adapters.web.intake.opsgenie.endpoints import OpsgenieAlerts
from pager.adapters.web.intake.opsgenie.maintenance import OpsgenieMaintenance
from pager.adapters.web.intake.opsgenie_heartbeats import OpsgenieHeartbeats
from pager.adapters.web.intake.pagerduty import PagerDuty
from pager.adapters.web.intake.webhooks import Webhooks
from pager.adapters.web.on_call_routes import calendar_routes, people_routes, policy_routes
from pager.adapters.web.openapi_configuration import (
    APPLY_CONFIGURATION,
    PLAN_CONFIGURATION,
    READ_CONFIGURATION,
)
from pager.adapters.web.openapi_properties import (
    LIST_VERDICTS,
    PUT_PROPERTIES,
    READ_PROPERTIES,
)
from pager.adapters.web.route_table import ALL, Route

GET, PAGE, POST, PUT, DELETE = ("GET",), ("GET", "HEAD"), ("POST",), ("PUT",), ("DELETE",)
SENT = ("POST", "PUT")
"""Grafana lets people choose."""
ANY_PING = ("GET", "POST", "PUT", "PATCH")
WRITING = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")

HEARTBEAT = "/heartbeats/{name}"
HEARTBEATS_PAGE = "/console/heartbeats"
HEARTBEAT_PAGE = f"{HEARTBEATS_PAGE}/{{name}}"
OPSGENIE_HEARTBEAT = "/v2/heartbeats/{name}"
POLICY = "/escalation-policies/{service_id}"
INTEGRATION = "/integrations/{number}"
WINDOWS = "/maintenance-windows"
SERVICE_PAGE = "/console/services/{service_id}"
POLICY_PAGE = f"{SERVICE_PAGE}/policy"
VERSION_PAGE = f"{POLICY_PAGE}/history/{{version}}"
INTEGRATIONS_PAGE = "/console/integrations"
INTEGRATION_PAGE = f"{INTEGRATIONS_PAGE}/{{number}}"
EXAMPLE_PAGE = "/console/integrations/{number}/example"
WINDOW_PAGE = "/console/maintenance/{number}"
INCIDENT_PAGE = "/incidents/{service_id}/{incident}"


class Endpoints(NamedTuple):
    """What answers requests."""

    api: Api
    integrations: IntegrationsApi
    webhooks: Webhooks
    pagerduty: PagerDuty
    heartbeats: HeartbeatApi
    opsgenie_heartbeats: OpsgenieHeartbeats
    maintenance: MaintenanceApi
    opsgenie: OpsgenieAlerts
    opsgenie_maintenance: OpsgenieMaintenance
    policies: PoliciesApi
    configuration: ConfigurationApi
    properties: PropertiesApi
    on_call: Sequence[Route]
    """Those of `on_call_api_routes`."""
    health: Health
    acknowledge: AcknowledgePage
    pages: ConsolePages
    reports: TwilioReports | None
    """None where Twilio cannot call this server."""


def table(endpoints: Endpoints) -> Sequence[Route]:
    """Every route, in the order in which they are tried."""
    api, integrations, webhooks, pagerduty = endpoints[:4]
    heartbeats, opsgenie_pings = endpoints.heartbeats, endpoints.opsgenie_heartbeats
    opsgenie, maintenance, health = endpoints.opsgenie, endpoints.maintenance, endpoints.health
    acknowledge, pages, reports = endpoints.acknowledge, endpoints.pages, endpoints.reports
    return [
        # Programs: what comes often, first.
        Route(POST, "/alerts", api.alerts, ALERTER, openapi_texts.RAISE_ALERTS),
        Route(
            POST, "/acknowledgements", api.acknowledgement, ACKNOWLEDGER, openapi_texts.ACKNOWLEDGE
        ),
        Route(POST, "/healthy-events", api.healthy_event, RESOLVER, openapi_texts.DECLARE_HEALTHY),
        Route(POST, "/resolves", api.resolve, RESOLVER, openapi_texts.RESOLVE_TROUBLE),
        Route(POST, "/escalations", api.escalation, ACKNOWLEDGER, openapi_texts.ESCALATE_NOW),
        Route(
            POST, "/repeated-pages", api.repeated_page, ACKNOWLEDGER, openapi_texts.TELL_ONCE_MORE
        ),
        # As they are mistyped.
        Route(POST, "/alerts/", api.alerts, ALERTER),
        Route(POST, "/healthy-events/", api.healthy_event, RESOLVER),
        Route(POST, "/resolves/", api.resolve, RESOLVER),
        Route(GET, "/services", api.services, READER, openapi_texts.LIST_SERVICES),
        Route(GET, "/services/{service_id}", api.service, READER, openapi_texts.READ_SERVICE),
        *_configuration(endpoints.configuration),
        *_properties(endpoints.properties),
        *endpoints.on_call,
        *_escalation_policies(endpoints.policies),
        Route(
            POST,
            "/integrations",
            integrations.make_integration,
            INTEGRATOR,
            openapi_texts.MAKE_INTEGRATION,
        ),
        Route(
            GET,
            "/integrations",
            integrations.integrations,
            INTEGRATOR,
            openapi_texts.LIST_INTEGRATIONS,
        ),
        Route(
            GET, INTEGRATION, integrations.integration, INTEGRATOR, openapi_texts.READ_INTEGRATION
        ),
        Route(
            POST,
            f"{INTEGRATION}/key",
            integrations.renew_key,
            INTEGRATOR,
            openapi_texts.RENEW_INTEGRATION_KEY,
            "renew_integration_key",
        ),
        Route(
            DELETE,
            INTEGRATION,
            integrations.revoke_integration,
            INTEGRATOR,
            openapi_texts.REVOKE_INTEGRATION,
        ),
        Route(PAGE, f"{HEARTBEAT}/ping", heartbeats.ping, PINGER),
        Route(POST, f"{HEARTBEAT}/ping", heartbeats.ping, PINGER, openapi_texts.PING_HEARTBEAT),
        Route(GET, "/heartbeats", heartbeats.list, READER, openapi_texts.LIST_HEARTBEATS),
        Route(GET, HEARTBEAT, heartbeats.show, READER, openapi_texts.READ_HEARTBEAT),
        Route(PUT, HEARTBEAT, heartbeats.put, EDITOR, openapi_texts.PUT_HEARTBEAT),
        Route(DELETE, HEARTBEAT, heartbeats.remove, EDITOR, openapi_texts.DELETE_HEARTBEAT),
        Route(GET, WINDOWS, maintenance.windows, READER, openapi_texts.LIST_WINDOWS),
        Route(POST, WINDOWS, maintenance.make_window, EDITOR, openapi_texts.MAKE_WINDOW),
        Route(
            DELETE,
            f"{WINDOWS}/{{number}}",
            maintenance.end_window,
            EDITOR,
            openapi_texts.END_WINDOW,
        ),
        # Monitors, in their own protocols.
        Route(ANY_PING, f"{OPSGENIE_HEARTBEAT}/ping", opsgenie_pings.ping, OPSGENIE_PINGER),
        Route(ANY_PING, f"{OPSGENIE_HEARTBEAT}/ping/", opsgenie_pings.ping, OPSGENIE_PINGER),
        Route(GET, OPSGENIE_HEARTBEAT, opsgenie_pings.show, OPSGENIE_PINGER),
        Route(GET, f"{OPSGENIE_HEARTBEAT}/", opsgenie_pings.show, OPSGENIE_PINGER),
        Route(POST, "/v2/enqueue", pagerduty.enqueue, PAGERDUTY),
        Route(POST, "/v2/enqueue/", pagerduty.enqueue, PAGERDUTY),
        Route(POST, "/v2/change/enqueue", pagerduty.change, PAGERDUTY),
        Route(POST, "/v2/change/enqueue/", pagerduty.change, PAGERDUTY),
        Route(POST, "/api/v2/generic/incoming", webhooks.receive, GOALERT),
        Route(POST, "/api/v2/generic/incoming/", webhooks.receive, GOALERT),
        *_opsgenie(opsgenie),
        *_opsgenie_maintenance(endpoints.opsgenie_maintenance),
        Route(SENT, "/integrations/v1/{protocol}/{key}", webhooks.receive, SENDER),
        Route(SENT, "/integrations/v1/{protocol}/{key}/", webhooks.receive, SENDER),
        Route(SENT, "/integrations/v1/{protocol}", webhooks.receive, SENDER),
        # Monitors of Pager itself.
        Route(GET, "/healthz", health.healthz, PROBE, openapi_texts.READ_ALIVE),
        Route(GET, "/readyz", health.readyz, PROBE, openapi_texts.READ_READY),
        Route(GET, "/metrics", health.metrics, SCRAPER, openapi_texts.READ_METRICS),
        # People with an acknowledge link.
        Route(PAGE, "/acknowledge/{token}", acknowledge.show, LINK),
        Route(POST, "/acknowledge/{token}", acknowledge.acknowledge, LINK),
        # People.
        Route(PAGE, "/", pages.now.show, VIEWER),
        Route(PAGE, SERVICE_PAGE, pages.service.show, VIEWER),
        Route(POST, f"{SERVICE_PAGE}/acknowledge", pages.incident_actions.acknowledge, ANSWERER),
        Route(POST, f"{SERVICE_PAGE}/healthy", pages.incident_actions.healthy, ANSWERER),
        Route(POST, f"{SERVICE_PAGE}/escalate", pages.incident_actions.escalate, ANSWERER),
        Route(POST, f"{SERVICE_PAGE}/page-again", pages.incident_actions.page_again, ANSWERER),
        Route(POST, f"{SERVICE_PAGE}/alert", pages.incident_actions.raise_alert, ANSWERER),
        Route(PAGE, "/incidents", pages.incidents.show, VIEWER),
        Route(PAGE, INCIDENT_PAGE, pages.incident.show, VIEWER),
        Route(POST, f"{INCIDENT_PAGE}/notes", pages.incident.add_note, ENGINEER),
        Route(PAGE, f"{INCIDENT_PAGE}/post-mortem", pages.incident.post_mortem, VIEWER),
        Route(PAGE, f"{INCIDENT_PAGE}/post-mortem.md", pages.incident.download, VIEWER),
        Route(PAGE, "/console/maintenance", pages.maintenance.show, VIEWER),
        Route(POST, "/console/maintenance", pages.maintenance.make, ENGINEER),
        Route(PAGE, WINDOW_PAGE, pages.maintenance.show_one, VIEWER),
        Route(POST, f"{WINDOW_PAGE}/end", pages.maintenance.end, ENGINEER),
        Route(POST, f"{WINDOW_PAGE}/move", pages.maintenance.move, ENGINEER),
        Route(PAGE, "/console/login", pages.login.show, STRANGER),
        Route(POST, "/console/login", pages.login.sign_in, STRANGER),
        Route(POST, "/console/logout", pages.login.sign_out, VIEWER),
        Route(PAGE, "/console/policies", pages.policies.list, VIEWER),
        Route(PAGE, "/console/policies/new", pages.policies.new, VIEWER),
        Route(PAGE, "/console/policies/replace", pages.replacement.show, ENGINEER),
        Route(POST, "/console/policies/replace", pages.replacement.replace, ENGINEER),
        *policy_routes(pages),
        Route(PAGE, POLICY_PAGE, pages.editor.show, VIEWER),
        Route(POST, POLICY_PAGE, pages.editor.submit, ENGINEER),
        Route(PAGE, f"{POLICY_PAGE}/history", pages.history.list, VIEWER),
        Route(PAGE, VERSION_PAGE, pages.history.show, VIEWER),
        Route(POST, VERSION_PAGE, pages.history.restore, ENGINEER),
        Route(PAGE, f"{POLICY_PAGE}/copy", pages.policy_copy.show, ENGINEER),
        Route(POST, f"{POLICY_PAGE}/copy", pages.policy_copy.copy, ENGINEER),
        Route(PAGE, f"{POLICY_PAGE}/remove", pages.removal.show, ENGINEER),
        Route(POST, f"{POLICY_PAGE}/remove", pages.removal.remove, ENGINEER),
        Route(PAGE, f"{POLICY_PAGE}/test", pages.test_pages.show, ENGINEER),
        Route(POST, f"{POLICY_PAGE}/test", pages.test_pages.send, ENGINEER),
        *people_routes(pages.people),
        Route(PAGE, "/console/join/{token}", pages.join.show, STRANGER),
        Route(POST, "/console/join/{token}", pages.join.join, STRANGER),
        Route(PAGE, "/console/me", pages.my_account.show, VIEWER),
        Route(POST, "/console/me/person", pages.my_account.become_person, VIEWER),
        Route(POST, "/console/me/password", pages.my_account.change_password, VIEWER),
        Route(POST, "/console/me/sign-out", pages.my_account.sign_out, VIEWER),
        Route(POST, "/console/me/sign-out-others", pages.my_account.sign_out_others, VIEWER),
        Route(PAGE, "/console/accounts", pages.accounts.show, ADMINISTRATOR),
        Route(POST, "/console/accounts", pages.accounts.create, ADMINISTRATOR),
        Route(PAGE, "/console/accounts/{name}", pages.accounts.show_one, ADMINISTRATOR),
        Route(POST, "/console/accounts/{name}/role", pages.accounts.change_role, ADMINISTRATOR),
        Route(POST, "/console/accounts/{name}/link", pages.accounts.renew_link, ADMINISTRATOR),
        Route(POST, "/console/accounts/{name}/remove", pages.accounts.remove, ADMINISTRATOR),
        Route(PAGE, "/console/keys", pages.api_keys.show, ADMINISTRATOR),
        Route(POST, "/console/keys", pages.api_keys.create, ADMINISTRATOR),
        Route(PAGE, "/console/channels", channels, VIEWER),
        Route(PAGE, HEARTBEATS_PAGE, pages.heartbeats.show, VIEWER),
        Route(POST, HEARTBEATS_PAGE, pages.heartbeats.make, ENGINEER),
        Route(PAGE, HEARTBEAT_PAGE, pages.heartbeats.show_one, VIEWER),
        Route(POST, HEARTBEAT_PAGE, pages.heartbeats.edit, ENGINEER),
        Route(POST, f"{HEARTBEAT_PAGE}/remove", pages.heartbeats.remove, ENGINEER),
        Route(PAGE, "/console/checks", pages.checks.show, VIEWER),
        Route(POST, "/console/checks", pages.checks.save, ENGINEER),
        Route(POST, "/console/checks/verify", pages.checks.verify, ENGINEER),
        Route(PAGE, "/console/keys/{number}", pages.api_keys.show_one, ADMINISTRATOR),
        Route(POST, "/console/keys/{number}/revoke", pages.api_keys.revoke, ADMINISTRATOR),
        Route(PAGE, INTEGRATIONS_PAGE, pages.integrations.show, ADMINISTRATOR),
        Route(POST, INTEGRATIONS_PAGE, pages.integrations.make, ADMINISTRATOR),
        Route(PAGE, f"{INTEGRATIONS_PAGE}/new", pages.integrations.new, ADMINISTRATOR),
        Route(PAGE, INTEGRATION_PAGE, pages.integration.show, ADMINISTRATOR),
        Route(POST, f"{INTEGRATION_PAGE}/routing", pages.integration.reroute, ADMINISTRATOR),
        Route(POST, f"{INTEGRATION_PAGE}/test", pages.integration.test, ADMINISTRATOR),
        Route(
            POST,
            f"{INTEGRATION_PAGE}/resolve-test",
            pages.integration.resolve_test,
            ADMINISTRATOR,
        ),
        Route(POST, f"{INTEGRATION_PAGE}/key", pages.integration.renew_key, ADMINISTRATOR),
        Route(POST, f"{INTEGRATION_PAGE}/revoke", pages.integration.revoke, ADMINISTRATOR),
        Route(PAGE, EXAMPLE_PAGE, pages.integration_example.show, ADMINISTRATOR),
        Route(POST, EXAMPLE_PAGE, pages.integration_example.submit, ADMINISTRATOR),
        Route(PAGE, "/console/audit-log", pages.audit_log.show, ADMINISTRATOR),
        # Files of the pages, and the documentation of the API.
        Route(PAGE, "/console/console.js", script, STATIC),
        Route(PAGE, "/console/console.css", stylesheet, STATIC),
        Route(PAGE, "/console/icon.svg", icon, STATIC),
        Route(PAGE, "/console/alarm.svg", alarm_icon, STATIC),
        Route(PAGE, "/openapi.json", None, DOCS),
        Route(GET, "/docs", None, DOCS),
        Route(GET, "/docs/oauth2-redirect", None, UNUSED),
        Route(ALL, "/static-offline-docs", None, DOCS),
        *calendar_routes(pages),
        *_sign_on(pages),
        *_delivery_reports(reports),
    ]


def _escalation_policies(policies: PoliciesApi) -> Sequence[Route]:
    """The routes of the policies of services."""
    path = "/escalation-policies"
    return [
        Route(GET, path, policies.policies, READER, openapi_texts.LIST_POLICIES),
        Route(GET, POLICY, policies.policy, READER, openapi_texts.READ_POLICY),
        Route(PUT, POLICY, policies.put_policy, EDITOR, openapi_texts.PUT_POLICY),
        Route(DELETE, POLICY, policies.delete_policy, EDITOR, openapi_texts.DELETE_POLICY),
        Route(GET, f"{POLICY}/now", policies.policy_now, READER, openapi_texts.READ_POLICY_NOW),
        Route(GET, f"{POLICY}/history", policies.history, READER, openapi_texts.READ_HISTORY),
    ]


def _properties(properties: PropertiesApi) -> Sequence[Route]:
    """The routes of what has to hold."""
    path = "/properties"
    return [
        Route(GET, path, properties.show, READER, READ_PROPERTIES, "read_properties"),
        Route(PUT, path, properties.put, EDITOR, PUT_PROPERTIES, "put_properties"),
        Route(GET, f"{path}/verdicts", properties.verdicts, READER, LIST_VERDICTS),
    ]


def _configuration(configuration: ConfigurationApi) -> Sequence[Route]:
    """The routes of the whole configuration."""
    path = "/configuration"
    return [
        Route(GET, path, configuration.show, PLANNER, READ_CONFIGURATION, "read_configuration"),
        Route(
            POST,
            f"{path}/plan",
            configuration.plan,
            PLANNER,
            PLAN_CONFIGURATION,
            "plan_configuration",
        ),
        Route(PUT, path, configuration.apply, APPLIER, APPLY_CONFIGURATION, "apply_configuration"),
    ]


def _opsgenie(alerts: OpsgenieAlerts) -> Sequence[Route]:
    """The routes of Opsgenie's Alert API. Its endpoints look at the rest of the path.

    It may have an alias with slashes in it, and one at its end.
    """
    by_hand = ("acknowledge", "unacknowledge", "snooze", "escalate")
    paths = ("/v2/alerts", "/v2/alerts/{path:path}")
    return [
        *(
            Route(POST, f"/v2/alerts/{{path:path}}/{action}{end}", alerts.write, OPSGENIE_ANSWERER)
            for action in by_hand
            for end in ("", "/")
        ),
        *(Route(PAGE, path, alerts.read, OPSGENIE_READER) for path in paths),
        *(Route(WRITING, path, alerts.write, OPSGENIE_SENDER) for path in paths),
    ]


def _opsgenie_maintenance(maintenance: OpsgenieMaintenance) -> Sequence[Route]:
    """The routes of Opsgenie's Maintenance API."""
    windows = "/v1/maintenance"
    window = f"{windows}/{{number}}"
    routes = [
        Route(GET, windows, maintenance.list, OPSGENIE_READER),
        Route(POST, windows, maintenance.create, OPSGENIE_PAUSER),
        Route(GET, window, maintenance.show, OPSGENIE_READER),
        Route(PUT, window, maintenance.update, OPSGENIE_PAUSER),
        Route(DELETE, window, maintenance.delete, OPSGENIE_PAUSER),
        Route(POST, f"{window}/change-end-date", maintenance.change_end, OPSGENIE_PAUSER),
        Route(POST, f"{window}/cancel", maintenance.cancel, OPSGENIE_PAUSER),
    ]
    return [*routes, *(route._replace(path=f"{route.path}/") for route in routes)]


def _sign_on(pages: ConsolePages) -> Sequence[Route]:
    """The routes of single sign-on, where it is set up."""
    if pages.sign_on is None:
        return []
    begin, finish = pages.sign_on.begin, pages.sign_on.finish
    return [
        Route(GET, "/console/login/sign-on", begin, STRANGER),
        Route(GET, "/console/login/callback", finish, STRANGER),
    ]


def _delivery_reports(reports: TwilioReports | None) -> Sequence[Route]:
    """The route of Twilio's delivery reports, where Twilio can call this server."""
    if reports is None:
        return []
    return [Route(POST, f"{status_callbacks.PATH}/{{token}}", reports.receive, CALLBACK)]
