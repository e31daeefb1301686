"""Why somebody is on call in a schedule, and why somebody is not, in sentences."""

from collections.abc import Iterator
from datetime import datetime

from pager.explain.moments import shown
from pager.explain.situation import Sources
from pager.oncall.on_call import Duty, explain
from pager.oncall.schedules import Schedule
from pager.oncall.spans import next_turn, span_of


def on_duty(schedule: Schedule, person: str, at: datetime, sources: Sources) -> str:
    """Why that person, who is on call then, is it."""
    duty = next(duty for duty in explain(schedule, at) if duty.person == person)
    return _duty(schedule, duty, at, sources)


def off_duty(schedule: Schedule, person: str, at: datetime, sources: Sources) -> Iterator[str]:
    """Why that person, who is not on call then, is not; and when they are next."""
    duties = explain(schedule, at)
    if (turn := _turn_of(schedule, person, at)) is not None:
        stands_in = any(duty.override is not None for duty in duties)
        counts = "somebody stands in" if stands_in else "a later layer counts"
        yield f"{person} has the turn in {_rotation(schedule, turn)} then, but {counts}"
    if not duties:
        yield f"Nobody is on call in {schedule.name} then"
    for duty in duties:
        yield _duty(schedule, duty, at, sources)
    if (begins_at := next_turn(schedule, person, at)) is None:
        yield f"{person} is not on call in {schedule.name} in the 400 days after that"
    else:
        next_from = shown(begins_at, schedule.time_zone)
        yield f"{person} is on call in {schedule.name} next from {next_from} on"


def _duty(schedule: Schedule, duty: Duty, at: datetime, sources: Sources) -> str:
    where = schedule.name if duty.rotation is None else _rotation(schedule, duty)
    if duty.override is None:
        return f"{duty.person} has the turn in {where}, {_time(schedule, duty, at)}"
    absent = _absent(schedule, duty, at)
    what = f"stands in for {absent or 'nobody'} in {where}"
    if absent == duty.person:
        what = f"has taken {where}"
    source = sources.of_override(schedule, duty.override)
    made = f" ({source})" if source else ""
    return f"{duty.person} {what}, {_time(schedule, duty, at)}{made}"


def _absent(schedule: Schedule, duty: Duty, at: datetime) -> str:
    """Those whose place it is."""
    others = [
        other.person
        for other in explain(_without_overrides(schedule), at)
        if duty.rotation in {None, other.rotation}
    ]
    return ", ".join(dict.fromkeys(others))


def _time(schedule: Schedule, duty: Duty, at: datetime) -> str:
    starts_at, ends_at = span_of(schedule, duty, at)
    start = "for long" if starts_at is None else f"since {shown(starts_at, schedule.time_zone)}"
    end = "" if ends_at is None else f" until {shown(ends_at, schedule.time_zone)}"
    return f"{start}{end} ({schedule.time_zone})"


def _rotation(schedule: Schedule, duty: Duty) -> str:
    """The rotation as sentences call it; with its layer, where there are several."""
    if len(schedule.layers) == 1:
        return f"{duty.rotation} of {schedule.name}"
    number = next(
        number
        for number, layer in enumerate(schedule.layers, 1)
        if any(rotation.name == duty.rotation for rotation in layer.rotations)
    )
    return f"{duty.rotation} of {schedule.name} (layer {number})"


def _turn_of(schedule: Schedule, person: str, at: datetime) -> Duty | None:
    """The turn that the person has in any layer, whoever stands in."""
    for layer in schedule.layers:
        alone = _without_overrides(schedule).model_copy(update={"layers": (layer,)})
        for duty in explain(alone, at):
            if duty.person == person:
                return duty
    return None


def _without_overrides(schedule: Schedule) -> Schedule:
    return schedule.model_copy(update={"overrides": ()})
