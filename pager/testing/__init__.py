"""For tests, also of other projects: in-memory ports, a clock moved by hand, faults on request.

    pager = InMemoryPager()
    pager.policies.put(policy)
    pager.receive(Alert(service_id="checkout-api", message="p99 above 3 s"))
    pager.advance(timedelta(minutes=15))
    assert pager.mail.accepted == [...]

`InMemoryPager` is a whole Pager wired to the ports of `pager.simulation`, which may be used one by
one as well. `pager.testing.contract` holds the suite that every store must pass; it needs
pytest.
"""

from pager.simulation.clock import Clock
from pager.simulation.crash import Crash
from pager.simulation.gateways import InMemoryGateway, InMemoryMail, InMemorySms, in_memory_gateways
from pager.simulation.maintenance import InMemoryMaintenanceWindows
from pager.simulation.memory import InMemoryMonitoredServices
from pager.simulation.outbox import InMemoryOutbox
from pager.simulation.pager import InMemoryPager
from pager.simulation.policies import InMemoryDirectory, InMemoryEscalationPolicies
from pager.simulation.timeline import Entry, Timeline
from pager.simulation.timer import InMemoryTimer

__all__ = [
    "Clock",
    "Crash",
    "Entry",
    "InMemoryDirectory",
    "InMemoryEscalationPolicies",
    "InMemoryGateway",
    "InMemoryMail",
    "InMemoryMaintenanceWindows",
    "InMemoryMonitoredServices",
    "InMemoryOutbox",
    "InMemoryPager",
    "InMemorySms",
    "InMemoryTimer",
    "Timeline",
    "in_memory_gateways",
]
