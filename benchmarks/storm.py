"""A storm: many services fail at once, each several times, and every Target must be told once."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.generator import ACCEPTED, drive
from benchmarks.machine import BenchmarkError, say, wait_until_quiet
from benchmarks.sampler import Sampler
from benchmarks.sinks import Sink, running_sink
from benchmarks.systems import Alert, Running, Setting, System, recipient

SEED = 14
TIMEOUT = 240.0
"""Seconds that the last e-mail may take."""
SETTLE = 1.5
"""Seconds to go on watching for a second e-mail to the same Target."""
TRIES = 3
OTHER_CPU = 0.1
"""The part of one CPU that anything else may have used during a run."""
OTHER_CPU_SECONDS = 0.3
"""And so many CPU seconds besides: the kernel's work for the storm is charged to nobody."""


class Storm(BaseModel):
    """What is raised."""

    model_config = ConfigDict(frozen=True)

    services: int = 5000
    duplicates: int = 4
    # Whether a duplicate says the same as the first Alert; Pager notes another text in its journal.
    same_text: bool = False
    # Alerts a request.
    batch: int = 1
    targets: int = 2
    connections: int = 32
    # Seconds that the SMTP server takes for each e-mail.
    smtp_delay: float = 0.0

    def names(self) -> list[str]:
        """Of its services."""
        return [f"svc{i:06d}" for i in range(self.services)]

    def alerts(self) -> list[Alert]:
        """All Alerts, always in the same order."""
        alerts = [
            Alert(service, "down" if self.same_text else f"down {duplicate}")
            for duplicate in range(self.duplicates + 1)
            for service in self.names()
        ]
        random.Random(SEED).shuffle(alerts)  # noqa: S311 - no secret
        return alerts


class Run(BaseModel):
    """What one storm on one pager showed. Times are from the first Alert on."""

    alerts_per_s: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    # None where the pager sends no e-mail.
    first_mail_s: float | None
    last_mail_s: float | None
    mails: int
    missing: int
    doubled: int
    unexpected: int
    # Until the last e-mail: of the pager and its database.
    cpu_s: float
    peak_mib: float
    # Of everything else.
    other_cpu_s: float
    seconds: float

    @property
    def is_quiet(self) -> bool:
        """Whether nothing else used the machine."""
        return self.other_cpu_s <= OTHER_CPU * self.seconds + OTHER_CPU_SECONDS

    @property
    def is_right(self) -> bool:
        """Whether every Alert was taken, and every Target told once."""
        wrong = self.missing + self.doubled + self.unexpected
        return wrong == 0 and not set(self.statuses) - ACCEPTED


def run_storm(
    system: System,
    storm: Storm,
    *,
    quiet_timeout: float = 30.0,
    prepare: Callable[[Path], object] | None = None,
    watch: Callable[[Running], AbstractContextManager[object]] | None = None,
) -> Run:
    """One storm on a new server. Raises BenchmarkError where it does not start or hangs up.

    `prepare` fills the server's folder before it starts; `watch` is entered for the storm itself.
    """
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as folder,
        running_sink(delay=storm.smtp_delay) as sink,
        ExitStack() as stack,
    ):
        if prepare is not None:
            prepare(Path(folder))
        setting = Setting(Path(folder), sink.port, storm.names(), storm.targets)
        server = stack.enter_context(system.running(setting))
        alerts = storm.alerts()
        requests = [
            system.request(alerts[first : first + storm.batch])
            for first in range(0, len(alerts), storm.batch)
        ]
        wait_until_quiet(quiet_timeout)
        if watch is not None:
            stack.enter_context(watch(server))
        return _measure(system, storm, requests, server, sink)


def _measure(
    system: System, storm: Storm, requests: Sequence[bytes], server: Running, sink: Sink
) -> Run:
    expected = {
        recipient(service, target) for service in storm.names() for target in range(storm.targets)
    }
    if not system.sends_mail:
        expected = set()
    with Sampler(server.pids, [sink.pid]) as sampler:
        answers = drive(requests, server.ports, connections=storm.connections, tls=system.tls)
        if sink.wait(len(expected), answers.started + TIMEOUT):
            time.sleep(SETTLE)
    accepted = sink.accepted()
    answered = answers.started + answers.seconds
    ended = max([answered, *(mail.at for mail in accepted[-1:])])
    received = Counter(mail.recipient for mail in accepted)
    use = sampler.use(until=ended)
    return Run(
        alerts_per_s=round(storm.services * (storm.duplicates + 1) / answers.seconds, 1),
        **answers.latency._asdict(),
        statuses=answers.statuses,
        first_mail_s=round(accepted[0].at - answers.started, 3) if accepted else None,
        last_mail_s=round(accepted[-1].at - answers.started, 3) if accepted else None,
        mails=len(accepted),
        missing=len(expected - set(received)),
        doubled=sum(received[name] - 1 for name in expected & set(received)),
        unexpected=sum(number for name, number in received.items() if name not in expected),
        **use._asdict(),
        seconds=round(ended - answers.started, 3),
    )


def measure(
    system: System,
    storm: Storm,
    *,
    quiet_timeout: float = 30.0,
    prepare: Callable[[Path], object] | None = None,
) -> Run | None:
    """A storm during which nothing else used the machine; None where there was none.

    Runs that something disturbed are thrown away, and said.
    """
    for _ in range(TRIES):
        try:
            run = run_storm(system, storm, quiet_timeout=quiet_timeout, prepare=prepare)
        except (BenchmarkError, OSError) as error:
            say(f"{system.title}: failed: {error}")
            return None
        say(
            f"{system.title}: {run.alerts_per_s:,.0f} Alerts/s, p99 {run.p99_ms} ms, last e-mail"
            f" {run.last_mail_s} s, {run.cpu_s} CPU s, {run.peak_mib} MiB, missing {run.missing},"
            f" doubled {run.doubled}"
        )
        if run.is_quiet:
            return run
        say(f"thrown away: something else used {run.other_cpu_s} CPU s of the {run.seconds} s")
    return None
