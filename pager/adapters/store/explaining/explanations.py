"""Who was told of an incident at a moment, or would be, and why."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, select

from pager.adapters.store.configuration.reading import stored_configuration
from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock, since_1970
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.schema import maintenance_windows, monitored_services, policy_edits
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.explaining.past import incident_at, past_course
from pager.adapters.store.explaining.situations import SqlSituations
from pager.configuration.configuration import Configuration
from pager.configuration.spelling import as_known
from pager.explain.asked import check_asked
from pager.explain.course import Course, rehearsed
from pager.explain.explanation import explain, time_zone_of
from pager.explain.values import Explanation
from pager.model import FALLBACK

MOST_WINDOWS = 20
"""Maintenance windows that follow each other."""


class Question(NamedTuple):
    """What is asked."""

    service_id: str
    at: datetime | None = None
    """None: now."""
    person: str | None = None
    time_zone: str | None = None
    """In which moments are shown; None: in that of the first schedule that the policy names."""
    acknowledged_after: timedelta | None = None
    """When somebody would acknowledge, where it is rehearsed; None: nobody."""


class ServiceClock(NamedTuple):
    """How moments are typed that are about a service."""

    time_zone: str
    """That of the first schedule that its policy names."""
    now: datetime


class Explanations:
    """Answers to questions."""

    def __init__(self, database: Readable, now: Now = database_clock) -> None:
        """Read from `database`, by the time of `now`."""
        self._database = database
        self._now = now

    def clock_of(self, service_id: str) -> ServiceClock:
        """Of which time zone a time is that somebody types about the service, and the time now."""

        def read(connection: Connection) -> ServiceClock:
            now = moment(read_clock(connection, self._now))
            situation = SqlSituations(connection).at(service_id, now)
            return ServiceClock(time_zone_of(situation), now)

        return self._database.read(read)

    def of(self, question: Question) -> Explanation:
        """Of the incident that was running then, or of an Alert at that moment, rehearsed.

        What is set up now counts for the future. Raises NobodyOfThatName where the service uses a
        shared policy that this version of Pager cannot read; NotThere where nobody knows the
        service, or the person.
        """
        return self._database.read(lambda connection: self._of(connection, question))

    def _of(self, connection: Connection, question: Question) -> Explanation:
        now = moment(read_clock(connection, self._now))
        at = question.at or now
        course = _past(connection, question.service_id, at) if at <= now else None
        if course is None:
            course = _rehearsed(connection, question, at)
        people = course.situation.directory.people
        person = question.person and as_known(question.person, people)
        return explain(course, at, person, question.time_zone)


def _past(connection: Connection, service_id: str, at: datetime) -> Course | None:
    incident = incident_at(connection, service_id, at)
    return None if incident is None else past_course(connection, service_id, incident)


def _rehearsed(connection: Connection, question: Question, at: datetime) -> Course:
    situation = SqlSituations(connection).at(question.service_id, at)
    if situation.own is None and situation.fallback is None:
        _check_known(connection, question.service_id)
    policies = {question.service_id: situation.own, FALLBACK: situation.fallback}
    configuration = Configuration(
        situation.directory,
        {name: policy for name, policy in policies.items() if policy is not None},
    )
    until = _maintenance_until(connection, question.service_id, at)
    return rehearsed(configuration, situation, at, question.acknowledged_after, until)


def _check_known(connection: Connection, service_id: str) -> None:
    """Raises NotThere for a service that never had a policy nor an incident, where nothing that is
    set up names it."""
    traces = (policy_edits.c.service_id, monitored_services.c.service_id)
    if any(connection.scalar(select(exists().where(name == service_id))) for name in traces):
        return
    with suppress(Unreadable):  # what cannot be read may name it
        check_asked(stored_configuration(connection).configuration, service_id, person=None)


def _maintenance_until(connection: Connection, service_id: str, at: datetime) -> datetime | None:
    """How long the service is in maintenance from that moment on; None where it is in none."""
    columns = maintenance_windows.c
    until = since_1970(at)
    for _ in range(MOST_WINDOWS):
        query = select(func.max(columns.ends_at)).where(
            columns.service_id == service_id, columns.starts_at <= until, columns.ends_at > until
        )
        end = connection.scalar(query)
        if end is None:
            break
        until = end
    return None if until == since_1970(at) else moment(until)
