"""Whether enough people are reached in time after an Alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from pager.durations import in_words
from pager.model import Target
from pager.oncall.directory import NobodyOfThatName
from pager.verify.alike import Outcome, trial_of_alike
from pager.verify.incident import Situation
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, ServiceRule, Trial
from pager.verify.readings import Reader

NOTHING = timedelta(0)
MOST_WAYS = 10_000
"""In which steps are refused at one moment. Two refusals of ten steps are about fifty."""


@dataclass(frozen=True)
class Reached(ServiceRule):
    """Of any Alert, so many people are sent a page within so long, if nobody answers.

    At the very end of that time still counts. Somebody counts once, in however many ways they are
    told; an address that is no person's counts as somebody. By SMS or by e-mail: only pages that go
    that way count. Of a team: only its members count. An Alert that is refused, because nobody
    could be told, reaches nobody.

    Even if a step is refused: whichever one it is. A step is one time at which people are told: a
    Level, or the second contact methods of those on it. Where it is refused none of its pages
    arrives, and the next step comes at once. Where that can be in more than 10,000 ways, they are
    not all tried, and the property does not hold.
    """

    number: int
    within: timedelta
    by: Literal["email", "sms"] | None = None
    team: str | None = None
    refusals: int = 0
    """How many steps may be refused."""

    def trial(self, outlook: Outlook, services: Services) -> Trial:
        """It looks for refusals with which too few people are reached."""
        if self.team is not None and self.team not in outlook.directory.teams:
            raise NobodyOfThatName("team", self.team)
        search = _Search(self, outlook)

        def fault(reader: Reader) -> Fault | None:
            now = reader.read(NOTHING)
            first = services.healthy.alert(now)
            if first is None:
                why = "; ".join(now.gaps)
                return Fault(f"an Alert is refused, and nobody is told: {why}")
            search.ways = 0
            missed = search.missed(reader, first)
            return missed and self._fault(missed)

        def find(at: datetime) -> Outcome:
            reader = Reader(services.readings, at)
            found = fault(reader)
            return Outcome(found, reader.until, reader.reach)

        counted = partial(self.counted, outlook=outlook)
        return trial_of_alike(services.readings, counted, find)

    def counted(self, target: Target, outlook: Outlook) -> str | None:
        """Who is reached there, if they count."""
        if self.by not in {None, target.type}:
            return None
        if self.team is None:
            return outlook.person_at(target)
        members = outlook.directory.teams[self.team].members
        return next((name for name in outlook.owners[target.key] if name in members), None)

    def _fault(self, missed: "_Missed") -> Fault:
        if missed.people is None:
            return Fault(
                f"an Alert can go on in more than {MOST_WAYS:,} ways, which were not tried"
            )
        who = ", ".join(sorted(missed.people)) or "nobody"
        of = f" of the team {self.team}" if self.team is not None else ""
        by = {"email": " by e-mail", "sms": " by SMS", None: ""}[self.by]
        within = f"within {in_words(self.within)}{_refused(missed.refused)}"
        return Fault(
            f"an Alert reaches {who}{of}{by} {within}", Events(self.within, missed.refused)
        )


class _Missed(NamedTuple):
    """Too few people are reached."""

    people: frozenset[str] | None
    """None where that was not found out."""
    refused: tuple[int, ...]
    """The steps that were refused."""


class _Search:
    """Looks for refusals with which too few people are reached."""

    def __init__(self, rule: Reached, outlook: Outlook) -> None:
        self._rule = rule
        self._outlook = outlook
        self._people: dict[Situation, frozenset[str]] = {}
        self.ways = 0
        """That were tried at this moment."""

    def missed(
        self,
        reader: Reader,
        now: Situation,
        after: timedelta = NOTHING,
        before: frozenset[str] = frozenset(),
        refused: tuple[int, ...] = (),
    ) -> _Missed | None:
        """Whom these refusals reach from that situation on, where that is too few."""
        self.ways += 1
        if self.ways > MOST_WAYS:
            return _Missed(None, refused)
        steps: list[tuple[Situation, timedelta, frozenset[str]]] = []
        people = before
        while True:
            steps.append((now, after, people))
            people |= self._reached(now)
            if len(people) >= self._rule.number:
                break
            if now.wait is None or after + now.wait > self._rule.within:
                return _Missed(people, refused)
            after += now.wait
            now = now.silence(reader.read(after))
        return self._missed_by_refusal(reader, steps, refused)

    def _missed_by_refusal(
        self,
        reader: Reader,
        steps: Sequence[tuple[Situation, timedelta, frozenset[str]]],
        refused: tuple[int, ...],
    ) -> _Missed | None:
        """The same, if one of these steps is refused, too: the last ones first."""
        if len(refused) == self._rule.refusals:
            return None
        for now, after, before in reversed(steps):
            then = now.refusal(reader.read(after))
            found = self.missed(reader, then, after, before, (*refused, now.step))
            if found is not None:
                return found
        return None

    def _reached(self, now: Situation) -> frozenset[str]:
        people = self._people.get(now)
        if people is None:
            found = (self._rule.counted(page.target, self._outlook) for page in now.pages)
            people = self._people[now] = frozenset(name for name in found if name is not None)
        return people


def _refused(steps: Sequence[int]) -> str:
    """Which steps are refused, in words."""
    *others, last = map(str, steps or (0,))
    if others:
        return f", if the steps {', '.join(others)} and {last} are refused"
    return f", if step {last} is refused" if steps else ""
