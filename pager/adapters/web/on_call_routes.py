"""The routes of who is on call; `routes.table` includes them."""

from collections.abc import Sequence

from pager.adapters.web.callers import ENGINEER, STATIC, VIEWER
from pager.adapters.web.console.on_call.people_pages import PeoplePages
from pager.adapters.web.console.pages import ConsolePages, schedule_script
from pager.adapters.web.route_table import Route

PAGE, POST = ("GET", "HEAD"), ("POST",)
PEOPLE = "/console/people"
PERSON = f"{PEOPLE}/{{name}}"
SCHEDULE_PAGE = "/console/schedules/{name}"
TEAMS = "/console/teams"
TEAM = f"{TEAMS}/{{name}}"


def calendar_routes(pages: ConsolePages) -> Sequence[Route]:
    """Schedules, and who is on call in them."""
    return [
        Route(PAGE, "/console/on-call", pages.on_call.show, VIEWER),
        Route(PAGE, "/console/on-call/new", pages.new_schedule.show, ENGINEER),
        Route(POST, "/console/on-call/new", pages.new_schedule.make, ENGINEER),
        Route(PAGE, "/console/schedule.js", schedule_script, STATIC),
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
