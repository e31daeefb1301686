"""What docs/operations.md says is so: its metrics and its time-outs."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pager.access.lifetimes import INVITATION
from pager.access.throttling import FORGOTTEN_AFTER
from pager.adapters.channels.email.connection import CONNECT_TIMEOUT
from pager.adapters.channels.sms.error_codes import MEANINGS, NO_SUCH_NUMBER
from pager.adapters.runtime import pools
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.shutdown import LONGEST_SHUTDOWN, LONGEST_STOP
from pager.adapters.runtime.workers import WorkerOptions
from pager.adapters.store.core.database import Database
from pager.adapters.store.dialects.postgresql_engine import LIBPQ_OPTIONS, WRITER
from pager.adapters.store.ports.outbox import LEASE
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.web import health, limits
from pager.adapters.web.auth import oidc
from pager.adapters.web.connections import KEPT_FOR
from pager.adapters.web.intake import lmtp
from pager.timeouts import timeouts
from pager.wiring import DATABASE_STARTS_WITHIN

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def exposed(tmp_path: Path) -> Iterator[dict[str, list[str]]]:
    """The labels of each metric that is exposed, by its name."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    page = Metrics().page(read_gauges(database), up=True, queued=0).decode()
    yield {
        family.name + "_total" * (family.type == "counter"): sorted(
            {label for sample in family.samples for label in sample.labels} - {"le"}
        )
        for family in text_string_to_metric_families(page)
    }
    database.close()


def test_every_metric_is_explained(exposed: dict[str, list[str]]) -> None:
    """By its name and its labels."""
    rows = re.findall(r"^\| `(pager_\w+)` \|([^|]*)\|", TEXT, re.MULTILINE)
    assert {name: sorted(re.findall(r"\w+", labels)) for name, labels in rows} == exposed


def test_no_other_metric_is_named(exposed: dict[str, list[str]]) -> None:
    """A rule that watches what is not there never fires."""
    named = set(re.findall(r"pager_[a-z_]+", TEXT))
    assert {name.removesuffix("_bucket") for name in named} == exposed.keys()


def seconds(text: str) -> float:
    """A duration as the page writes it."""
    number, unit = text.split()
    return float(number) * {"s": 1, "min": 60}[unit]


TO_TAKE = "a mail server or an SMS provider: until it is ready to take the page"
TO_ACCEPT = "a mail server or an SMS provider: until it accepts the page"


def test_every_time_out_is_as_long_as_it_says() -> None:
    """Those that are ours, or that we set; the others are the libraries'."""
    stated = dict(re.findall(r"^\| ([^|]+) \| (\d+ (?:s|min)) \|", TEXT, re.MULTILINE))
    first = timeouts(1, LEASE.first_timeout)
    ours: dict[str, timedelta] = {
        "`/readyz` and `/metrics` wait for the database": health.DATABASE_TIMEOUT,
        "a request waits for the database, then 503": pools.ANSWER_WITHIN,
        "somebody who signs in waits for a thread, then 503": pools.LOGIN_WITHIN,
        "somebody who signs in waits for a turn after wrong passwords of that name, then 429": (
            limits.LIMITS.login_within
        ),
        "the body of a request": limits.LIMITS.body_within,
        "an e-mail by LMTP, from its first byte to its last": lmtp.CONTENT_WITHIN,
        "a mail server that says nothing by LMTP": lmtp.IDLE,
        "the pages of a node that is silent are given to another": LEASE.duration,
        f"{TO_TAKE}, in the first attempt (twice as long each time, up to 10 min)": first.hand_over,
        f"{TO_ACCEPT}, in the first attempt": first.answer,
        f"{TO_ACCEPT}, in later attempts": timeouts(2, LEASE.first_timeout).answer,
        "a connection to a mail server": CONNECT_TIMEOUT,
        "a connection between two requests": KEPT_FOR,
        "PostgreSQL, where it is not there when Pager starts": DATABASE_STARTS_WITHIN,
        "the provider of single sign-on, for one step of a person's": oidc.TIMEOUTS.answers,
        "a single sign-on, from its beginning to its end": oidc.TIMEOUTS.attempt,
        "to stop (SIGTERM), for requests that are being answered": LONGEST_SHUTDOWN,
        "to stop after that, whatever hangs": LONGEST_STOP,
        "to stop (SIGTERM), for pages that are being sent": WorkerOptions().finish_within,
    }
    limits_of_transactions = {
        name: limit.removesuffix("s") for name, limit in WRITER.limits.items()
    }
    theirs = {
        "PostgreSQL: to connect": LIBPQ_OPTIONS["connect_timeout"],
        "PostgreSQL: for a lock": limits_of_transactions["lock_timeout"],
        "PostgreSQL: for a statement": limits_of_transactions["statement_timeout"],
        "PostgreSQL: a transaction whose node was halted": limits_of_transactions[
            "idle_in_transaction_session_timeout"
        ],
        "SQLite waits for a lock that another program holds": "5",  # Python's own
    }
    assert {what: seconds(text) for what, text in stated.items()} == {
        **{what: duration.total_seconds() for what, duration in ours.items()},
        **{what: float(text) for what, text in theirs.items()},
    }


def test_what_expires_does_so_when_it_says() -> None:
    """Operators rely on these numbers."""
    assert f"is shown once and works for {INVITATION // timedelta(hours=1)} hours" in TEXT
    assert timedelta(hours=1) == FORGOTTEN_AFTER
    assert "| who failed to sign in, and codes for contact methods | after an hour |" in TEXT


def test_what_pager_does_with_each_error_of_twilio_is_explained() -> None:
    """Each code that has a meaning is in the table once; only those of dead numbers are refused."""
    section = TEXT.partition("## SMS: what Twilio says")[2].partition("\n## ")[0]
    explained: list[int] = []
    refused: set[int] = set()
    for line in section.splitlines():
        if line.startswith("|"):
            codes = [
                code
                for first, last in re.findall(r"\b(\d{5})\b(?: to (\d{5}))?", line)
                for code in range(int(first), int(last or first) + 1)
                if code in MEANINGS
            ]
            explained += codes
            refused |= set(codes) if "`refused`" in line else set()
    assert sorted(explained) == sorted(MEANINGS)
    assert refused == NO_SUCH_NUMBER
