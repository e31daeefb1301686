"""Layers of PagerDuty's schedules: each is a rotation by itself.

Turns are counted from `rotation_virtual_start` on, by the clock of the schedule's zone; nobody is
on call before `start`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.hours import Span, every_day, restrictions
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.pagerduty.objects import pass_over_links, reference, summary
from pager.adapters.imports.pagerduty.people import People
from pager.adapters.imports.turns import as_every_turn_counts
from pager.adapters.imports.zones import local_minute
from pager.oncall.schedules import Rotation
from pager.oncall.week import DAY, WEEK


def layers_of(
    schedule: Fields, people: People, zone: ZoneInfo, now: datetime
) -> Iterator[Rotation]:
    """The rotation of each layer that goes on `now`: the later one counts, as in Pager.

    PagerDuty lists the one that counts first.
    """
    names = Names("layer", schedule.notes)
    for layer in reversed(schedule.many("schedule_layers")):
        name = names.give(layer.text("id"), layer.text("name") or "Layer")
        layer.place = f"{schedule.place}, layer {name}"
        pass_over_links(layer)
        layer.skip("rendered_schedule_entries", "rendered_coverage_percentage")
        ends = layer.moment("end")
        if ends is not None and ends <= now:
            layer.leave_out(f"it ended on {ends:%Y-%m-%d}")
        elif rotation := _rotation(layer, name, people, zone, now):
            yield rotation


def _rotation(
    layer: Fields, name: str, people: People, zone: ZoneInfo, now: datetime
) -> Rotation | None:
    participants = tuple(_participants(layer, people))
    begins, ends = layer.moment("start"), layer.moment("end")
    first = layer.moment("rotation_virtual_start") or begins
    length = timedelta(seconds=layer.number("rotation_turn_length_seconds"))
    hours = [span for one in layer.many("restrictions") for span in _spans(one)]
    if first is None or not (participants and length):
        layer.leave_out("nobody who is here takes turns in it", serious=True)
        return None
    starts = local_minute(first, zone)
    # Its first turn may be long ago: the one in which the layer begins comes first here.
    turn = (local_minute(begins or first, zone) - starts) // length
    starts += turn * length
    if begins is not None and begins > now and starts != local_minute(begins, zone):
        layer.note(
            f"begins with the handover at {starts:%Y-%m-%d %H:%M}, and not later in that turn"
        )
    turn %= len(participants)
    rotation = valid(
        Rotation,
        layer.place,
        layer.notes,
        name=name,
        participants=participants[turn:] + participants[:turn],
        starts=starts,
        shift_length=length,
        ends=None if ends is None else local_minute(ends, zone),
        restrictions=restrictions(hours),
    )
    return rotation and as_every_turn_counts(rotation, layer.place, layer.notes)


def _participants(layer: Fields, people: People) -> Iterator[str]:
    for item in layer.many("users"):
        user = item.one("user")
        who, person = summary(user), people.get(reference(user))
        if person is None:
            item.note(f"{who} is left out, so the others' turns come sooner", serious=True)
        else:
            yield person.name


def _spans(restriction: Fields) -> Sequence[Span]:
    kind, at = restriction.text("type"), restriction.text("start_time_of_day")
    length = timedelta(seconds=restriction.number("duration_seconds"))
    try:
        hours, minutes, seconds = (int(part) for part in f"{at}:0:0".split(":")[:3])
    except ValueError:
        restriction.leave_out(f"its {kind} has no time of day", serious=True)
        return ()
    if seconds or length % timedelta(minutes=1):
        restriction.note("its hours are to the second: they are to the minute here")
    if not timedelta(0) < length <= WEEK:
        restriction.leave_out(f"its {kind} has no hours", serious=True)
        return ()
    starts = timedelta(hours=hours, minutes=minutes)
    if kind == "daily_restriction":
        return every_day(starts, length)
    return [Span((restriction.number("start_day_of_week", 1) - 1) * DAY + starts, length)]
