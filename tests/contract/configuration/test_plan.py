"""A plan as it is shown in a terminal."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from pager import EmailTarget
from pager.adapters.configuration.plans import (
    ChangeDocument,
    IncidentDocument,
    Plan,
    ToldDocument,
    ViolationDocument,
)
from pager.adapters.terminal.plan import render_plan

ADA = ToldDocument(
    at=datetime(2026, 11, 30, 3, 5, tzinfo=UTC),
    level=2,
    targets=(EmailTarget(address="ada@example.com"),),
)
REMOVED = ChangeDocument(kind="teams", name="Data\x1b[31mbase", what="removed")


def shown(plan: Plan) -> str:
    """What is printed."""
    output = StringIO()
    Console(file=output, width=200).print(render_plan(plan))
    return output.getvalue()


def test_an_incident_is_told_with_its_time_and_level() -> None:
    """What steers a terminal is not printed as it is."""
    incident = IncidentDocument(service_id="login", incident=3, before=ADA, after=None)
    assert shown(Plan(changes=(REMOVED,), incidents=(incident,))).splitlines() == [
        "teams",
        "  - Data\N{REPLACEMENT CHARACTER}[31mbase",
        "",
        "Plan: 1 entry is removed.",
        "",
        "Incidents that run go on otherwise, if nobody acknowledges:",
        "  login, incident 3: nobody else instead of ada@example.com (Level 2, at 03:05:00 UTC)",
    ]


def test_of_many_incidents_some_are_told() -> None:
    """The others are counted, as far as the server has."""
    incidents = tuple(
        IncidentDocument(service_id=f"service-{number}", incident=1, before=ADA, after=None)
        for number in range(25)
    )
    plan = Plan(changes=(REMOVED,), incidents=incidents)
    assert shown(plan).endswith("  … and 5 more.\n")
    assert "service-19," in shown(plan)
    assert "service-20," not in shown(plan)
    assert "… and 5 more, at least." in shown(plan.model_copy(update={"more_incidents": True}))


def test_what_would_not_hold_any_more_is_told() -> None:
    """And what could not be verified in time."""
    violation = ViolationDocument(
        sentence="no Level is empty",
        subject="login",
        at=datetime(2026, 12, 6, 3, 0, tzinfo=UTC),
        what="Login, Level 1 reaches nobody",
    )
    plan = Plan(
        changes=(REMOVED,),
        violations=(violation,),
        unverified=("somebody is reached within 10 minutes",),
    )
    assert (
        "What has to hold would not hold any more:\n"
        "  no Level is empty: login, 2026-12-06 03:00 UTC: Login, Level 1 reaches nobody\n\n"
        "It could not be verified in time: somebody is reached within 10 minutes.\n"
    ) in shown(plan)


def test_warnings_stand_below_what_is_changed() -> None:
    """One a line."""
    lines = shown(Plan(changes=(REMOVED,), warnings=("service x: one.", "two.\x1b"))).splitlines()
    assert lines[-4:] == [
        "",
        "Alerts that would be refused:",
        "  service x: one.",
        "  two.\N{REPLACEMENT CHARACTER}",
    ]
