"""The routes of the API for who is on call, and of calendar feeds; `routes.table` includes them."""

from collections.abc import Sequence

from pager.adapters.urls import FEED_PATH
from pager.adapters.web.api.on_call.entries import (
    PEOPLE,
    SCHEDULES,
    SHARED_POLICIES,
    TEAMS,
    EntriesApi,
)
from pager.adapters.web.api.on_call.explanations import ExplanationsApi
from pager.adapters.web.api.on_call.on_call import OnCallApi
from pager.adapters.web.api.on_call.overrides import OverridesApi
from pager.adapters.web.api.on_call.past_incidents import PastIncidentsApi
from pager.adapters.web.api.on_call.using_services import UsingServicesApi
from pager.adapters.web.backend import Backend
from pager.adapters.web.calendar_feeds.endpoint import CalendarFeeds
from pager.adapters.web.callers import CALENDAR, EDITOR, READER
from pager.adapters.web.openapi_entries import (
    PEOPLE_OPERATIONS,
    SCHEDULE_OPERATIONS,
    SHARED_POLICY_OPERATIONS,
    TEAM_OPERATIONS,
    Operations,
)
from pager.adapters.web.openapi_on_call import (
    EXPLAIN,
    LET_SERVICES_USE,
    LIST_GAPS,
    LIST_ON_CALL,
    LIST_OVERRIDES,
    LIST_PAST_INCIDENTS,
    LIST_SHIFTS,
    LIST_USING_SERVICES,
    MAKE_OVERRIDE,
    READ_ON_CALL,
    REMOVE_OVERRIDE,
)
from pager.adapters.web.route_table import Route
from pager.oncall.directory import Kind

GET, PAGE, POST, PUT, DELETE = ("GET",), ("GET", "HEAD"), ("POST",), ("PUT",), ("DELETE",)

SCHEDULE = "/schedules/{name}"
OVERRIDES = f"{SCHEDULE}/overrides"
USING_SERVICES = "/policies/{name}/services"


def api_routes(backend: Backend) -> Sequence[Route]:
    """What programs call."""
    known = backend.directory
    on_call, overrides = OnCallApi(backend, known), OverridesApi(backend)
    using, feeds = UsingServicesApi(backend), CalendarFeeds(backend, known)
    people, teams = EntriesApi(backend, known, PEOPLE), EntriesApi(backend, known, TEAMS)
    schedules = EntriesApi(backend, known, SCHEDULES)
    policies = EntriesApi(backend, known, SHARED_POLICIES)
    return [
        *_entries("people", "person", people, PEOPLE_OPERATIONS),
        *_entries("teams", "team", teams, TEAM_OPERATIONS),
        *_entries("schedules", "schedule", schedules, SCHEDULE_OPERATIONS),
        Route(GET, f"{SCHEDULE}/on-call", on_call.one_schedule, READER, READ_ON_CALL),
        Route(GET, f"{SCHEDULE}/shifts", on_call.shifts, READER, LIST_SHIFTS),
        Route(GET, f"{SCHEDULE}/gaps", on_call.gaps, READER, LIST_GAPS),
        Route(GET, OVERRIDES, overrides.overrides, READER, LIST_OVERRIDES),
        Route(POST, OVERRIDES, overrides.make_override, EDITOR, MAKE_OVERRIDE),
        Route(
            DELETE,
            f"{OVERRIDES}/{{override_id}}",
            overrides.remove_override,
            EDITOR,
            REMOVE_OVERRIDE,
        ),
        Route(GET, "/on-call", on_call.every_schedule, READER, LIST_ON_CALL),
        *_entries("policies", "shared_policy", policies, SHARED_POLICY_OPERATIONS),
        Route(GET, USING_SERVICES, using.using_services, READER, LIST_USING_SERVICES),
        Route(POST, USING_SERVICES, using.use_policy, EDITOR, LET_SERVICES_USE),
        Route(
            GET,
            "/escalation-policies/{service_id}/explanation",
            ExplanationsApi(backend).explanation,
            READER,
            EXPLAIN,
        ),
        Route(
            GET,
            "/past-incidents",
            PastIncidentsApi(backend).past_incidents,
            READER,
            LIST_PAST_INCIDENTS,
        ),
        Route(PAGE, FEED_PATH, feeds.show, CALENDAR),
    ]


def _entries(path: str, one: str, api: EntriesApi[Kind], operations: Operations) -> Sequence[Route]:
    """The routes of one kind, below that path."""
    entry = f"/{path}/{{name}}"
    return [
        Route(GET, f"/{path}", api.list, READER, operations.list, f"list_{one}"),
        Route(GET, entry, api.show, READER, operations.read, f"read_{one}"),
        Route(PUT, entry, api.put, EDITOR, operations.put, f"put_{one}"),
        Route(DELETE, entry, api.remove, EDITOR, operations.delete, f"delete_{one}"),
        Route(GET, f"{entry}/history", api.history, READER, operations.history, f"{one}_history"),
    ]
