"""Whether one incident wakes somebody twice, whatever people and providers do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pager.durations import in_words
from pager.verify.alike import Moments, Outcome
from pager.verify.effort import Effort
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, Look, ServiceRule, Trial
from pager.verify.times import Stretch, without
from pager.verify.waking import Waking, first_way


@dataclass(frozen=True)
class NobodyIsWokenTwice(ServiceRule):
    """Nobody is told at a second Level of the same incident, nor told of it again.

    Whatever happens: each step may be met with silence, or be refused, and then it wakes nobody;
    and somebody may acknowledge at any moment up to the next step, and forget the incident until
    the Acknowledgement expires. The second contact method of somebody who does not answer belongs
    to the same Level: it is no second waking, unless others were told in between. So the property
    does not hold where a policy begins again or lets an Acknowledgement expire, unless others are
    on call by then. An address that is no person's counts as somebody.
    """

    def trial(self, outlook: Outlook, services: Services, effort: Effort) -> Trial:
        """It searches all that may follow from an Alert."""
        return _Trial(outlook, services, effort)


class _Trial(Trial):
    """Searches what may follow from the Alerts of these services."""

    def __init__(self, outlook: Outlook, services: Services, effort: Effort) -> None:
        self._outlook = outlook
        self._services = services
        self._effort = effort
        self._moments = Moments(services.readings, outlook.person_at, self._find)

    def look(self, at: datetime) -> Look:
        return self._moments.look(at)

    def fault(self, at: datetime) -> Fault:
        alert = self._services.healthy.alert(self._services.readings.at(at).value)
        assert alert is not None  # an Alert that is refused wakes nobody
        # This moment was searched before, together with others: so it needs no more than that did.
        again = self._waking(Effort()).again(first_way(alert), at)
        after = in_words(again.after)
        return Fault(
            f"an incident wakes {again.person} twice: again {after} after the Alert",
            Events(again.after, again.refused, again.acknowledged),
        )

    def _find(self, at: datetime) -> Iterator[Outcome]:
        """What is so from that moment on for as long as an Alert finds the policy as it is then."""
        now = self._services.readings.at(at)
        alert = self._services.healthy.alert(now.value)
        whole = Stretch(at, now.ends_at)
        if alert is None:
            yield Outcome(*whole, is_wrong=False, read_until=now.ends_at)
            return
        waking = self._waking(self._effort)
        wrong = waking.wrong(first_way(alert), whole)
        right = without((whole,), wrong)
        for one in sorted((*wrong, *right)):
            yield Outcome(*one, is_wrong=one in wrong, read_until=waking.read_until)

    def _waking(self, effort: Effort) -> Waking:
        return Waking(self._services.readings, self._outlook.person_at, effort)
