"""The routes of the pages about who is on call."""

from collections.abc import Sequence

from pager.adapters.web.callers import ENGINEER, STATIC, VIEWER
from pager.adapters.web.console.pages import ConsolePages, schedule_script
from pager.adapters.web.route_table import Route

PAGE, POST = ("GET", "HEAD"), ("POST",)

SCHEDULE_PAGE = "/console/schedules/{name}"


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
