"""One run: a storm over three nodes and a database while all kinds of things go wrong."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import httpx2
from sqlalchemy import create_engine, text

from nemesis import deliveries, verdict
from nemesis.client import Client
from nemesis.evidence import collect
from nemesis.faults import Nemesis
from nemesis.mail import SlowMailServer
from nemesis.node import Node
from nemesis.plan import PastFault, plan
from nemesis.postgresql import Postgresql
from nemesis.proxy import Proxy
from nemesis.storm import Storm
from nemesis.story import story
from pager.adapters.store.core.database import ReadOnlyDatabase

NODES = 3
LEASE = 6
"""Seconds. A node waits for the mail server for a sixth of it, which takes less than that."""

IDLE_TIMEOUT = 180.0
"""Seconds after which what should be over, now that all is well, is a violation."""


class Run(NamedTuple):
    """The result of a run."""

    report: str
    """The counts; and where something is wrong, that, and the story of the first service."""
    violations: list[str]
    past_faults: list[PastFault]


Tell = Callable[[str], None]
"""Says how far it is."""


def run(seed: int, seconds: float, directory: Path, tell: Tell) -> Run:
    """Let it storm for so long, and for at least one round of faults; then judge.

    What its processes leave behind is in `directory`.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        mail = stack.enter_context(SlowMailServer())
        postgresql = stack.enter_context(Postgresql(directory / "postgresql"))
        settings = {
            "PAGER_SMTP_URL": mail.url,
            "PAGER_MAIL_FROM": "pager@example.com",
            "PAGER_MAIL_RELAYS": "4",
            "PAGER_LEASE": f"PT{LEASE}S",
        }
        networks = [stack.enter_context(Proxy(postgresql.port)) for _ in range(NODES)]
        nodes = [
            stack.enter_context(Node(f"node-{number}", directory, network, settings))
            for number, network in enumerate(networks, 1)
        ]
        nemesis = Nemesis(nodes, postgresql)
        client = stack.enter_context(Client())
        storm = Storm(seed, nodes, client)
        storm.put_policies()
        run_storm(storm, nemesis, seed, seconds, tell)
        tell("The storm is over. Waiting until nothing is left to be done.")
        violations = [*client.wrong, *wait_until_idle(nodes, postgresql.url)]
        tell("Each page is judged.")
        violations += verdict.audit(postgresql.url, directory)
        with closing(ReadOnlyDatabase(postgresql.url)) as database:
            services = collect(database, mail.messages, client.histories)
    past_faults = nemesis.past_faults
    lines = [f"seed {seed}", *verdict.counts(storm.outcomes, past_faults, services), *violations]
    stories: list[str] = []
    for service_id, evidence in services.items():
        found = list(
            verdict.violations(service_id, evidence, client.edits[service_id], past_faults)
        )
        lines += found
        violations += found
        if found and not stories:
            stories.append(f"{service_id} in full.\n{story(began, evidence, past_faults)}")
    return Run("\n".join([*lines, *stories]), violations, past_faults)


def run_storm(storm: Storm, nemesis: Nemesis, seed: int, seconds: float, tell: Tell) -> None:
    """Let the clients send while the faults happen. No fault is left when it returns."""
    stop = threading.Event()
    began = time.monotonic()
    ends = began + seconds
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(storm.run, stop)
        try:
            for steps in plan(seed, NODES, LEASE):
                for step in steps:
                    faults = ", ".join(fault.kind for fault in step.faults)
                    asked = len(storm.outcomes)
                    tell(f"{time.monotonic() - began:5.0f} s, {asked:6,} requests: {faults}")
                    nemesis.carry_out(step)
                if running.done() or time.monotonic() >= ends:
                    break
        finally:
            stop.set()
        running.result()


def wait_until_idle(nodes: Sequence[Node], database_url: str) -> Iterator[str]:
    """Wait until nothing is left to be done; say what does not come to an end."""
    with httpx2.Client(timeout=IDLE_TIMEOUT) as http:
        for node in nodes:
            if (answer := http.get(f"{node.url}/readyz")).status_code != httpx2.codes.OK:
                yield f"{node.name} is not ready again: {answer.text}"
    left = text(
        "SELECT (SELECT count(*) FROM outbox WHERE due_at IS NOT NULL)"
        " + (SELECT count(*) FROM timers)"
    )
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    deadline = time.monotonic() + IDLE_TIMEOUT
    with engine.connect() as connection:
        while count := connection.scalar(left):
            if time.monotonic() > deadline:
                yield f"{count} effects and timers are never carried out"
                break
            time.sleep(0.2)
    engine.dispose()
    # A node that was away may still be noting, or sending, what another one has done since.
    time.sleep(deliveries.MOMENT)
