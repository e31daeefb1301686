"""Whether enough people are reached in time after an Alert."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from pager.configuration.spelling import as_known
from pager.durations import in_words
from pager.model import Target
from pager.oncall.directory import NobodyOfThatName
from pager.verify.alike import Moments, Outcome
from pager.verify.effort import Effort
from pager.verify.incident import Situation
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, Look, ServiceRule, Trial
from pager.verify.readings import Reader

NOTHING = timedelta(0)


@dataclass(frozen=True)
class Reached(ServiceRule):
    """Of any Alert, so many people are sent a page within so long, if nobody answers.

    At the very end of that time still counts. Somebody counts once, in however many ways they are
    told; an address that is no person's counts as somebody. By SMS or by e-mail: only pages that go
    that way count. Of a team: only its members count. An Alert that is refused, because nobody
    could be told, reaches nobody.

    Even if a step is refused: whichever one it is. A step is one time at which people are told: a
    Level, or the second contact methods of those on it. Where it is refused none of its pages
    arrives, and the next step comes at once.
    """

    number: int
    within: timedelta
    by: Literal["email", "sms"] | None = None
    team: str | None = None
    refusals: int = 0
    """How many steps may be refused."""

    def trial(self, outlook: Outlook, services: Services, effort: Effort) -> Trial:
        """It looks for refusals with which too few people are reached."""
        if self.team is not None and self.team not in outlook.directory.teams:
            team = as_known(self.team, outlook.directory.teams)
            if team == self.team:
                raise NobodyOfThatName("team", team)
            return replace(self, team=team).trial(outlook, services, effort)
        return _Trial(self, outlook, services, effort)

    def counted(self, target: Target, outlook: Outlook) -> str | None:
        """Who is reached there, if they count."""
        if self.by not in {None, target.type}:
            return None
        if self.team is None:
            return outlook.person_at(target)
        members = outlook.directory.teams[self.team].members
        return next((name for name in outlook.owners[target.key] if name in members), None)

    def fault(self, missed: "_Missed") -> Fault:
        """What is said of them."""
        who = ", ".join(sorted(missed.people)) or "nobody"
        of = f" of the team {self.team}" if self.team is not None else ""
        by = {"email": " by e-mail", "sms": " by SMS", None: ""}[self.by]
        within = f"within {in_words(self.within)}{_refused(missed.refused)}"
        return Fault(
            f"an Alert reaches {who}{of}{by} {within}", Events(self.within, missed.refused)
        )


class _Trial(Trial):
    """Tries Alerts of these services, with all the refusals that there may be."""

    def __init__(self, rule: Reached, outlook: Outlook, services: Services, effort: Effort) -> None:
        self._rule = rule
        self._outlook = outlook
        self._services = services
        self._effort = effort
        self._counted = partial(rule.counted, outlook=outlook)
        self._moments = Moments(services.readings, self._counted, self._find)

    def look(self, at: datetime) -> Look:
        return self._moments.look(at)

    def fault(self, at: datetime) -> Fault:
        # This moment was tried before, so it needs no more than that did.
        found = self._tried(Reader(self._services.readings, at), Effort())
        assert found is not None  # it was found before
        return found

    def _find(self, at: datetime) -> Iterator[Outcome]:
        reader = Reader(self._services.readings, at)
        found = self._tried(reader, self._effort)
        yield Outcome(at, reader.until, found is not None, reader.until + reader.reach)

    def _tried(self, reader: Reader, effort: Effort) -> Fault | None:
        now = reader.read(NOTHING)
        first = self._services.healthy.alert(now)
        if first is None:
            why = "; ".join(now.gaps)
            return Fault(f"an Alert is refused, and nobody is told: {why}")
        missed = _Search(self._rule, self._counted, reader, effort).missed(_Way(first))
        return missed and self._rule.fault(missed)


class _Missed(NamedTuple):
    """Too few people are reached."""

    people: frozenset[str]
    refused: tuple[int, ...]
    """The steps that were refused."""


class _Way(NamedTuple):
    """A situation, and what has happened on the way to it."""

    situation: Situation
    after: timedelta = NOTHING
    """The Alert."""
    people: frozenset[str] = frozenset()
    """Whom the steps before have reached."""
    refusals: int = 0


class _Search:
    """Looks for refusals with which too few people are reached, at one moment."""

    def __init__(
        self,
        rule: Reached,
        counted: Callable[[Target], str | None],
        reader: Reader,
        effort: Effort,
    ) -> None:
        self._rule = rule
        self._counted = counted
        self._reader = reader
        self._effort = effort
        self._enough: set[_Way] = set()
        """Those on which enough people are reached, whatever is refused."""

    def missed(self, way: _Way, refused: tuple[int, ...] = ()) -> _Missed | None:
        """Whom an incident reaches that goes on like that, where it may be too few."""
        steps: list[_Way] = []
        while way not in self._enough:
            self._effort.spend()
            steps.append(way)
            now, people = way.situation, way.people | self._reached(way.situation)
            if len(people) >= self._rule.number:
                break
            if now.wait is None or way.after + now.wait > self._rule.within:
                return _Missed(people, refused)
            after = way.after + now.wait
            way = _Way(now.silence(self._reader.read(after)), after, people, way.refusals)
        missed = self._missed_by_refusal(steps, refused)
        if missed is None:
            self._enough.update(steps)
        return missed

    def _missed_by_refusal(self, steps: list[_Way], refused: tuple[int, ...]) -> _Missed | None:
        """The same, if one of these steps is refused, too: the last ones first."""
        for way in reversed(steps):
            if way.refusals < self._rule.refusals:
                then = way.situation.refusal(self._reader.read(way.after))
                further = way._replace(situation=then, refusals=way.refusals + 1)
                if missed := self.missed(further, (*refused, way.situation.step)):
                    return missed
        return None

    def _reached(self, now: Situation) -> frozenset[str]:
        found = map(self._counted, now.targets)
        return frozenset(name for name in found if name is not None)


def _refused(steps: Sequence[int]) -> str:
    """Which steps are refused, in words."""
    *others, last = map(str, steps or (0,))
    if others:
        return f", if the steps {', '.join(others)} and {last} are refused"
    return f", if step {last} is refused" if steps else ""
