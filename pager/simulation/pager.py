"""A whole Pager in memory."""

from collections.abc import Callable

from pager.simulation.clock import Clock
from pager.simulation.maintenance import InMemoryMaintenanceWindows
from pager.simulation.memory import InMemoryMonitoredServices
from pager.simulation.outbox import InMemoryOutbox
from pager.simulation.policies import InMemoryDirectory, InMemoryEscalationPolicies
from pager.simulation.simulated import SimulatedPager, SimulatedStore
from pager.simulation.timeline import Timeline
from pager.simulation.timer import InMemoryTimer


class InMemoryPager(SimulatedPager):
    """The real PagerService and OutboxRelay, wired to in-memory ports.

    `receive` commits and then runs the relay, so that what a message leads to has happened
    when it returns. Time passes only in `advance`.
    """

    policies: InMemoryEscalationPolicies
    directory: InMemoryDirectory
    services: InMemoryMonitoredServices
    outbox: InMemoryOutbox
    timer: InMemoryTimer
    maintenance: InMemoryMaintenanceWindows

    def __init__(
        self, make_timer: Callable[[Clock, Timeline], InMemoryTimer] = InMemoryTimer
    ) -> None:
        """Start with no policy, every service Healthy and the clock at zero."""
        clock = Clock()
        timeline = Timeline(clock)
        timer = make_timer(clock, timeline)
        outbox = InMemoryOutbox(clock, timeline, timer)
        services = InMemoryMonitoredServices(outbox, timeline)
        policies = InMemoryEscalationPolicies(services, timer, clock)
        directory = InMemoryDirectory(policies)
        maintenance = InMemoryMaintenanceWindows(clock, services, timer)
        store = SimulatedStore(policies, services, outbox, timer, outbox, maintenance, directory)
        super().__init__(clock, timeline, store)
