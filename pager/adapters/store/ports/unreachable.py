"""A step that has reached nobody: every page of it is given up, so the timer gives Unreachable."""

from sqlalchemy import Connection, not_, or_, select

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.schema import monitored_services, outbox
from pager.adapters.store.ports.timer import give_at_once
from pager.adapters.store.ports.undelivered import was_not_delivered
from pager.messages import Notification
from pager.ports import GIVEN_UP


def lock_service(connection: Connection, service_id: str) -> None:
    """Let nobody else give up a page of this service before this transaction ends.

    Otherwise two nodes that give up the last two pages of a step would not see each other's. It is
    the first row that a transaction locks for a service, and comes in the order of its `lock_key`.
    """
    service = monitored_services.c.service_id
    connection.execute(select(service).where(service == service_id).with_for_update())


def give_if_unreachable(connection: Connection, page: Notification, now: Now) -> None:
    """Let the Pager receive Unreachable, if every page of the same step is given up.

    The caller has locked the service, and given up `page` in this transaction.
    """
    hopeful = select(outbox.c.id).where(
        outbox.c.service_id == page.service_id,
        outbox.c.incident == page.incident,
        outbox.c.channel != "timer",
        outbox.c.idempotency_key.startswith(page.step_key, autoescape=True),
        or_(outbox.c.due_at.is_not(None), outbox.c.status.not_in(GIVEN_UP)),
        not_(was_not_delivered()),
    )
    if connection.execute(hopeful.limit(1)).first() is None:
        give_at_once(connection, page.unreachable, now)
