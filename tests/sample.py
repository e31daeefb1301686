"""A team's services at 3 a.m.: what the pictures show, and what people look at while they design.

Seven incidents, each of another kind, one of them with two troubles, beside forty Healthy services,
of which one is in maintenance; a clock that is moved makes them as old as they would be.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import on_call_sample
from contract.web.application import application_on
from contract.web.installation import Installation
from contract.web.people import ADA, COOKIE, GRACE, signed_in
from contract.web.serving import served
from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    Level,
    SmsTarget,
)
from pager.access.integrations import Routing
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.oncall.policies import PolicyUse

HEALTHY = [
    "basket-api",
    "cdn-purger",
    "ci-runners",
    "coupon-service",
    "data-lake",
    "dns-eu",
    "dns-us",
    "email-relay",
    "feature-flags",
    "fraud-check",
    "geo-lookup",
    "image-resizer",
    "inventory",
    "invoice-pdf",
    "kafka-eu",
    "kafka-us",
    "ledger",
    "legacy-soap",
    "login",
    "loyalty",
    "media-upload",
    "metrics-store",
    "newsletter",
    "notifications",
    "orders",
    "partner-api",
    "pricing",
    "push-gateway",
    "queue-worker",
    "rate-limiter",
    "recommendations",
    "redis-sessions",
    "returns",
    "shipping",
    "sitemap",
    "sso",
    "stock-sync",
    "tax-rates",
    "user-profile",
    "wishlist",
]
LATENCY = """\
p99 latency above 3 s in eu-west-1
runbook: https://wiki.example.com/runbooks/latency
dashboard: https://grafana.example.com/d/abc123/checkout?from=now-1h&to=now
"""
LONG = "Nightly load failed: 31 tables differ\n" + "".join(
    f"table_{number:02}: {number * 37} rows are missing since the load of 02:00\n"
    for number in range(30)
)
EVENT = """\
{"routing_key": "…", "event_action": "trigger", "dedup_key": "checkout-api/latency",
 "payload": {"summary": "p99 latency above 3 s in eu-west-1", "source": "prom-1"}}"""
VERY_LONG_NAME = "batch-" + "reconciliation-of-payments-" * 5 + "eu-west-1-production"


class Sample(NamedTuple):
    """A served installation."""

    url: str
    session: str
    """The cookie of Ada, an administrator."""


class _Team(Installation):
    """The installation at some time in the past."""

    def incident(self, ago: int, service: str, *messages: str) -> None:
        """An incident that began so many minutes ago; each message a minute after the other."""
        for number, message in enumerate(messages):
            self.be(ago - number)
            self.receive(Alert(service_id=service, message=message))
        self.be(ago)
        self.carry_out()

    def escalate(self, ago: int, service: str, level: int) -> None:
        """The time of that Level was over so many minutes ago."""
        self.be(ago)
        self.receive(AcknowledgementTimeout(service_id=service, incident=1, level=level))
        self.carry_out()

    def another_trouble(self, ago: int, service: str, message: str, dedup_key: str) -> None:
        """A second trouble joined the incident so many minutes ago."""
        self.be(ago)
        self.receive(Alert(service_id=service, message=message, dedup_key=dedup_key))

    def acknowledge(self, ago: int, service: str, by: str) -> None:
        """That person acknowledged so many minutes ago."""
        self.be(ago)
        self.receive(Acknowledgement(service_id=service, incident=1, by=by))

    def be(self, ago: int) -> None:
        """Move the clock to so many minutes ago."""
        self._passed = -timedelta(minutes=ago)


def _email(name: str) -> EmailTarget:
    return EmailTarget(address=f"{name}@example.com")


FIRST = Level(targets=(_email("ada"), SmsTarget(phone_number="+33612345678")))
SECOND = Level(targets=(_email("grace"), _email("edsger")))
THIRD = Level(targets=(_email("linus"),), acknowledgement_delay=timedelta(minutes=30))


def fill(database: Database) -> None:
    """Store everything that the pictures show."""
    team = _Team(database)
    team.be(9 * 24 * 60)
    for service in (*HEALTHY, "checkout-api", "db-primary", "warehouse", VERY_LONG_NAME):
        policy = EscalationPolicy(service_id=service, levels=(FIRST, SECOND, THIRD))
        team.ports.policies.put(policy, author=ADA)
    for service in ("search", "billing", "edge-proxy"):
        policy = EscalationPolicy(service_id=service, levels=(FIRST, SECOND))
        team.ports.policies.put(policy, author=GRACE)
    team.incident(95, "edge-proxy", "TLS certificate expires in 12 h: *.example.com")
    team.acknowledge(90, "edge-proxy", ADA)
    team.incident(72, "search", "No results at all since 03:02\nshards 1-7 of 12 are red")
    team.escalate(57, "search", 1)
    team.escalate(42, "search", 2)
    team.incident(25, "billing", "Card payments fail: 502 from the provider")
    team.acknowledge(21, "billing", GRACE)
    later = ("error rate above 5 %", "error rate above 9 %", "no healthy upstream")
    team.incident(17, "checkout-api", LATENCY, *later)
    team.escalate(2, "checkout-api", 1)
    team.incident(11, "warehouse", LONG)
    team.incident(8, VERY_LONG_NAME, "The batch of 02:30 has not begun")
    team.incident(3, "db-primary", "Replica lag 840 s, writes are queueing")
    team.another_trouble(2, "db-primary", "The disk of the primary is 97 % full", "db-1/disk")
    team.ports.maintenance.add(
        "kafka-eu", timedelta(hours=2), author=GRACE, reason="The brokers move to new disks"
    )
    rows = SqlIntegrations(database)
    by_label = Routing(service_id="legacy-soap", field="service", names={"Checkout (EU)": "orders"})
    rows.make(ADA, "Grafana of the shop", "grafana", by_label)
    heard = rows.make(ADA, None, "pagerduty", Routing(service_id="checkout-api"))
    rows.note_request(heard.id, EVENT, "trigger checkout-api: unhealthy")
    on_call_sample.fill_for_pictures(database)
    for service in ("data-lake", "kafka-eu"):
        team.ports.policies.put(PolicyUse(service_id=service, uses="Storage"), author=ADA)
    accounts = SqlAccounts(database)
    accounts.add(ADA, GRACE, "engineer")
    accounts.add(ADA, "linus@example.com", "viewer")


@contextmanager
def sample() -> Iterator[Sample]:
    """The installation, served while the context is open."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "pager.db"
        with closing(Database(f"sqlite:///{path}")) as database:
            fill(database)
            app = application_on(database)
            session = signed_in(app, database, "administrator").cookies[COOKIE]
            with served(app) as url:
                yield Sample(url, session)
