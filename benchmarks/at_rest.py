"""At rest: how long one Alert to an idle server takes until its e-mail is accepted."""

import random
import tempfile
import time
from pathlib import Path

from pydantic import BaseModel

from benchmarks.generator import ACCEPTED, Connection
from benchmarks.machine import BenchmarkError, percentiles, wait_until_quiet
from benchmarks.sinks import running_sink
from benchmarks.systems import Alert, Setting, System

PAUSE = (0.02, 0.06)
"""Seconds between an e-mail and the next Alert: never in step with whatever the server polls."""
TIMEOUT = 30.0
"""Seconds."""


class AtRest(BaseModel):
    """Of Alerts, one after the other."""

    alerts: int
    # From the first byte of the request to the answer.
    answer_p50_ms: float
    answer_p99_ms: float
    # From the first byte of the request until the SMTP server has taken the e-mail.
    mail_p50_ms: float
    mail_p99_ms: float


def measure_at_rest(system: System, alerts: int, *, quiet_timeout: float = 30.0) -> AtRest:
    """So many services raise one Alert, which has one Target. Raises BenchmarkError."""
    names = [f"svc{i:06d}" for i in range(alerts)]
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as folder,
        running_sink(exact=True) as sink,
        system.running(Setting(Path(folder), sink.port, names, 1)) as server,
    ):
        wait_until_quiet(quiet_timeout)
        sent, answered = [], []
        pauses = random.Random(1)  # noqa: S311 - no secret
        client = Connection(server.ports[0])
        for number, name in enumerate(names, start=1):
            data = system.request([Alert(name, "down")])
            sent.append(time.time())
            if client.ask(data) not in ACCEPTED:
                raise BenchmarkError(f"an Alert was refused: {client.status}")
            answered.append(time.time())
            if not sink.wait(number, time.time() + TIMEOUT):
                raise BenchmarkError("an Alert led to no e-mail")
            time.sleep(pauses.uniform(*PAUSE))
        accepted = sink.accepted()
    mails = {mail.recipient.partition("+")[2].partition("@")[0]: mail.at for mail in accepted}
    answers = percentiles([b - a for a, b in zip(sent, answered, strict=True)])
    until_mail = percentiles([mails[name] - at for name, at in zip(names, sent, strict=True)])
    return AtRest(
        alerts=alerts,
        answer_p50_ms=answers.p50_ms,
        answer_p99_ms=answers.p99_ms,
        mail_p50_ms=until_mail.p50_ms,
        mail_p99_ms=until_mail.p99_ms,
    )
