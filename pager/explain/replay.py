"""Incidents of the past on another configuration: who would have been told, and when.

Each is rehearsed from the moment at which somebody was told first, until it was acknowledged or
over. The overrides are those of the configuration, whoever stood in then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from pager.configuration.configuration import Configuration
from pager.decide import decide
from pager.messages import AcknowledgementDelay, Alert, Message, Notification
from pager.model import Healthy, Incident, MonitoredService, ServiceId, Value
from pager.oncall.directory import Directory
from pager.oncall.policy_at import policy_now

Outcome = Literal["nobody", "others first", "later", "same"]
"""What another configuration means for an incident: nobody would have been told; somebody else
would have been told first; somebody would have been told later, or not before it was acknowledged;
or nothing of that."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""The worst first."""

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
    owners = {**_owners(before), **_owners(configuration.directory)}
    return [_replayed(incident, configuration, owners) for incident in incidents]


def _replayed(
    incident: PastIncident, configuration: Configuration, owners: Mapping[str, str]
) -> Replayed:
    begins_at = incident.told[0].at if incident.told else incident.begun_at
    ends_at = incident.acknowledged_at or incident.ended_at
    lasted = timedelta.max if ends_at is None else max(ends_at - begins_at, timedelta(0))
    was = _each_once(((page.at - begins_at, page.target) for page in incident.told), owners)
    pages = _rehearsed(configuration, incident.service_id, begins_at, lasted)
    would_be = _each_once(pages, owners)
    outcome = _outcome([one for one in was if one.after <= lasted], would_be)
    return Replayed(incident=incident, outcome=outcome, was=was, would_be=would_be)


def _rehearsed(
    configuration: Configuration, service_id: str, begins_at: datetime, lasted: timedelta
) -> Iterator[tuple[timedelta, str]]:
    """When which addresses would have been told; none where the Alert is refused.

    Each decision is `decide`'s, on the policy as it is at that step: a whole Pager in memory takes
    ten times as long.
    """
    own, fallback = configuration.policies.get(service_id), configuration.fallback
    service: MonitoredService = Healthy(service_id=service_id)
    message: Message = Alert(service_id=service_id, message="A replay")
    after: timedelta | None = timedelta(0)
    while after is not None and after <= lasted:
        policy = policy_now(own, fallback, configuration.directory, begins_at + after).policy
        if policy is None and isinstance(service, Healthy):
            return
        decision = decide(service, message, policy)
        service, now, after = decision.after, after, None
        pages = (effect for effect in decision.effects if isinstance(effect, Notification))
        yield from ((now, page.target.key) for page in pages)
        delays = (one for one in decision.effects if isinstance(one, AcknowledgementDelay))
        for delay in delays:
            message, after = delay.timeout, now + delay.delay


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
