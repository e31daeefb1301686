"""Properties of a schedule: of who is on call in it, and of how they share it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pager.durations import in_words, whole_minutes
from pager.oncall.local_time import local_time, moment_of
from pager.oncall.people import Person
from pager.oncall.shifts import shifts
from pager.verify.course import Piece
from pager.verify.outlook import Outlook
from pager.verify.property import Fault, ScheduleRule, Spell
from pager.verify.readings import People, people_on_call

CHANNELS = {"email": "e-mail address", "sms": "phone number", None: "contact method"}


@dataclass(frozen=True)
class SomebodyIsOnCall(ScheduleRule):
    """The schedule has no gap: at every moment at least one person is on call in it."""

    def is_about(self, _outlook: Outlook, _schedule: str) -> bool:
        """Of a schedule that is empty it does not hold."""
        return True

    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """Each gap."""
        return [
            Spell(piece.starts_at, piece.ends_at, Fault(f"nobody is on call in {schedule}"))
            for piece in outlook.pieces(schedule)
            if not piece.value
        ]


@dataclass(frozen=True)
class EverybodyCanBeReached(ScheduleRule):
    """Whoever is on call has a contact method, at every moment at which they are on call.

    By SMS or by e-mail: one of that kind. Where some contact methods of a person are verified, only
    those count, because pages are sent to no others then.
    """

    by: Literal["email", "sms"] | None = None

    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """Each time that somebody is on call who cannot be reached."""
        people = outlook.directory.people
        has_none = f"is on call in {schedule} and has no {CHANNELS[self.by]}"
        return [
            Spell(starts_at, ends_at, Fault(f"{person} {has_none}"))
            for person, starts_at, ends_at in _stints(outlook.pieces(schedule))
            if person not in people or not self._is_reached(people[person])
        ]

    def _is_reached(self, person: Person) -> bool:
        return any(self.by in {None, method.target.type} for method in person.relied_on)


@dataclass(frozen=True)
class NobodyIsOnCallLonger(ScheduleRule):
    """Nobody is on call in the schedule for longer than that without a break.

    Shifts that follow each other without a gap count as one, in whichever rotations they are. Days
    and hours are those on the clock on the wall: a week in which the clocks are put back has seven
    days. What has begun before the first moment that is looked at counts from its begin.

    Any gap is a break: whoever alone is on call each day until 22:00 never is for longer than a
    day. That others take turns is said by `everybody is on call at least once in 90 days` and
    `the shares of a rotation differ by at most 10 %`.
    """

    most: timedelta

    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """Each stint that is too long, from its begin."""
        zone = ZoneInfo(outlook.directory.schedules[schedule].time_zone)
        # A day more than the longest, as clocks may be put forward or back meanwhile.
        begin = outlook.start - self.most - timedelta(days=1)
        before = people_on_call(outlook.directory.schedules[schedule], begin)
        pieces = chain(before.between(begin, outlook.start), outlook.pieces(schedule))
        found = []
        for person, starts_at, ends_at in _stints(pieces):
            length = local_time(ends_at, zone) - local_time(starts_at, zone)
            if length > self.most and ends_at > outlook.start:
                is_cut = starts_at == begin or ends_at == outlook.end
                long = f"{'at least ' if is_cut else ''}{in_words(whole_minutes(length))}"
                what = f"{person} goes on call in {schedule} for {long} running"
                found.append(Spell(starts_at, ends_at, Fault(what)))
        return found


class _RotationRule(ScheduleRule):
    """Of the rotations of schedules: whoever only stands in takes no turns."""

    def is_about(self, outlook: Outlook, schedule: str) -> bool:
        """Whether anybody takes turns there."""
        return bool(_members(outlook, schedule))


@dataclass(frozen=True)
class EverybodyTakesTurns(_RotationRule):
    """Whoever is in a rotation of the schedule is on call at least once in any time so long.

    It is counted from the first begin of their rotations, and until the last end, where these are
    within the time that is looked at. A turn that a later layer or somebody who stands in has taken
    does not count: whoever has that turn is not on call.
    """

    within: timedelta

    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """Each time that is too long, of anybody."""
        served: defaultdict[str, list[_Stint]] = defaultdict(list)
        for stint in _stints(outlook.pieces(schedule)):
            served[stint.person].append(stint)
        found = []
        for person, (begin, end) in _members(outlook, schedule).items():
            edges = [begin, *(edge for stint in served[person] for edge in stint[1:]), end]
            for starts_at, ends_at in zip(edges[::2], edges[1::2], strict=True):
                if min(ends_at, end) - max(starts_at, begin) > self.within:
                    long = in_words(whole_minutes(ends_at - starts_at))
                    what = f"begins a time of {long} in which {person} is not on call in {schedule}"
                    found.append(Spell(starts_at, ends_at, Fault(what)))
        return sorted(found, key=lambda spell: spell.starts_at)


@dataclass(frozen=True)
class SharesDiffer(_RotationRule):
    """Of those in a rotation nobody is on call much longer than another, in the time looked at.

    The longest share is larger than the smallest by at most so many per cent of the longest, or by
    one turn. Where somebody stands in, it is their share. Who is in several rotations is looked at
    in each of them.
    """

    percent: int

    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """All the time, once for each rotation."""
        shares: defaultdict[tuple[str, str | None], timedelta] = defaultdict(timedelta)
        for shift in shifts(outlook.directory.schedules[schedule], outlook.start, outlook.end):
            for duty in shift.duties:
                shares[duty.person, duty.rotation] += shift.ends_at - shift.starts_at
        found = []
        for rotation in outlook.directory.schedules[schedule].rotations:
            own = {name: shares[name, rotation.name] for name in rotation.participants}
            most, least = max(own, key=own.__getitem__), min(own, key=own.__getitem__)
            difference = own[most] - own[least]
            if difference > max(own[most] * self.percent / 100, rotation.shift_length):
                long, short = (in_words(whole_minutes(own[name])) for name in (most, least))
                what = (
                    f"begins a time in which {most} is on call in {schedule} for {long} by the"
                    f" rotation {rotation.name}, and {least} for {short}"
                )
                found.append(Spell(outlook.start, outlook.end, Fault(what)))
        return found


class _Stint(NamedTuple):
    """Somebody is on call without a break."""

    person: str
    starts_at: datetime
    ends_at: datetime


def _stints(pieces: Iterable[Piece[People]]) -> list[_Stint]:
    """The earliest first. The pieces follow each other without a gap."""
    stints: list[_Stint] = []
    since: dict[str, datetime] = {}
    for people, starts_at, ends_at in pieces:
        gone = [name for name in since if name not in people]
        stints += [_Stint(name, since.pop(name), starts_at) for name in gone]
        since |= {name: starts_at for name in people if name not in since}
        end = ends_at
    stints += [_Stint(name, begin, end) for name, begin in since.items()]
    return sorted(stints, key=lambda stint: stint.starts_at)


def _members(outlook: Outlook, schedule: str) -> Mapping[str, tuple[datetime, datetime]]:
    """Everybody in a rotation that goes on in the time that is looked at: from when until when."""
    found: dict[str, tuple[datetime, datetime]] = {}
    zone = ZoneInfo(outlook.directory.schedules[schedule].time_zone)
    for rotation in outlook.directory.schedules[schedule].rotations:
        begin = max(outlook.start, moment_of(rotation.starts, zone))
        end = min(outlook.end, moment_of(rotation.ends, zone) if rotation.ends else outlook.end)
        if begin < end:
            for name in rotation.participants:
                first, last = found.get(name, (begin, end))
                found[name] = min(first, begin), max(last, end)
    return found
