"""What monitors send in their own protocols, beside Alerts in Pager's own, in the same run."""

import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from pydantic import BaseModel

from benchmarks.generator import ACCEPTED, HEAD_END, Connection, request
from benchmarks.machine import BenchmarkError, percentiles, wait_until_quiet
from benchmarks.sinks import running_sink
from benchmarks.systems import Alert, Pager, Setting

TIMEOUT = 60.0
"""Seconds that the e-mails of a request may take."""
TEXT = "p99 latency above 3 s"


class Intake(BaseModel):
    """Requests with so many Alerts, each of a service of its own that is Healthy before."""

    alerts: int
    requests: int
    # From the first byte of a request to its answer, when all of it is committed.
    native_p50_ms: float
    alertmanager_p50_ms: float
    # Of the server, for a request and its e-mails.
    native_cpu_ms: float
    alertmanager_cpu_ms: float

    @property
    def time_ratio(self) -> float:
        """The time of Alertmanager's payload beside that of native Alerts."""
        return self.alertmanager_p50_ms / self.native_p50_ms

    @property
    def cpu_ratio(self) -> float:
        """The same of the CPU time."""
        return self.alertmanager_cpu_ms / self.native_cpu_ms


def measure_intake(alerts: int, requests: int, *, quiet_timeout: float = 30.0) -> Intake:
    """So many requests of each kind in turn, of so many alerts. Raises BenchmarkError."""
    system = Pager()
    services = [f"svc{number:06d}" for number in range(2 * requests * alerts)]
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as folder,
        running_sink() as sink,
        system.running(Setting(Path(folder), sink.port, services, 1)) as server,
    ):
        client = Connection(server.ports[0])
        path = _integration(client, services[0])
        wait_until_quiet(quiet_timeout)
        times: tuple[list[float], list[float]] = ([], [])
        cpu = [0.0, 0.0]
        for number in range(2 * requests):
            names, kind = services[number * alerts : (number + 1) * alerts], number % 2
            native = system.request([Alert(name, TEXT) for name in names])
            data = request("POST", path, payload(names)) if kind else native
            before, began = _cpu(server.pids), time.perf_counter()
            if client.ask(data) not in ACCEPTED:
                raise BenchmarkError(f"a request was refused: {client.received[:500]!r}")
            times[kind].append(time.perf_counter() - began)
            if not sink.wait((number + 1) * alerts, time.time() + TIMEOUT):
                raise BenchmarkError("some e-mails did not come")
            time.sleep(0.3)  # until what was sent is recorded
            cpu[kind] += _cpu(server.pids) - before
    return Intake(
        alerts=alerts,
        requests=requests,
        native_p50_ms=percentiles(times[0]).p50_ms,
        alertmanager_p50_ms=percentiles(times[1]).p50_ms,
        native_cpu_ms=round(cpu[0] / requests * 1e3, 1),
        alertmanager_cpu_ms=round(cpu[1] / requests * 1e3, 1),
    )


def payload(services: Sequence[str]) -> bytes:
    """What Alertmanager sends of a group with an alert of each of these services."""
    alerts = [
        {
            "status": "firing",
            "labels": {
                "alertname": "HighLatency",
                "instance": f"{service}:9090",
                "service": service,
                "severity": "critical",
            },
            "annotations": {"summary": TEXT},
            "startsAt": "2026-11-28T18:25:44.86584042Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example.com/graph?g0.expr=1",
            "fingerprint": f"{number:016x}",
        }
        for number, service in enumerate(services)
    ]
    common = {"alertname": "HighLatency", "severity": "critical"}
    group = {
        "receiver": "pager",
        "status": "firing",
        "alerts": alerts,
        "groupLabels": {"alertname": "HighLatency"},
        "commonLabels": common,
        "commonAnnotations": {"summary": TEXT},
        "externalURL": "http://alertmanager.example.com:9093",
        "version": "4",
        "groupKey": '{}:{alertname="HighLatency"}',
        "truncatedAlerts": 0,
    }
    return json.dumps(group).encode()


def _integration(client: Connection, service: str) -> str:
    """The path of a new integration. Raises BenchmarkError."""
    new = {"protocol": "alertmanager", "service_id": service, "field": "service"}
    if client.ask(request("POST", "/integrations", json.dumps(new).encode())) not in ACCEPTED:
        raise BenchmarkError(f"no integration was made: {client.received[:500]!r}")
    key = json.loads(client.received.partition(HEAD_END)[2])["key"]
    return f"/integrations/v1/alertmanager/{key}/"


def _cpu(roots: Sequence[int]) -> float:
    """The CPU seconds that these processes and their children have used."""
    used = 0.0
    for root in map(psutil.Process, roots):
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
    return used
