# ruff: noqa: S608 - the statements are our own texts
"""How cost grows with what is stored: each page and one decision, without a server round them.

The rows are copies, made by the database itself, of services that the real code has written.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection

from benchmarks.machine import say
from benchmarks.results import Line, Plot
from pager import Acknowledgement, Alert, EmailTarget, EscalationPolicy, HealthyEvent, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import metadata
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.store.views.incidents import incident_of
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.overview import ServicesOverview
from pager.adapters.store.views.status import ServiceStatuses
from pager.ports import Outcome
from pager.service import PagerService

MEASURED_FOR = 0.25
"""Seconds of each point, at the least."""
LONG, SHORT = "healthy-api", "unhealthy-api"
"""The services that are copied."""
ROWS_OF_AN_INCIDENT = 6
"""Three decisions, two pages and a delay."""
PAGE = 100
"""Services, or policies, of a page of the API."""

Reads = dict[str, Callable[[], object]]


def plots(*, is_quick: bool) -> list[Plot]:
    """All of them; small ones where `is_quick`."""
    return [
        _services([20, 200, 1_000] if is_quick else [100, 1_000, 10_000, 50_000]),
        _journal([1_000, 10_000] if is_quick else [10_000, 100_000, 1_000_000, 10_000_000]),
        _edits("own", [1, 100] if is_quick else [1, 100, 2_000]),
        _edits("others", [1, 1_000] if is_quick else [1, 1_000, 10_000, 50_000]),
    ]


def _services(sizes: Sequence[int]) -> Plot:
    """A tenth of the services is Unhealthy."""

    def reads(number: int) -> Iterator[Reads]:
        with _database() as database:
            _begin(database)
            _copy(database, LONG, number - number // 10 - 1)
            _copy(database, SHORT, number // 10 - 1)
            yield _reads(database)

    return _plot("store-services", "What is read against services", "services", sizes, reads)


def _journal(sizes: Sequence[int]) -> Plot:
    """Decisions and effects: half of them of the service that is looked at, half of another one."""

    def reads(number: int) -> Iterator[Reads]:
        with _database() as database:
            _begin(database)
            _copy(database, LONG, 1_000)
            for service in (SHORT, f"{LONG}-1"):
                _repeat_incident(database, service, number // 2 // ROWS_OF_AN_INCIDENT)
            yield _reads(database)

    return _plot("store-journal", "What is read against the journal", "rows", sizes, reads)


def _edits(whose: str, sizes: Sequence[int]) -> Plot:
    """Edits of the policy of one service, or of policies of others."""

    def reads(number: int) -> Iterator[Reads]:
        with _database() as database:
            _begin(database)
            if whose == "own":
                _repeat_edit(database, SHORT, number)
            else:
                _copy(database, LONG, number, ["policy_edits"])
            yield _reads(database)

    of = "one service" if whose == "own" else "other services"
    title = f"What is read against edits of policies of {of}"
    return _plot(f"store-edits-{whose}", title, "edits", sizes, reads)


def _plot(
    name: str,
    title: str,
    x: str,
    sizes: Sequence[int],
    databases: Callable[[int], Iterator[Reads]],
) -> Plot:
    """The milliseconds of each read, in a database of each size."""
    points: dict[str, list[tuple[float, float]]] = {}
    for size in sizes:
        for reads in databases(size):
            for what, read in reads.items():
                points.setdefault(what, []).append((size, _milliseconds(read)))
        latest = ", ".join(f"{what} {line[-1][1]:g} ms" for what, line in points.items())
        say(f"  {title}, {size:,}: {latest}")
    lines = [Line(name=what, points=line) for what, line in points.items()]
    return Plot(name=name, title=title, x=x, y="CPU ms", lines=lines)


def _milliseconds(read: Callable[[], object]) -> float:
    """CPU time of one read, after the first one, which compiles the queries."""
    read()
    begin, end, times = time.process_time(), time.perf_counter() + MEASURED_FOR, 0
    while times < 3 or time.perf_counter() < end:  # noqa: PLR2004 - one may be disturbed
        read()
        times += 1
    return round((time.process_time() - begin) / times * 1_000, 3)


def _reads(database: Database) -> Reads:
    """What people and programs read, and one decision."""
    overview, board = ServicesOverview(database), ServiceStatuses(database)
    ports, journal = SqlPorts(database), Journal(database)
    incident = ports.services.load(SHORT).service.incident
    pager = PagerService(ports.policies, ports.services)

    def service_page() -> None:
        board.with_few_pages(SHORT, 40)
        journal.newest(SHORT, incident, 51)

    def acknowledge_page() -> None:
        board.with_few_pages(SHORT, 10)
        ports.policies.of(SHORT)
        incident_of(database, SHORT, incident)

    def decision() -> None:
        """Two of them: the incident of another service begins and ends."""
        pager.receive(Alert(service_id=LONG, message="p99 latency above 3 s"))
        pager.receive(HealthyEvent(service_id=LONG))

    return {
        "Now": overview.read,
        "GET /services": lambda: board.page(Names(after="h"), PAGE),
        "GET /escalation-policies": lambda: ports.policies.find(Names(after="h"), PAGE),
        "/metrics": lambda: read_gauges(database),
        "a service's page": service_page,
        "the acknowledge page": acknowledge_page,
        "two decisions": decision,
    }


@contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as folder:
        database = Database(f"sqlite:///{folder}/pager.db")
        try:
            yield database
        finally:
            database.close()


def _begin(database: Database) -> None:
    """One service after its incident, and one in it: two pages and a timer each."""
    ports = SqlPorts(database)
    pager = PagerService(ports.policies, ports.services)
    names = ("ada", "grace")
    targets = tuple(EmailTarget(address=f"{name}@example.com") for name in names)
    levels = (Level(targets=targets), Level(targets=targets))
    for service in (LONG, SHORT):
        ports.policies.put(EscalationPolicy(service_id=service, levels=levels))
        pager.receive(Alert(service_id=service, message="p99 latency above 3 s"))
    pager.receive(Acknowledgement(service_id=LONG, incident=1, by="ada"))
    pager.receive(HealthyEvent(service_id=LONG))
    for claim in ports.outbox.claim("email", 10):
        ports.outbox.settle(claim, Outcome("sent", "250 accepted"))
    for claim in ports.outbox.claim("timer", 10):
        ports.timer.set(claim.effect.timeout, timedelta(hours=1))  # type: ignore[union-attr]  # it is the timer's
        ports.outbox.settle(claim, Outcome("sent"))


BY_SERVICE = ("policy_edits", "monitored_services", "decisions", "outbox", "timers")
WITH_THE_NAME = {
    *("service_id", "state", "message", "after", "effect", "idempotency_key", "policy"),
}


def _copy(database: Database, service: str, times: int, tables: Sequence[str] = BY_SERVICE) -> None:
    """Other services, of which everything is as of that one."""
    for table in tables:
        _insert(
            database,
            table,
            times,
            lambda column: (
                f"replace({column}, '{service}', '{service}-' || n)"
                if column.strip('"') in WITH_THE_NAME
                else column
            ),
            f"service_id = '{service}'",
        )


def _repeat_incident(database: Database, service: str, times: int) -> None:
    """Earlier incidents of that service: three decisions and the effects of one, in each."""
    if times < 1:
        return
    last = 3 * times + 1
    database.write(lambda connection: _move(connection, service, times + 1, last))
    for part in (1, 2, 3):
        values = {"incident": "n", "version": f"3 * (n - 1) + {part}"}
        which = f"service_id = '{service}' AND version = {last}"
        _insert(database, "decisions", times, _instead(values), which)
    values = {
        "incident": "n",
        "version": "3 * (n - 1) + 1",
        "idempotency_key": "'copy-' || n || '-' || idempotency_key",
        "due_at": "NULL",
    }
    which = f"service_id = '{service}' AND incident = {times + 1}"
    _insert(database, "outbox", times, _instead(values), which)


def _instead(values: Mapping[str, str]) -> Callable[[str], str]:
    """A column's value, or another one."""
    return lambda column: values.get(column.strip('"'), column)


