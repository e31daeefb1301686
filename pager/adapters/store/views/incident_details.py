"""What the page of an incident shows beside its timeline: how it began, and who was told."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import decisions, on_call_edits, outbox, policy_edits
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.incidents import OF_INCIDENTS, incidents
from pager.adapters.store.views.states import states_of
from pager.adapters.store.views.status import (
    DELIVERY,
    NotificationStatus,
    notification_status,
)
from pager.adapters.store.views.timeline import clock_time
from pager.model import Healthy, Unhealthy


class PolicyEdit(NamedTuple):
    """An edit of a policy, as people know it: by whom and when. `version` is for addresses."""

    version: int
    at: datetime
    author: str | None
    """None where nobody has said who it was."""

    @property
    def in_words(self) -> str:
        """For a text."""
        by = f"by {self.author}, " if self.author else ""
        return f"as edited {by}{clock_time(self.at)}"


class Beginning(NamedTuple):
    """The first decision of an incident."""

    message: str
    """What the first Alert says; "" where that cannot be read."""
    policy_of: str | None
    """The service whose policy was used, which may be the fallback; None where it is forgotten."""
    shared_policy: str | None = None
    """The name of the shared policy that it used; None where it was one of its own."""
    edit: PolicyEdit | None = None
    """Which had made the policy what it was, the shared one or its own; None where it is forgotten.
    """


class Told(NamedTuple):
    """Who was told of an incident."""

    pages: Sequence[NotificationStatus]
    """Some of them: the last Levels first, each in the order of the policy."""
    number: int
    """How many there are."""


def beginning_of(database: Readable, service_id: str, incident: int) -> Beginning | None:
    """How an incident began; None where the journal does not have it (any more)."""
    policy, shared = policy_edits.c, on_call_edits.c
    newest = on_call_edits.alias().c
    of_shared = (
        select(func.max(newest.id))
        .where(
            newest.kind == "policy",
            newest.name == policy.uses,
            newest.edited_at <= decisions.c.decided_at,
        )
        .scalar_subquery()
    )
    its_edit = (shared.id, shared.edited_at, shared.author)
    query = (
        select(decisions.c.after, policy.service_id, policy.id, policy.uses)
        .add_columns(policy.edited_at, policy.author, *its_edit)
        .outerjoin(policy_edits, decisions.c.policy_edit == policy.id)
        .outerjoin(on_call_edits, shared.id == of_shared)
        .where(OF_INCIDENTS)
        .order_by(decisions.c.version)
        .limit(1)
    )
    which = incidents(service_id, incident, incident)
    row = database.read(lambda connection: connection.execute(query, which).one_or_none())
    if row is None:
        return None
    text, policy_of, version, uses, *edit = row
    try:
        after = SERVICES.decode_known(text, service_id)
        message = after.message if isinstance(after, Unhealthy) else ""
    except Unreadable:
        message = ""
    at, author, *edit_of_shared = edit
    its_own = (version, at, author)
    return Beginning(message, policy_of, uses, _edit(*(edit_of_shared if uses else its_own)))


def _edit(version: int | None, at: int | None, author: str | None) -> PolicyEdit | None:
    return None if version is None or at is None else PolicyEdit(version, moment(at), author)


def told_in(database: Readable, service_id: str, incident: int, at_most: int) -> Told:
    """Who was told of an incident, and how it went."""
    which = and_(
        outbox.c.service_id == service_id,
        outbox.c.incident == incident,
        outbox.c.channel != "timer",
    )
    query = (
        select(outbox, DELIVERY)
        .where(which)
        .order_by(outbox.c.version.desc(), outbox.c.id)
        .limit(at_most)
    )

    def read(connection: Connection) -> Told:
        # Whether a page that waits is still wanted, the state of the service says.
        service = states_of(connection, [service_id]).readable.get(
            service_id, Healthy(service_id=service_id)
        )
        number = connection.scalar(select(func.count()).select_from(outbox).where(which)) or 0
        pages = (notification_status(row, service) for row in connection.execute(query))
        return Told([page for page in pages if page is not None], number)

    return database.read(read)
