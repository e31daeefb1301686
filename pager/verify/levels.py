"""Properties of the Levels of a policy, as they are at each moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pager.model import EscalationPolicy
from pager.oncall.policy_at import why_nobody
from pager.verify.effort import Effort
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Fault, Look, ServiceRule, Trial
from pager.verify.readings import Reading


@dataclass(frozen=True)
class NoLevelIsEmpty(ServiceRule):
    """Each Level that a policy names reaches somebody at every moment.

    Somebody is there, and has a contact method. An empty Level is left out of the escalation: the
    next one is told at once in its place. So nobody waits for it in vain, but whoever was meant to
    be told is not.
    """

    def trial(self, outlook: Outlook, services: Services, _effort: Effort) -> Trial:
        """It looks at all Levels, whichever of them an Alert comes to."""
        shared = outlook.shared_policy(services)

        def fault(reading: Reading) -> Fault | None:
            for number, level in enumerate(shared.levels if shared else (), 1):
                if reasons := why_nobody(level, outlook.directory, reading.at):
                    what = f"Level {number} of {services.policy_name} reaches nobody"
                    return Fault(f"{what}: {'; '.join(reasons)}")
            return None

        return _OfEachReading(services, fault)


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
    """Each Level, as people count them, and whom it tells; second contact methods belong to it."""
    number, people = 0, set[str]()
    for level in policy.levels:
        if not level.continues:
            if number:
                yield number, people
            number, people = number + 1, set()
        people |= {outlook.person_at(target) for target in level.targets}
    yield number, people


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