def _move(connection: Connection, service: str, incident: int, version: int) -> None:
    """Let the last incident have that number."""
    where = f"WHERE service_id = '{service}'"
    newest = f"(SELECT max(version) FROM decisions {where})"
    for statement in (
        f"DELETE FROM decisions {where} AND version < {newest}",
        f"UPDATE decisions SET incident = {incident}, version = {version} {where}",
        f"UPDATE outbox SET incident = {incident}, version = {version} {where}",
        f"UPDATE timers SET incident = {incident} {where}",
        f"UPDATE monitored_services SET incident = {incident}, begun_incident = {incident},"
        f" version = {version},"
        f" state = replace(state, '\"incident\":1', '\"incident\":{incident}') {where}",
    ):
        connection.exec_driver_sql(statement)


def _repeat_edit(database: Database, service: str, times: int) -> None:
    """Earlier edits of the policy of that service."""
    _insert(database, "policy_edits", times, lambda column: column, f"service_id = '{service}'")


def _insert(
    database: Database,
    table: str,
    times: int,
    expression: Callable[[str], str],
    which: str,
) -> None:
    """So many copies of those rows, in which each column has that value; `n` counts them."""
    if times < 1:
        return
    names = [column.name for column in metadata.tables[table].columns if column.name != "id"]
    quoted = [f'"{name}"' for name in names]
    values = ", ".join(map(expression, quoted))
    statement = (
        f"INSERT INTO {table} ({', '.join(quoted)}) WITH RECURSIVE numbers (n) AS "
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {times}) "
        f"SELECT {values} FROM {table}, numbers WHERE {which}"
    )
    database.write(lambda connection: connection.exec_driver_sql(statement))
