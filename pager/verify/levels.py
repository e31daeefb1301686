"""Properties of the Levels of a policy, as they are at each moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from pager.model import EscalationPolicy
from pager.verify.effort import Effort
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Fault, Look, ServiceRule, Trial
from pager.verify.readings import Reading

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class NoLevelIsEmpty(ServiceRule):
    """Each Level that a policy names reaches somebody at every moment.

    Somebody is there, and has a contact method. An empty Level is left out of the escalation: the
    next one is told at once in its place. So nobody waits for it in vain, but whoever was meant to
    be told is not.
    """

    def trial(self, outlook: Outlook, services: Services, _effort: Effort) -> Trial:
        """It looks at each Level by itself, whichever of them an Alert comes to."""
        return _EmptyLevels(outlook, services)


class _EmptyLevels(Trial):
    """Of a policy that many schedules change, each Level changes seldom."""

    def __init__(self, outlook: Outlook, services: Services) -> None:
        shared = outlook.shared_policy(services)
        self._policy_name = services.policy_name
        self._why_nobody = [
            outlook.why_nobody(level) for level in (shared.levels if shared else ())
        ]

    def look(self, at: datetime) -> Look:
        pieces = [level.at(at) for level in self._why_nobody]
        until = min((piece.ends_at for piece in pieces), default=FOR_EVER)
        return Look(any(piece.value for piece in pieces), until)

    def fault(self, at: datetime) -> Fault:
        reasons = (level.at(at).value for level in self._why_nobody)
        number, why = next(one for one in enumerate(reasons, 1) if one[1])
        return Fault(f"Level {number} of {self._policy_name} reaches nobody: {'; '.join(why)}")


@dataclass(frozen=True)
class NoLevelTellsMore(ServiceRule):
    """No Level of a policy is more than so many people at any moment.

    Whoever is told in several ways counts once. An address that is no person's counts as one.
    """

    most: int

    def trial(self, outlook: Outlook, services: Services, _effort: Effort) -> Trial:
        """It looks at all Levels, whichever of them an Alert comes to."""

        def fault(reading: Reading) -> Fault | None:
            for number, people in _people(reading.policy, outlook) if reading.policy else ():
                if len(people) > self.most:
                    what = f"Level {number} of {services.policy_name} tells {len(people)} people"
                    return Fault(what)
            return None

        return _OfEachReading(services, fault)


def _people(policy: EscalationPolicy, outlook: Outlook) -> Iterator[tuple[int, set[str]]]:
    """Each Level by its number, and whom it tells; second contact methods belong to it."""
    told: dict[int, set[str]] = {}
    for number, level in policy.numbered_levels():
        told.setdefault(number, set()).update(map(outlook.person_at, level.targets))
    yield from told.items()


class _OfEachReading(Trial):
    """What is true of a policy as it is read once is true whenever it is read like that."""

    def __init__(self, services: Services, fault: Callable[[Reading], Fault | None]) -> None:
        self._readings = services.readings
        self._known = cache(fault)

    def look(self, at: datetime) -> Look:
        piece = self._readings.at(at)
        return Look(self._known(piece.value) is not None, piece.ends_at)

    def fault(self, at: datetime) -> Fault:
        found = self._known(self._readings.at(at).value)
        assert found is not None  # it is asked where there is one
        return found
