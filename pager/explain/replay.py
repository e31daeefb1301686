"""Incidents of the past on another configuration: who would have been told, and when.

Each is rehearsed from the moment at which somebody was told first, until it was acknowledged or
over. The overrides are those of the configuration, whoever stood in then. Most of ten thousand
incidents find the same people: so what a policy is then, and what is decided, is found out once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal, get_args

from pager.configuration.configuration import Configuration
from pager.model import Incident, ServiceId, Value
from pager.oncall.directory import Directory
from pager.oncall.policies import PolicyUse, ServicePolicy
from pager.oncall.policy_at import policy_now
from pager.verify.course import Course
from pager.verify.incident import Situation, healthy
from pager.verify.readings import People, Reading, people_on_call, schedules_of

Outcome = Literal["nobody", "others first", "later", "same"]
"""What another configuration means for an incident: nobody would have been told; somebody else
would have been told first; somebody would have been told later, or not before it was acknowledged;
or nothing of that."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""The worst first."""

MOST_STEPS = 100
"""Of an incident that are rehearsed. (Of the pages of a real one only the first 20 are read.)"""

NEVER = datetime.max.replace(tzinfo=UTC)

A_LITTLE = timedelta(minutes=1)
"""Whoever is told so much later is not told later."""


class PastPage(Value):
    """Somebody was told."""

    at: datetime
    target: str
    """The address or the number."""


class PastIncident(Value):
    """An incident as it really was."""

    service_id: ServiceId
    incident: Incident
    begun_at: datetime
    acknowledged_at: datetime | None
    """When it was acknowledged first; None where it was not."""
    ended_at: datetime | None
    """None while it runs."""
    told: tuple[PastPage, ...]
    """Its first pages, in their order."""


class Telling(Value):
    """Somebody is told, so long after the first page of the real incident was decided."""

    after: timedelta
    who: str
    """A person; or an address that is nobody's."""


class Replayed(Value):
    """An incident, and what would have come of it."""

    incident: PastIncident
    outcome: Outcome
    was: tuple[Telling, ...]
    """Who was told, in their order: each once."""
    would_be: tuple[Telling, ...]
    """Who would have been told by the time it was acknowledged, or over: each once."""


def replay(
    incidents: Iterable[PastIncident], configuration: Configuration, before: Directory
) -> list[Replayed]:
    """Each of these on the configuration, in their order.

    People are compared, and not their addresses: an address that nobody has any more in the
    configuration is that of whoever has it in `before`.
    """
    past = [*incidents]
    owners = {**_owners(before), **_owners(configuration.directory)}
    rehearsals = _Rehearsals(configuration, min(map(_begins_at, past), default=NEVER))
    return [_replayed(incident, rehearsals, owners) for incident in past]


def _replayed(
    incident: PastIncident, rehearsals: "_Rehearsals", owners: Mapping[str, str]
) -> Replayed:
    begins_at = _begins_at(incident)
    ends_at = incident.acknowledged_at or incident.ended_at
    lasted = timedelta.max if ends_at is None else max(ends_at - begins_at, timedelta(0))
    was = _each_once(((page.at - begins_at, page.target) for page in incident.told), owners)
    pages = rehearsals.of(incident.service_id).pages(begins_at, lasted)
    would_be = _each_once(pages, owners)
    outcome = _outcome([one for one in was if one.after <= lasted], would_be)
    return Replayed(incident=incident, outcome=outcome, was=was, would_be=would_be)


def _begins_at(incident: PastIncident) -> datetime:
    return incident.told[0].at if incident.told else incident.begun_at


class _Rehearsals:
    """Alerts on each policy of a configuration, from `start` on."""

    def __init__(self, configuration: Configuration, start: datetime) -> None:
        self._configuration = configuration
        self._known: dict[str | ServicePolicy | None, _Rehearsal] = {}
        schedules = configuration.directory.schedules
        self._on_call = cache(lambda name: people_on_call(schedules[name], start))

    def of(self, service_id: str) -> "_Rehearsal":
        """Those of a service: they are the same where the policy is."""
        policy = self._configuration.policies.get(service_id)
        same = policy.uses if isinstance(policy, PolicyUse) else policy
        if same not in self._known:
            self._known[same] = self._rehearsal(service_id, policy)
        return self._known[same]

    def _rehearsal(self, service_id: str, own: ServicePolicy | None) -> "_Rehearsal":
        fallback, directory = self._configuration.fallback, self._configuration.directory
        names = [name for one in (own, fallback) for name in schedules_of(one, directory)]

        def read(moment: datetime) -> Reading:
            return Reading(*policy_now(own, fallback, directory, moment), moment)

        return _Rehearsal(healthy(service_id), [self._on_call(name) for name in names], read)


class _Rehearsal:
    """What Alerts lead to on one policy, where nobody answers."""

    def __init__(
        self,
        service: Situation,
        on_call: Sequence[Course[People]],
        read: Callable[[datetime], Reading],
    ) -> None:
        self._service = service
        self._on_call = on_call
        self._read = read
        self._readings: dict[tuple[People, ...], Reading] = {}

    def pages(self, begins_at: datetime, lasted: timedelta) -> Iterator[tuple[timedelta, str]]:
        """When which addresses would have been told; none where the Alert is refused."""
        now, after = self._service.alert(self._reading(begins_at)), timedelta(0)
        for _ in range(MOST_STEPS):
            if now is None:
                return
            yield from ((after, target.key) for target in now.targets)
            if now.wait is None or now.wait > lasted - after:
                return
            after += now.wait
            now = now.silence(self._reading(begins_at + after))

    def _reading(self, at: datetime) -> Reading:
        people = tuple(one.at(at).value for one in self._on_call)
        if people not in self._readings:
            self._readings[people] = self._read(at)
        return self._readings[people]


def _each_once(
    pages: Iterable[tuple[timedelta, str]], owners: Mapping[str, str]
) -> tuple[Telling, ...]:
    """Who was told first by these pages; the others once each."""
    first: dict[str, timedelta] = {}
    for after, key in pages:
        first.setdefault(owners.get(key, key), after)
    return tuple(Telling(after=after, who=who) for who, after in first.items())


def _outcome(was: Sequence[Telling], would_be: Sequence[Telling]) -> Outcome:
    if not would_be:
        return "nobody"
    if not was:
        return "same"
    first = {one.who for one in was if one.after <= A_LITTLE}
    if not first & {one.who for one in would_be if one.after <= A_LITTLE}:
        return "others first"
    times = {one.who: one.after for one in would_be}
    late = (times.get(one.who, timedelta.max) > one.after + A_LITTLE for one in was)
    return "later" if any(late) else "same"


def _owners(directory: Directory) -> dict[str, str]:
    """Whose address each is."""
    return {
        method.target.key: person.name
        for person in directory.people.values()
        for method in person.contact_methods
    }


def count(replayed: Iterable[Replayed]) -> dict[Outcome, int]:
    """How many there are of each outcome."""
    numbers = dict.fromkeys(OUTCOMES, 0)
    for one in replayed:
        numbers[one.outcome] += 1
    return numbers
