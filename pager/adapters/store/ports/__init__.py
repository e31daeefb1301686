"""The SQL adapters of the domain's ports.

Each takes `Transactions`: a Database, where every call is a transaction of its own, or
`InTransaction`, where several calls are committed together.
"""

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.ports.reports import SqlDeliveryReports
from pager.adapters.store.ports.services import SqlMonitoredServices
from pager.adapters.store.ports.timer import SqlTimer
from pager.lease import Lease


class SqlPorts:
    """All of them, on the same transactions."""

    def __init__(
        self,
        transactions: Transactions,
        now: Now = database_clock,
        lease: Lease = LEASE,
        author: str | None = None,
    ) -> None:
        """All go by the same clock. `lease`: how long a relay has for what it claimed.

        `author` sent what is decided on; None for Pager's own timers.
        """
        self.maintenance = SqlMaintenanceWindows(transactions, now)
        self.policies = SqlEscalationPolicies(transactions, now)
        self.services = SqlMonitoredServices(transactions, now, author)
        self.outbox = SqlOutbox(transactions, now, lease)
        self.reports = SqlDeliveryReports(transactions, now)
        self.timer = SqlTimer(transactions, now)
