"""Whether one incident wakes somebody twice, whatever people and providers do.

What follows from a situation depends on when it comes about, and not on when the Alert was. So it
is searched once for all moments from which on the same policies will be read, and kept.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pager.durations import in_words
from pager.verify.alike import Outcome, trial_of_alike
from pager.verify.incident import Situation
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, ServiceRule, Trial
from pager.verify.readings import Reading

MOST_STEPS = 100
"""Of an incident in which each step tells somebody else: as many as a policy has Levels."""

NOTHING = timedelta(0)
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class NobodyIsWokenTwice(ServiceRule):
    """Nobody is told at a second Level of the same incident, nor told of it again.

    Whatever happens: each step may be met with silence, or be refused, and then it wakes nobody;
    and somebody may acknowledge at any moment up to the next step, and forget the incident until
    the Acknowledgement expires. The second contact method of somebody who does not answer belongs
    to the same Level: it is no second waking, unless others were told in between. So the property
    does not hold where a policy begins again or lets an Acknowledgement expire, unless others are
    on call by then. An address that is no person's counts as somebody.

    Nothing is tried after 100 steps: where an incident goes on for longer, it does not hold.
    """

    def trial(self, outlook: Outlook, services: Services) -> Trial:
        """It searches all that may follow from an Alert."""
        search = _Search(outlook, services)

        def find(at: datetime) -> Outcome:
            reading = services.readings.at(at)
            first = services.healthy.alert(reading.value)
            if first is None:
                return Outcome(None, reading.ends_at, NOTHING)
            way = _Way(first, frozenset(), frozenset())
            found = search.found(way, at, steps=1)
            until = min(reading.ends_at, found.until)
            return Outcome(found.again and _fault(found.again), until, found.reach)

        return trial_of_alike(services.readings, outlook.person_at, find)


def _fault(again: "_Again") -> Fault:
    events = Events(again.after, again.refused, again.acknowledged)
    if again.person is None:
        return Fault(f"an incident goes on for more than {MOST_STEPS} steps", events)
    after = in_words(again.after)
    return Fault(f"an incident wakes {again.person} twice: again {after} after the Alert", events)


class _Way(NamedTuple):
    """A situation, and whom the incident has woken on the way to it."""

    situation: Situation
    woken: frozenset[str]
    """By the Levels before."""
    told: frozenset[str]
    """By this Level, before this step."""


class _Again(NamedTuple):
    """Somebody is woken again, and what happens until then, counted from a situation."""

    person: str | None
    """None where that was not found out."""
    after: timedelta = NOTHING
    refused: tuple[int, ...] = ()
    acknowledged: tuple[timedelta, ...] = ()

    def later(self, by: timedelta) -> "_Again":
        """As counted from a situation that came so much before."""
        acknowledged = tuple(after + by for after in self.acknowledged)
        return self._replace(after=self.after + by, acknowledged=acknowledged)


class _Found(NamedTuple):
    """What may follow from a situation that comes about at any moment from `since` to `until`."""

    since: datetime
    until: datetime
    """It no longer belongs to them."""
    again: _Again | None = None
    reach: timedelta = NOTHING
    """How long after the situation the latest moment was at which a policy was read."""

    def before(self, by: timedelta) -> "_Found":
        """The same of the situation from which it follows after so long."""
        again = self.again and self.again.later(by)
        return _Found(self.since - by, self.until - by, again, self.reach + by)

    def with_events(
        self, refused: int | None = None, acknowledged: timedelta | None = None
    ) -> "_Found":
        """The same, if that happens before: that step is refused, somebody acknowledges then."""
        if self.again is None:
            return self
        again = self.again
        if refused is not None:
            again = again._replace(refused=(refused, *again.refused))
        if acknowledged is not None:
            again = again._replace(acknowledged=(acknowledged, *again.acknowledged))
        return self._replace(again=again)

    def both(self, other: "_Found") -> "_Found":
        """The moments at which both are so."""
        return _Found(
            max(self.since, other.since),
            min(self.until, other.until),
            reach=max(self.reach, other.reach),
        )


ALWAYS = _Found(EARLIEST, LATEST)


class _Search:
    """Searches what may follow from the situations of these services."""

    def __init__(self, outlook: Outlook, services: Services) -> None:
        self._outlook = outlook
        self._readings = services.readings
        self._known: defaultdict[_Way, list[_Found]] = defaultdict(list)
        self._known_people: dict[Situation, frozenset[str]] = {}

    def found(self, way: _Way, at: datetime, steps: int) -> _Found:
        """What may follow, if the situation comes about at that moment, with so many steps."""
        known = self._known[way]
        number = bisect_right(known, (at, LATEST))
        if number and at < known[number - 1].until:
            return known[number - 1]
        if steps > MOST_STEPS:
            return ALWAYS._replace(again=_Again(None))
        found = self._searched(way, at, steps)
        known.insert(number, found)
        return found

    def _searched(self, way: _Way, at: datetime, steps: int) -> _Found:
        wait = way.situation.wait
        assert wait is not None  # whoever is told has time to answer
        nothing = ALWAYS
        for event in (self._silence, self._refusal, self._forgotten):
            found = event(way, at, wait, steps)
            if found.again:
                return found
            nothing = nothing.both(found)
        return nothing

    def _silence(self, way: _Way, at: datetime, wait: timedelta, steps: int) -> _Found:
        """Nobody answers."""
        told = self._told(way)
        return self._next(told, way.situation.silence, at + wait, steps).before(wait)

    def _refusal(self, way: _Way, at: datetime, _wait: timedelta, steps: int) -> _Found:
        """No page of the step arrives, so it has woken nobody."""
        found = self._next(self._told(way), way.situation.refusal, at, steps)
        if found.again:
            # Most times nobody would be woken twice even if it had, and that is known already.
            found = self._next(way, way.situation.refusal, at, steps)
        return found.with_events(refused=way.situation.step)

    def _forgotten(self, way: _Way, at: datetime, wait: timedelta, steps: int) -> _Found:
        """Somebody acknowledges by the moment of the next step, and that expires.

        All moments of it are tried, one of each time in which they lead to the same.
        """
        answered, last = at, at + wait
        begin, reach = None, NOTHING
        while answered <= last:
            found = self._answered(way, answered, steps)
            after = answered - at
            if found.again:
                return found.before(after).with_events(acknowledged=after)
            begin = begin or found.since
            reach = max(reach, wait + found.reach)
            answered = found.until
        return _Found(begin or at, answered - (last - at), reach=reach)

    def _answered(self, way: _Way, at: datetime, steps: int) -> _Found:
        piece = self._readings.at(at)
        has_it = way.situation.acknowledgement(piece.value)
        found = _Found(piece.starts_at, piece.ends_at)
        if has_it.wait is None:
            return found
        later = self._next(self._told(way), has_it.silence, at + has_it.wait, steps).before(
            has_it.wait
        )
        return found.both(later)._replace(again=later.again)

    def _next(
        self,
        way: _Way,
        event: Callable[[Reading], Situation],
        at: datetime,
        steps: int,
    ) -> _Found:
        """What may follow from an event at that moment."""
        reading, since, until = self._readings.at(at)
        found = self._after(way, event(reading), at, steps + 1)
        return _Found(max(since, found.since), min(until, found.until), *found[2:])

    def _told(self, way: _Way) -> _Way:
        """The way, once the pages of the step have arrived."""
        return way._replace(told=way.told | self._people(way.situation))

    def _after(self, way: _Way, now: Situation, at: datetime, steps: int) -> _Found:
        people = self._people(now)
        if now.continues:
            # Whoever the Level has told already is told in a second way.
            woken, told = way.woken, way.told
        else:
            woken, told = way.woken | way.told, frozenset[str]()
        if again := people & woken:
            return ALWAYS._replace(again=_Again(min(again)))
        return self.found(_Way(now, woken, told), at, steps) if people else ALWAYS

    def _people(self, now: Situation) -> frozenset[str]:
        """Whom the situation tells."""
        if now not in self._known_people:
            names = (self._outlook.person_at(page.target) for page in now.pages)
            self._known_people[now] = frozenset(names)
        return self._known_people[now]
