"""For tests, yours too: in-memory ports, a clock moved by hand, faults on request.

    pager = InMemoryPager()
    pager.policies.put(policy)
    pager.receive(Alert(service_id="checkout-api", message="p99 above 3 s"))
    pager.advance(timedelta(minutes=15))
    assert pager.mail.accepted == [...]

`InMemoryPager` is a whole Pager wired to the ports of `pager.testing.memory`, which may be used
one by one as well. `pager.testing.contract` holds the suite that every store must pass; it needs
pytest.
"""

from pager.testing.memory import (
    Crash,
    InMemoryEscalationPolicies,
    InMemoryGateway,
    InMemoryMail,
    InMemoryMonitoredServices,
    InMemoryOutbox,
    InMemorySms,
    InMemoryTimer,
    in_memory_gateways,
)
from pager.testing.pager import InMemoryPager
from pager.testing.timeline import Clock, Entry, Timeline

__all__ = [
    "Clock",
    "Crash",
    "Entry",
    "InMemoryEscalationPolicies",
    "InMemoryGateway",
    "InMemoryMail",
    "InMemoryMonitoredServices",
    "InMemoryOutbox",
    "InMemoryPager",
    "InMemorySms",
    "InMemoryTimer",
    "Timeline",
    "in_memory_gateways",
]
