"""What there was of each service, in the terms of the checks: the journal, e-mails, answers."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from contract.channels.smtp_server import Received
from nemesis.deliveries import Attempt, Email
from nemesis.history import Operation
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views import entries as kinds
from pager.adapters.store.views import journal
from pager.decide import Decision
from pager.messages import Notification
from pager.model import EscalationPolicy, Healthy, MonitoredService
from pager.oncall.policies import PolicyUse

PAGE = re.compile(
    r"(Level \d+: nobody (?:answered Level \d+|has answered yet)\.\n\n)?"
    r"Acknowledge: http://(?P<node>[^/]+)-\d+\.example\.com/\S+\n[^\n]*\n\n"
    r"Monitored Service: (?P<service>\S+)\nIncident: (?P<incident>\d+)(?: \([^)\n]*\))?\n"
    r"Level: (?P<level>\d+)\n"
    r"\nThe Alert says:\n(?P<quotation>.*)",
    re.DOTALL,
)
"""An e-mail as a Target reads it. Its link leads to that start of a node which sent it."""


class Evidence(NamedTuple):
    """All that is known of one service."""

    edits: Sequence[EscalationPolicy | None]
    changes: Sequence[Decision]
    decided_at: Sequence[datetime]
    attempts: Sequence[Attempt]
    emails: Sequence[Email]
    operations: Sequence[Operation]


def collect(
    database: Readable, messages: Sequence[Received], operations: Mapping[str, Sequence[Operation]]
) -> dict[str, Evidence]:
    """The evidence of each service that clients have dealt with, or that e-mails are about."""
    emails: dict[str, list[Email]] = {service_id: [] for service_id in operations}
    for received in messages:
        email = page(received)
        emails.setdefault(email.idempotency_key.partition("/")[0], []).append(email)
    found = {}
    for service_id in sorted(emails):
        known = from_journal(service_id, journal.Journal(database).of(service_id))
        keys = _keys_by_level(known[1])
        found[service_id] = Evidence(
            *known,
            emails=[
                email._replace(
                    idempotency_key=keys.get(email.idempotency_key, email.idempotency_key)
                )
                for email in emails[service_id]
            ],
            operations=operations.get(service_id, []),
        )
    return found


def _keys_by_level(changes: Sequence[Decision]) -> dict[str, str]:
    """The key of each page, by that key with the number of its Level in the place of its step.

    An edit may lead back to a Level that was told. In one incident of a storm nobody is told twice,
    so one number stands for one step.
    """
    return {
        f"{page.service_id}/{page.incident}/{page.policy_level}/{page.target.key}": (
            page.idempotency_key
        )
        for change in changes
        for page in change.effects
        if isinstance(page, Notification)
    }


def from_journal(
    service_id: str, entries: Sequence[kinds.Entry]
) -> tuple[list[EscalationPolicy | None], list[Decision], list[datetime], list[Attempt]]:
    """The first of the Evidence: each change is made on the one before."""
    edits, changes, decided_at, attempts = [], [], [], []
    service: MonitoredService = Healthy(service_id=service_id)
    for entry in entries:
        match entry:
            case kinds.Decided():
                changes.append(
                    Decision(
                        message=entry.message,
                        before=service,
                        policy=entry.policy,
                        after=entry.after,
                        effects=entry.effects,
                        rules=entry.rules,
                    )
                )
                decided_at.append(entry.at)
                service = entry.after
            case kinds.Attempt():
                at = entry.at.timestamp() - time.time() + time.monotonic()
                attempts.append(Attempt(entry.idempotency_key, entry.status, at))
            case kinds.PolicyEdit():
                assert not isinstance(entry.policy, PolicyUse)
                edits.append(entry.policy)
            case kinds.Reported():
                pass  # of SMS; the nemesis sends e-mails only
            case kinds.Note():
                pass  # of people; it is no part of the journal
            case kinds.UnreadableEntry():
                raise AssertionError(entry)
    return edits, changes, decided_at, attempts


def page(received: Received) -> Email:
    """Which page an e-mail is, by what it says: it knows the Level, and not the step."""
    found = PAGE.match(received.text)
    [recipient] = received.recipients
    assert found is not None, received.text
    step = "/".join(found.group("service", "incident", "level"))
    return Email(
        at=received.at,
        node=found["node"],
        idempotency_key=f"{step}/{recipient}",
        message_id=str(received.message["Message-ID"]),
        message="\n".join(line[len("> ") :] for line in found["quotation"].splitlines()),
    )
