"""All that may follow from an Alert, searched for somebody who is woken twice.

What follows from a situation depends on when it comes about, and changes only where a policy is
read differently. So a situation is not looked at moment by moment, but for a whole stretch of time:
an event that comes after a fixed wait moves the stretch, one that may come at any moment of a wait
makes it longer, and it is cut where the policy is read differently. What is found is when in the
stretch the situation leads to it, exactly, and is kept: however many ways there are to a situation,
no moment of it is looked at twice. Once it leads to it at each moment of the stretch, nothing else
is tried.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pager.model import Target
from pager.oncall.local_time import SMALLEST
from pager.verify.course import Course
from pager.verify.effort import Effort, TooMuchToTry
from pager.verify.incident import Situation
from pager.verify.readings import Reading
from pager.verify.times import NEVER, Stretch, Times, common, later, together, without

MOST_STEPS = 100
"""Of an incident in which each step tells somebody else: as many as a policy has Levels."""

NOTHING = timedelta(0)


class Way(NamedTuple):
    """A situation, and whom the incident has woken on the way to it."""

    situation: Situation
    woken: frozenset[str]
    """By the Levels before."""
    told: frozenset[str]
    """By this Level, before this step."""

    def to(self, now: Situation) -> "Way":
        """The way, one situation further."""
        if now.continues:
            # Whoever the Level has told already is told in a second way.
            return self._replace(situation=now)
        return Way(now, self.woken | self.told, frozenset())


def first_way(alert: Situation) -> Way:
    """Right after the Alert."""
    return Way(alert, frozenset(), frozenset())


class Again(NamedTuple):
    """Somebody is woken again, and what happens until then, counted from a situation."""

    person: str
    after: timedelta = NOTHING
    refused: tuple[int, ...] = ()
    acknowledged: tuple[timedelta, ...] = ()

    def later(self, by: timedelta) -> "Again":
        """As counted from a situation that came so much before."""
        acknowledged = tuple(after + by for after in self.acknowledged)
        return self._replace(after=self.after + by, acknowledged=acknowledged)


class Waking:
    """Searches what may follow from Alerts."""

    def __init__(
        self, readings: Course[Reading], person_at: Callable[[Target], str], effort: Effort
    ) -> None:
        """`person_at` says who is woken at a Target."""
        self._readings = readings
        self._person_at = person_at
        self._effort = effort
        self._known: dict[Way, tuple[Times, Times]] = {}
        """When it was tried, and when of that it wakes somebody twice."""
        self._known_people: dict[Situation, frozenset[str]] = {}
        self.read_until = datetime.min.replace(tzinfo=UTC)
        """Before it were all moments at which a policy was read."""

    def wrong(self, way: Way, asked: Stretch, steps: int = 1) -> Times:
        """When in that stretch the situation has to come about, so that somebody is woken twice.

        Raises TooMuchToTry.
        """
        people = self._people(way.situation)
        if not people:
            return NEVER
        if people & way.woken:
            return (asked,)
        tried, wrong = self._known.get(way, (NEVER, NEVER))
        if left := without((asked,), tried):
            for part in left:
                wrong = together((*wrong, *self._searched(way, part, steps)))
            self._known[way] = together((*tried, *left)), wrong
        return common(wrong, asked)

    def again(self, way: Way, at: datetime) -> Again:
        """How somebody is woken twice, if the situation comes about at a moment that is wrong."""
        situation, moment = way.situation, Stretch(at, at + SMALLEST)
        if twice := self._people(situation) & way.woken:
            return Again(min(twice))
        assert situation.wait is not None  # whoever is told has time to answer
        if self._silence(way, moment, 1):
            then = situation.silence(self._readings.at(at + situation.wait).value)
            return self.again(self._told(way).to(then), at + situation.wait).later(situation.wait)
        if self._refusal(way, moment, 1):
            again = self.again(way.to(situation.refusal(self._readings.at(at).value)), at)
            return again._replace(refused=(situation.step, *again.refused))
        answer = next(self._answers(way, Stretch(at, moment.ends_at + situation.wait), 1)).starts_at
        has_it = situation.acknowledgement(self._readings.at(answer).value)
        assert has_it.wait is not None  # only what expires leads to anything
        then = has_it.silence(self._readings.at(answer + has_it.wait).value)
        again = self.again(self._told(way).to(then), answer + has_it.wait)
        again = again.later(has_it.wait)
        return again._replace(acknowledged=(NOTHING, *again.acknowledged)).later(answer - at)

    def _searched(self, way: Way, part: Stretch, steps: int) -> Times:
        self._effort.spend()
        if steps > MOST_STEPS:
            raise TooMuchToTry(f"an incident may go on for more than {MOST_STEPS} steps")
        wrong = NEVER
        for event in (self._silence, self._refusal, self._forgotten):
            for left in without((part,), wrong):
                wrong = together((*wrong, *event(way, left, steps)))
        return wrong

    def _silence(self, way: Way, when: Stretch, steps: int) -> Times:
        """Nobody answers."""
        wait = way.situation.wait
        assert wait is not None  # whoever is told has time to answer
        told = self._told(way)
        return later(self._next(told, way.situation.silence, when.later(wait), steps), -wait)

    def _refusal(self, way: Way, when: Stretch, steps: int) -> Times:
        """No page of the step arrives, so it has woken nobody."""
        refusal = way.situation.refusal
        # Most times nobody would be woken twice even if it had, and that is known already.
        at_most = together(self._next(self._told(way), refusal, when, steps))
        return tuple(one for part in at_most for one in self._next(way, refusal, part, steps))

    def _forgotten(self, way: Way, when: Stretch, steps: int) -> Times:
        """Somebody acknowledges by the moment of the next step, and that expires."""
        wait = way.situation.wait
        assert wait is not None  # whoever is told has time to answer
        wrong = NEVER
        for answers in self._answers(way, Stretch(when.starts_at, when.ends_at + wait), steps):
            # Each of them may be the answer to whatever was told in the time of a wait before.
            told = Stretch(answers.starts_at - wait, answers.ends_at)
            wrong = together((*wrong, *common((told,), when)))
            if wrong == (when,):
                break
        return wrong

    def _answers(self, way: Way, when: Stretch, steps: int) -> Iterator[Stretch]:
        """When in that time somebody must acknowledge, so that somebody is woken twice."""
        self.read_until = max(self.read_until, when.ends_at)
        for reading, *piece in self._readings.between(*when):
            has_it = way.situation.acknowledgement(reading)
            if has_it.wait is not None:
                expiry = Stretch(*piece).later(has_it.wait)
                found = self._next(self._told(way), has_it.silence, expiry, steps)
                yield from later(found, -has_it.wait)

    def _next(
        self, way: Way, event: Callable[[Reading], Situation], when: Stretch, steps: int
    ) -> Times:
        """When in that time an event wakes somebody twice, or leads to it."""
        self.read_until = max(self.read_until, when.ends_at)
        found: list[Stretch] = []
        for reading, *piece in self._readings.between(*when):
            found += self.wrong(way.to(event(reading)), Stretch(*piece), steps + 1)
        return tuple(found)

    def _told(self, way: Way) -> Way:
        """The way, once the pages of the step have arrived."""
        return way._replace(told=way.told | self._people(way.situation))

    def _people(self, now: Situation) -> frozenset[str]:
        """Whom the situation tells."""
        if now not in self._known_people:
            names = map(self._person_at, now.targets)
            self._known_people[now] = frozenset(names)
        return self._known_people[now]
