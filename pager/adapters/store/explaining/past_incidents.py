"""Incidents as they really were, to be replayed: when each began and ended, and who was told."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, tuple_

from pager.adapters.store.core.clock import moment, optional_moment, since_1970
from pager.adapters.store.core.codecs import EFFECTS, Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import decisions, incidents, outbox
from pager.adapters.store.core.transactions import Readable
from pager.explain.replay import PastIncident, PastPage
from pager.messages import Notification

MOST_PAGES = 20
"""The first ones of an incident."""

_Key = tuple[str, int]
"""A service, and the number of its incident."""


class PastPlace(NamedTuple):
    """The last incident on a page of the list."""

    begun_at: int
    """Milliseconds since 1970."""
    service_id: str
    incident: int


class PastIncidents:
    """The incidents that are kept, the newest first."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def page(
        self, names: Names, since: datetime, at_most: int, after: PastPlace | None = None
    ) -> tuple[Sequence[PastIncident], PastPlace | None]:
        """Those of these services that began at `since` or later, behind that place.

        The second is the place behind which the next page begins; None where this is the last one.
        """
        row = incidents.c
        key = row.begun_at, row.service_id, row.incident
        query = (
            select(incidents)
            .where(names.include(row.service_id), row.begun_at >= since_1970(since))
            .order_by(*(column.desc() for column in key))
            .limit(at_most + 1)
        )
        if after is not None:
            # The first condition is one that the index on begun_at can answer.
            query = query.where(row.begun_at <= after.begun_at, tuple_(*key) < tuple_(*after))

        def read(connection: Connection) -> tuple[Sequence[PastIncident], PastPlace | None]:
            rows = connection.execute(query).all()
            listed = rows[:at_most]
            told = _told(connection, [(one.service_id, one.incident) for one in listed])
            found = [
                PastIncident(
                    service_id=one.service_id,
                    incident=one.incident,
                    begun_at=moment(one.begun_at),
                    acknowledged_at=optional_moment(one.acknowledged_at),
                    ended_at=optional_moment(one.ended_at),
                    told=tuple(told[one.service_id, one.incident]),
                )
                for one in listed
            ]
            last = listed[-1] if len(rows) > at_most else None
            if last is None:
                return found, None
            return found, PastPlace(last.begun_at, last.service_id, last.incident)

        return self._database.read(read)


def _told(connection: Connection, keys: Sequence[_Key]) -> defaultdict[_Key, list[PastPage]]:
    """The first pages of each of these incidents, and when they were decided."""
    found: defaultdict[_Key, list[PastPage]] = defaultdict(list)
    of_incident = outbox.c.service_id, outbox.c.incident
    number = func.row_number().over(partition_by=of_incident, order_by=outbox.c.id)
    pages = (
        select(*of_incident, outbox.c.id, outbox.c.version, outbox.c.effect, number.label("number"))
        .where(tuple_(*of_incident).in_(keys), outbox.c.channel != "timer")
        .subquery()
    )
    query = (
        select(pages.c.service_id, pages.c.incident, pages.c.effect, decisions.c.decided_at)
        .join(
            decisions,
            (decisions.c.service_id == pages.c.service_id)
            & (decisions.c.version == pages.c.version),
        )
        .where(pages.c.number <= MOST_PAGES)
        .order_by(pages.c.id)
    )
    for service_id, incident, text, decided_at in connection.execute(query):
        try:
            page = EFFECTS.decode_known(text, service_id)
        except Unreadable:
            continue
        if isinstance(page, Notification):
            told = PastPage(at=moment(decided_at), target=page.target.key)
            found[service_id, incident].append(told)
    return found
