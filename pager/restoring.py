"""Numbers after a restore: of incidents, and of versions of policies. None is given out twice.

A backup that is restored does not know which incidents came after it. Their numbers are in links,
in e-mails and in people's memory. So new incidents begin well above all that it knows.
"""

from pager.model import Healthy, MonitoredService

STEP = 1_000
"""After a restore, numbers go on at a multiple of this: everybody can see it. It is also how many
incidents a service may have had since the backup, at the least."""


def last_number_after_restore(largest: int) -> int:
    """The number above which new ones begin, where `largest` is the largest that is known."""
    return (largest // STEP + 2) * STEP


def renumbered(service: MonitoredService, last_incident: int) -> MonitoredService:
    """`service`, whose next incident has a larger number than `last_incident`.

    An incident that is running keeps its number: it is the same incident.
    """
    if isinstance(service, Healthy) and service.incident < last_incident:
        return service.model_copy(update={"incident": last_incident})
    return service


def may_follow_a_restore(last_incident: int) -> bool:
    """Whether it can be a `last_number_after_restore`."""
    return last_incident > 0 and last_incident % STEP == 0
