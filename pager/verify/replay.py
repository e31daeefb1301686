"""The timeline of an Alert at one moment: what a whole Pager in memory does with it."""

from datetime import datetime, timedelta

from pager.configuration.configuration import Configuration
from pager.errors import NoEscalationPolicy
from pager.messages import Acknowledgement, Alert
from pager.oncall.local_time import SMALLEST
from pager.simulation.pager import InMemoryPager
from pager.verify.incident import ALERT
from pager.verify.property import Events


def timeline(configuration: Configuration, service_id: str, at: datetime, events: Events) -> str:
    """A line for each thing that happens, as failed scenarios print it."""
    pager = InMemoryPager()
    pager.clock.start = at
    for gateway in (pager.mail, pager.sms):
        gateway.refused_steps.update(events.refused_steps)
    pager.policies.edit_directory(configuration.directory)
    for policy in configuration.policies.values():
        pager.policies.put(policy)
    try:
        pager.receive(Alert(service_id=service_id, message=ALERT))
    except NoEscalationPolicy:  # the timeline says so
        return str(pager.timeline)
    for after in events.acknowledged:
        # At the very moment of a timeout the Acknowledgement comes first.
        pager.advance(max(after - SMALLEST, timedelta(0)) - pager.clock.now)
        pager.clock.advance(after - pager.clock.now)
        pager.receive(Acknowledgement(service_id=service_id, incident=1))
    pager.advance(events.lasts - pager.clock.now)
    return str(pager.timeline)
