"""What scenarios ask of the people, teams and schedules that there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pager.oncall.on_call import on_call
from pager.oncall.schedules import Override, Schedule
from pager.simulation.simulated import EditableDirectory
from pager.testing.expect import expect


def members(directory: EditableDirectory, team: str) -> Sequence[str]:
    """Who is in the team."""
    teams = directory.directory().teams
    expect(team in teams, f"There is no team {team}.")
    return teams[team].members


def on_call_now(directory: EditableDirectory, schedule: str, now: datetime) -> list[str]:
    """Who is on call in the schedule."""
    return [*on_call(_schedule(directory, schedule), now)]


def take_over(
    directory: EditableDirectory, person: str, name: str, now: datetime, duration: timedelta
) -> None:
    """Let that person be on call in the schedule, and nobody else, from now on."""
    schedule = _schedule(directory, name)
    override = Override(person=person, starts_at=now, ends_at=now + duration)
    overrides = (*schedule.overrides, override)
    directory.put(schedule.model_copy(update={"overrides": overrides}))


def _schedule(directory: EditableDirectory, name: str) -> Schedule:
    schedules = directory.directory().schedules
    expect(name in schedules, f"There is no schedule {name}.")
    return schedules[name]
