"""Pages of running incidents that have not left: somebody should know by now, and was not told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from sqlalchemy import Connection, Select, func, select, union

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.schema import decisions, outbox
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.channels_of_policies import PageChannel
from pager.adapters.store.views.due_effects import DECIDED, IN_ORDER, first_wanted

LEAVES_WITHIN = timedelta(minutes=1)
"""A page that waits for longer is overdue. One that failed, and is tried again, is at once."""


class OverduePages(NamedTuple):
    """The overdue pages of one channel; at least one."""

    channel: PageChannel
    number: int
    has_more: bool
    """Whether there may be more than `number`: not all were looked at."""
    since: datetime
    """When the oldest of them was decided, by the database's clock."""
    detail: str
    """What the provider answered to the oldest that was tried; empty where none was."""


def overdue_pages(database: Readable, now: Now = database_clock) -> Sequence[OverduePages]:
    """Those of each channel that has some."""
    return database.read(lambda connection: _read(connection, now))


def _read(connection: Connection, now: Now) -> list[OverduePages]:
    overdue = []
    channels: tuple[PageChannel, ...] = get_args(PageChannel)
    for channel in channels:

        def due(last: int, at_most: int, channel: PageChannel = channel) -> Select[int]:
            return _overdue(channel, now, last, at_most)

        pages, has_more = first_wanted(connection, due)
        if pages:
            oldest = min(page.since for page in pages)
            detail = next((page.detail for page in pages if page.detail), "")
            overdue.append(OverduePages(channel, len(pages), has_more, moment(oldest), detail))
    return overdue


def _overdue(channel: PageChannel, now: Now, last: int, at_most: int) -> Select[int]:
    """The ids after `last`. Each part is read in an index that has only what is not settled."""
    before = now() - milliseconds(LEAVES_WITHIN)
    pages = (
        select(outbox.c.id)
        .where(outbox.c.channel == channel, outbox.c.id > last, outbox.c.due_at.is_not(None))
        .order_by(IN_ORDER)
        .limit(at_most)
    )
    waits = pages.where(outbox.c.due_at <= before)
    is_tried_again = pages.where(outbox.c.claimed_by.is_(None), outbox.c.attempt > 0)
    # A claim moves the due time: what is claimed is late by the time of its decision.
    decided_at = func.coalesce(decisions.c.decided_at, 0)
    is_late = (outbox.c.status != "waiting") | (decided_at <= before)
    is_claimed = pages.outerjoin(decisions, DECIDED).where(
        outbox.c.claimed_by.is_not(None), is_late
    )
    parts = (part.subquery() for part in (waits, is_tried_again, is_claimed))
    ids = union(*(select(part.c.id) for part in parts)).subquery()
    return select(ids.c.id).order_by(ids.c.id).limit(at_most)
