"""How cost grows with what there is: each function measures one plot."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Table, create_engine, func, insert, select, update

from benchmarks.generator import ACCEPTED, Connection, drive, request
from benchmarks.machine import BenchmarkError, percentiles, say, wait_until_quiet
from benchmarks.results import Line, Plot
from benchmarks.sinks import Sink, running_sink
from benchmarks.storm import Storm, measure
from benchmarks.systems import Alert, Ceiling, Pager, Running, Setting, System, recipient
from pager import EmailTarget, EscalationPolicy, Level, Notification
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import outbox, policy_edits, timers

ROWS_A_TRANSACTION = 20_000
IN_A_MONTH_MS = 30 * 24 * 3600 * 1000
MB = 1e6
TIMEOUT = 300.0
"""Seconds that e-mails may take."""


class Growth:
    """The plots, small ones where `is_quick`."""

    def __init__(self, *, is_quick: bool, quiet: float) -> None:
        """`quiet` is how many seconds to wait for an idle machine."""
        self._is_quick, self._quiet = is_quick, quiet

    def plots(self) -> list[Callable[[], Plot]]:
        """What measures each of them."""
        return [
            self.services,
            self.targets,
            self.timers_pending,
            self.timers_due,
            self.start,
            self.policy_edits,
            self.database,
        ]

    def services(self) -> Plot:
        """Time to the last page against the services that fail at once."""
        sizes = self._sizes([100, 1_000, 5_000, 20_000, 50_000], [20, 100])

        def last(system: System, services: int) -> float:
            storm = Storm(services=services, duplicates=0)
            return self._last_mail(system, storm)

        return Plot(
            name="services",
            title="Time to the last page against services",
            x="services that fail at once",
            y="seconds to the last of 2 e-mails each",
            lines=[
                _line("Pager", sizes, partial(last, Pager())),
                _line("the ceiling", sizes[:3], partial(last, Ceiling())),
            ],
        )

    def targets(self) -> Plot:
        """Time to the last page against the Targets of a Level."""
        sizes = self._sizes([1, 10, 100, 500], [1, 10])

        def last(system: System, targets: int) -> float:
            storm = Storm(services=10, duplicates=0, targets=targets)
            return self._last_mail(system, storm)

        return Plot(
            name="targets",
            title="Time to the last page against Targets a Level",
            x="Targets of each of 10 services",
            y="seconds to the last e-mail",
            lines=[_line(s.title, sizes, partial(last, s)) for s in (Pager(), Ceiling())],
        )

    def timers_pending(self) -> Plot:
        """A storm while many other acknowledgement delays run."""
        sizes = self._sizes([1, 10_000, 100_000, 1_000_000], [1, 1_000])
        storm = Storm(services=50 if self._is_quick else 1_000)

        def last(pending: int) -> float:
            def prepare(folder: Path) -> None:
                with _database(folder) as database:
                    _fill_timers(database, pending)

            return self._last_mail(Pager(), storm, prepare)

        return Plot(
            name="timers-pending",
            title="A storm while timers of other services are pending",
            x="timers pending",
            y=f"seconds to the last e-mail of {storm.services:,} services",
            lines=[_line("Pager", sizes, last)],
        )

    def timers_due(self) -> Plot:
        """Many acknowledgement delays that end in the same second: each leads to two e-mails."""
        sizes = self._sizes([1_000, 10_000, 50_000], [20, 100])
        return Plot(
            name="timers-due",
            title="Timers that are due in the same second",
            x="timers due",
            y="seconds to the last of 2 e-mails each",
            lines=[_line("Pager", sizes, self._due_at_once)],
        )

    def _due_at_once(self, number: int) -> float:
        names = Storm(services=number).names()
        with _folder() as folder, running_sink() as sink:
            setting = Setting(folder, sink.port, [], 0)
            with Pager().running(setting) as server:
                _put_two_levels(server, names)
                alerts = [Alert(name, "down") for name in names]
                _raise_all(server, [alerts[i : i + 100] for i in range(0, number, 100)])
                _wait_for_mail(sink, number)
                _wait_for_timers(folder, number)
            with _database(folder) as database:
                due = round((time.time() + 8) * 1000)
                moved = update(timers).values(due_at=due)
                database.write(lambda connection: connection.execute(moved))
            with Pager().running(setting):
                if time.time() * 1000 > due:
                    raise BenchmarkError("the server started after its timers were due")
                _wait_for_mail(sink, 3 * number)
            return sink.accepted()[-1].at - due / 1000

    def start(self) -> Plot:
        """How long a start takes until the server answers."""
        sizes = self._sizes([1_000, 100_000, 1_000_000], [100, 1_000])

        def started(fill: Callable[[Database, int], None]) -> Callable[[int], float]:
            def begun(number: int) -> float:
                with _folder() as folder, running_sink() as sink:
                    with _database(folder) as database:
                        fill(database, number)
                    wait_until_quiet(self._quiet)
                    begin = time.monotonic()
                    with Pager().running(Setting(folder, sink.port, [], 0)):
                        return time.monotonic() - begin

            return begun

        return Plot(
            name="start",
            title="A start, until the server answers",
            x="rows",
            y="seconds",
            lines=[
                _line("timers", sizes, started(_fill_timers)),
                _line("open pages", sizes, started(_fill_outbox)),
            ],
        )

    def policy_edits(self) -> Plot:
        """The answer to an Alert against the edits that there were of policies."""
        sizes = self._sizes([1, 100, 2_000, 50_000], [1, 100])
        own = _line("of the service itself", [s for s in sizes if s <= 2_000], self._after_edits)  # noqa: PLR2004 - nobody edits one policy more often
        return Plot(
            name="policy-edits",
            title="An Alert against the edits of policies",
            x="edits",
            y="ms until the answer, p50",
            lines=[own, _line("of other services", sizes, self._after_edits_of_others)],
        )

    def _after_edits(self, number: int) -> float:
        return self._answer(lambda _: "checkout-api", number)

    def _after_edits_of_others(self, number: int) -> float:
        return self._answer(lambda i: f"other-{i}", number)

    def _answer(self, service_of: Callable[[int], str], number: int) -> float:
        with _folder() as folder, running_sink() as sink:
            with _database(folder) as database:
                _insert(
                    database,
                    policy_edits,
                    number,
                    lambda i: {
                        "service_id": service_of(i),
                        "edited_at": i,
                        "policy": _policy(service_of(i), i),
                    },
                )
            with Pager().running(Setting(folder, sink.port, ["checkout-api"], 1)) as server:
                wait_until_quiet(self._quiet)
                client = Connection(server.ports[0])
                took = []
                for i in range(200):
                    data = Pager().request([Alert("checkout-api", f"down {i}")])
                    begin = time.perf_counter()
                    if client.ask(data) not in ACCEPTED:
                        raise BenchmarkError(f"an Alert was refused: {client.status}")
                    took.append(time.perf_counter() - begin)
                return percentiles(took).p50_ms

    def database(self) -> Plot:
        """What one Alert of 10 kB adds to the database."""
        sizes = self._sizes([1, 10, 100, 1_000], [1, 10])

        def grown(targets: int) -> float:
            with _folder() as folder, running_sink() as sink:
                setting = Setting(folder, sink.port, ["checkout-api"], targets)
                with Pager().running(setting):
                    pass
                before = _size(folder)
                with Pager().running(setting) as server:
                    _raise_all(server, [[Alert("checkout-api", "x" * 10_000)]])
                    _wait_for_mail(sink, targets)
                    time.sleep(0.5)  # the last of them are being settled
                return max((_size(folder) - before) / MB, 0.001)

        return Plot(
            name="database",
            title="What one Alert of 10 kB adds to the database",
            x="Targets of the Level",
            y="MB",
            lines=[_line("SQLite", sizes, grown)],
        )

    def _last_mail(
        self, system: System, storm: Storm, prepare: Callable[[Path], object] | None = None
    ) -> float:
        """When it had come. Raises BenchmarkError where one is missing, or something disturbed."""
        run = measure(system, storm, quiet_timeout=self._quiet, prepare=prepare)
        if run is None or run.last_mail_s is None or not run.is_right:
            raise BenchmarkError("no run was usable")
        return run.last_mail_s

    def _sizes(self, sizes: list[int], quick: list[int]) -> list[int]:
        return quick if self._is_quick else sizes


def _line(name: str, sizes: Sequence[int], measure: Callable[[int], float]) -> Line:
    """The sizes that could be measured: the first one that fails ends it."""
    points: list[tuple[float, float]] = []
    for size in sizes:
        try:
            value = measure(size)
        except (BenchmarkError, OSError) as error:
            say(f"  {name}, {size:,}: failed: {error}")
            break
        say(f"  {name}, {size:,}: {value:.4g}")
        points.append((size, round(value, 4)))
    return Line(name=name, points=points)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def _database(folder: Path) -> Iterator[Database]:
    """Where `Pager` keeps it."""
    database = Database(f"sqlite:///{folder}/pager.db")
    try:
        yield database
    finally:
        database.close()


Row = dict[str, str | int]


def _insert(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    database: Database, table: Table, number: int, row: Callable[[int], Row]
) -> None:
    for first in range(0, number, ROWS_A_TRANSACTION):
        rows = [row(i) for i in range(first, min(first + ROWS_A_TRANSACTION, number))]

        def add(connection: SqlConnection, rows: list[Row] = rows) -> None:
            connection.execute(insert(table), rows)

        database.write(add)


def _fill_timers(database: Database, number: int) -> None:
    due = round(time.time() * 1000) + IN_A_MONTH_MS
    _insert(
        database,
        timers,
        number,
        lambda i: {"service_id": f"other-{i}", "incident": 1, "level": 1, "due_at": due + i},
    )


def _fill_outbox(database: Database, number: int) -> None:
    due = round(time.time() * 1000) + IN_A_MONTH_MS

    def row(i: int) -> Row:
        page = Notification(
            service_id=f"other-{i}",
            incident=1,
            level=1,
            target=EmailTarget(address="a@sink.test"),
            message="down",
        )
        return {
            "channel": page.channel,
            "service_id": page.service_id,
            "incident": 1,
            "idempotency_key": page.idempotency_key,
            "effect": page.model_dump_json(),
            "attempt": 1,
            "due_at": due,
            "status": "failed",
            "detail": "",
        }

    _insert(database, outbox, number, row)


def _policy(service: str, edit: int) -> str:
    target = EmailTarget(address=f"edit-{edit}@sink.test")
    return EscalationPolicy(
        service_id=service, levels=(Level(targets=(target,)),)
    ).model_dump_json()


def _put_two_levels(server: Running, services: Sequence[str]) -> None:
    """One Target, and two more an hour later."""
    requests = []
    for service in services:
        addresses = [recipient(service, target) for target in range(3)]
        pages = [{"type": "email", "address": address} for address in addresses]
        levels = [
            {"targets": pages[:1], "acknowledgement_delay": "PT1H"},
            {"targets": pages[1:], "acknowledgement_delay": "PT1H"},
        ]
        body = json.dumps({"service_id": service, "levels": levels}).encode()
        requests.append(request("PUT", f"/escalation-policies/{service}", body))
    _check(drive(requests, server.ports).statuses)


def _raise_all(server: Running, batches: Sequence[Sequence[Alert]]) -> None:
    _check(drive([Pager().request(alerts) for alerts in batches], server.ports).statuses)


def _check(statuses: dict[str, int]) -> None:
    if set(statuses) - ACCEPTED:
        raise BenchmarkError(f"requests were refused: {statuses}")


def _wait_for_mail(sink: Sink, number: int) -> None:
    if not sink.wait(number, time.time() + TIMEOUT):
        raise BenchmarkError(f"{sink.count()} e-mails of {number} came in {TIMEOUT:.0f} s")


def _wait_for_timers(folder: Path, number: int) -> None:
    """Until each acknowledgement delay runs."""
    engine = create_engine(f"sqlite:///{folder}/pager.db")
    deadline = time.monotonic() + TIMEOUT
    while True:
        with engine.connect() as connection:
            found = connection.scalar(select(func.count()).select_from(timers)) or 0
        if found >= number:
            break
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{found} timers of {number} were set in {TIMEOUT:.0f} s")
        time.sleep(0.2)
    engine.dispose()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("pager.db*"))
