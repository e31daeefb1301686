"""Properties of the Levels of a policy."""

from datetime import datetime, timedelta
from typing import NamedTuple

from pager.oncall.policy_at import why_nobody
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Events, Fault, Look


class NoLevelIsEmpty(NamedTuple):
    """Each Level that a policy names reaches somebody at every moment.

    Somebody is there, and has a contact method. An empty Level is left out of the escalation: the
    next one is told at once in its place. So nobody waits for it in vain, but whoever was meant to
    be told is not.
    """

    def check(self, outlook: Outlook) -> None:
        """It names nobody."""

    def look(self, outlook: Outlook, services: Services, at: datetime) -> Look:
        """At an Alert at that moment, whichever Level it comes to by then."""
        reading = services.readings.at(at)
        shared = outlook.shared_policy(services)
        for number, level in enumerate(shared.levels if shared else (), 1):
            if reasons := why_nobody(level, outlook.directory, reading.value.at):
                policy = shared.name if shared else ""
                what = f"Level {number} of {policy} reaches nobody: {'; '.join(reasons)}"
                return Look(Fault(what, Events(lasts=timedelta(0))), reading.ends_at)
        return Look(None, reading.ends_at)
