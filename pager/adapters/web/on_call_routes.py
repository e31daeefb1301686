"""The routes of who is on call; `routes.table` includes them."""

from collections.abc import Sequence

from pager.adapters.web.callers import ENGINEER, STATIC, VIEWER
from pager.adapters.web.console.on_call.people_pages import PeoplePages
from pager.adapters.web.console.pages import ConsolePages, schedule_script
from pager.adapters.web.route_table import Route

PAGE, POST = ("GET", "HEAD"), ("POST",)
PEOPLE = "/console/people"
PERSON = f"{PEOPLE}/{{name}}"
FEEDS = "/console/me/feeds"
SCHEDULE_PAGE = "/console/schedules/{name}"
TEAMS = "/console/teams"
TEAM = f"{TEAMS}/{{name}}"
SHARED_POLICY_PAGE = "/console/shared-policies/{name}"
SHARED_VERSION_PAGE = f"{SHARED_POLICY_PAGE}/history/{{version}}"
POLICY_USE_PAGE = "/console/services/{service_id}/policy/use"


def calendar_routes(pages: ConsolePages) -> Sequence[Route]:
    """Schedules, and who is on call in them."""
    return [
        Route(PAGE, "/console/explanation", pages.explanation.show, VIEWER),
        Route(PAGE, "/console/on-call", pages.on_call.show, VIEWER),
        Route(PAGE, "/console/on-call/new", pages.new_schedule.show, ENGINEER),
        Route(POST, "/console/on-call/new", pages.new_schedule.make, ENGINEER),
        Route(PAGE, "/console/schedule.js", schedule_script, STATIC),
        Route(PAGE, FEEDS, pages.feeds.show, VIEWER),
        Route(POST, FEEDS, pages.feeds.make, VIEWER),
        Route(POST, f"{FEEDS}/revoke", pages.feeds.revoke, VIEWER),
        Route(PAGE, SCHEDULE_PAGE, pages.schedule.show, VIEWER),
        Route(POST, f"{SCHEDULE_PAGE}/overrides", pages.schedule.override, ENGINEER),
        Route(POST, f"{SCHEDULE_PAGE}/overrides/remove", pages.schedule.take_back, ENGINEER),
        Route(PAGE, f"{SCHEDULE_PAGE}/edit", pages.schedule_editor.show, ENGINEER),
        Route(POST, f"{SCHEDULE_PAGE}/edit", pages.schedule_editor.submit, ENGINEER),
        Route(PAGE, f"{SCHEDULE_PAGE}/history", pages.schedule_history.show, VIEWER),
        Route(POST, f"{SCHEDULE_PAGE}/history", pages.schedule_history.restore, ENGINEER),
        Route(PAGE, f"{SCHEDULE_PAGE}/copy", pages.schedule_copy.show, ENGINEER),
        Route(POST, f"{SCHEDULE_PAGE}/copy", pages.schedule_copy.copy, ENGINEER),
        Route(PAGE, f"{SCHEDULE_PAGE}/remove", pages.schedule_removal.show, ENGINEER),
        Route(POST, f"{SCHEDULE_PAGE}/remove", pages.schedule_removal.remove, ENGINEER),
    ]


def people_routes(pages: PeoplePages) -> Sequence[Route]:
    """People and teams in the console.

    Whoever is a viewer may change how they themselves are reached: these pages look whose it is.
    """
    return [
        Route(PAGE, PEOPLE, pages.people.show, VIEWER),
        Route(POST, PEOPLE, pages.people.add, ENGINEER),
        Route(PAGE, PERSON, pages.person.show, VIEWER),
        Route(POST, PERSON, pages.person.save, VIEWER),
        Route(POST, f"{PERSON}/code", pages.verification.send, VIEWER),
        Route(POST, f"{PERSON}/verify", pages.verification.verify, VIEWER),
        Route(POST, f"{PERSON}/remove", pages.person.remove, ENGINEER),
        Route(PAGE, f"{PERSON}/history", pages.person_history.show, VIEWER),
        Route(POST, f"{PERSON}/history", pages.person_history.restore, ENGINEER),
        Route(POST, TEAMS, pages.teams.make, ENGINEER),
        Route(PAGE, TEAM, pages.teams.show, VIEWER),
        Route(POST, TEAM, pages.teams.save, ENGINEER),
        Route(POST, f"{TEAM}/remove", pages.teams.remove, ENGINEER),
        Route(PAGE, f"{TEAM}/history", pages.team_history.show, VIEWER),
        Route(POST, f"{TEAM}/history", pages.team_history.restore, ENGINEER),
    ]


def policy_routes(pages: ConsolePages) -> Sequence[Route]:
    """Shared policies, and the services that use them."""
    history, services = pages.shared_policy_history, pages.shared_policy_services
    return [
        Route(PAGE, "/console/policies/new-shared", pages.policies.new_shared, ENGINEER),
        Route(PAGE, SHARED_POLICY_PAGE, pages.shared_policy_editor.show, VIEWER),
        Route(POST, SHARED_POLICY_PAGE, pages.shared_policy_editor.submit, ENGINEER),
        Route(PAGE, f"{SHARED_POLICY_PAGE}/history", history.list, VIEWER),
        Route(PAGE, SHARED_VERSION_PAGE, history.show, VIEWER),
        Route(POST, SHARED_VERSION_PAGE, history.restore, ENGINEER),
        Route(PAGE, f"{SHARED_POLICY_PAGE}/services", services.show, VIEWER),
        Route(POST, f"{SHARED_POLICY_PAGE}/services", services.use, ENGINEER),
        Route(PAGE, f"{SHARED_POLICY_PAGE}/remove", pages.shared_policy_removal.show, ENGINEER),
        Route(POST, f"{SHARED_POLICY_PAGE}/remove", pages.shared_policy_removal.remove, ENGINEER),
        Route(PAGE, POLICY_USE_PAGE, pages.policy_use.show, VIEWER),
        Route(POST, POLICY_USE_PAGE, pages.policy_use.use, ENGINEER),
    ]
