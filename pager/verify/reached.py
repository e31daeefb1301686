"""Whether enough people are reached in time after an Alert."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pager.durations import in_words
from pager.messages import Notification
from pager.oncall.directory import NobodyOfThatName
from pager.verify.incident import Situation
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, Look
from pager.verify.readings import Reader

NOTHING = timedelta(0)


class Reached(NamedTuple):
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

    def check(self, outlook: Outlook) -> None:
        """Raise NobodyOfThatName where there is no such team."""
        if self.team is not None and self.team not in outlook.directory.teams:
            raise NobodyOfThatName("team", self.team)

    def look(self, outlook: Outlook, services: Services, at: datetime) -> Look:
        """At an Alert at that moment."""
        reader = Reader(services.readings, at)
        first = services.healthy.alert(reader.read(NOTHING))
        if first is None:
            why = "; ".join(reader.read(NOTHING).gaps)
            fault = Fault(f"an Alert is refused, and nobody is told: {why}", Events(NOTHING))
            return Look(fault, reader.until)
        search = _Search(self, outlook, reader)
        missed = search.missed(first, NOTHING, frozenset(), ())
        return Look(missed and self._fault(missed), reader.until)

    def _fault(self, missed: "_Missed") -> Fault:
        who = ", ".join(sorted(missed.people)) or "nobody"
        within = f"within {in_words(self.within)}{_refused(missed.refused)}"
        what = f"an Alert reaches {who}{self._of_whom} {within}"
        return Fault(what, Events(self.within, missed.refused))

    @property
    def _of_whom(self) -> str:
        of = f" of the team {self.team}" if self.team is not None else ""
        return of + {"email": " by e-mail", "sms": " by SMS", None: ""}[self.by]


def _refused(steps: Sequence[int]) -> str:
    """Which steps are refused, in words."""
    *others, last = map(str, steps or (0,))
    if others:
        return f", if the steps {', '.join(others)} and {last} are refused"
    return f", if step {last} is refused" if steps else ""


class _Missed(NamedTuple):
    """Too few people are reached."""

    people: frozenset[str]
    refused: tuple[int, ...]
    """The steps that were refused."""


class _Search(NamedTuple):
    """Looks for refusals with which too few people are reached."""

    of: Reached
    outlook: Outlook
    reader: Reader

    def missed(
        self, now: Situation, after: timedelta, before: frozenset[str], refused: tuple[int, ...]
    ) -> _Missed | None:
        """Whom these refusals reach from that situation on, where that is too few."""
        people = before | {name for page in now.pages for name in self._counted(page)}
        if len(people) >= self.of.number:
            found = None
        elif now.delay is None or after + now.delay > self.of.within:
            found = _Missed(people, refused)
        else:
            later = after + now.delay
            found = self.missed(now.silence(self.reader.read(later)), later, people, refused)
        if found is None and now.pages and len(refused) < self.of.refusals:
            then = now.refusal(self.reader.read(after))
            found = self.missed(then, after, before, (*refused, now.step))
        return found

    def _counted(self, page: Notification) -> tuple[str, ...]:
        """Whom the page reaches, of those who count."""
        if self.of.by not in {None, page.target.type}:
            return ()
        owners = self.outlook.owners.get(page.target.key, ())
        if self.of.team is None:
            return (" or ".join(owners) or page.target.key,)
        members = self.outlook.directory.teams[self.of.team].members
        return tuple(name for name in owners if name in members)[:1]
