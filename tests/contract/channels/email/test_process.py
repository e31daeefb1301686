"""The process that sends e-mail: a real one, in front of a real SMTP server."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from contract.channels.smtp_server import MailServer
from contract.channels.test_senders import just_checked
from pager import EmailTarget, Notification
from pager.adapters.channels.email.process import ENDED, TO_KILL, MailProcess, MailSetup
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.senders import LONGEST_WAIT, Ended, machine_time
from pager.model import LONGEST_MESSAGE
from pager.ports import Claim, Outcome
from pager.relay import retry_delay
from waiting import WAIT_TIMEOUT, wait_until

LONG = timedelta(seconds=WAIT_TIMEOUT)


class Results:
    """What became of claims, and whether the process is ready."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.outcomes: dict[int, Outcome | None] = {}
        self.ready = 0
        """How often it became ready."""

    def on_end(self, ended: Sequence[Ended]) -> None:
        """Keep these."""
        with self._changed:
            self.outcomes |= {claim.id: outcome for claim, outcome in ended}
            self._changed.notify_all()

    def on_ready(self) -> None:
        """Count it."""
        with self._changed:
            self.ready += 1
            self._changed.notify_all()

    def wait_for(self, *ids: int) -> None:
        """Wait until it is known what became of these."""
        with self._changed:
            came = self._changed.wait_for(lambda: set(ids) <= set(self.outcomes), WAIT_TIMEOUT)
            assert came, f"{ids}: {self.outcomes}"

    def wait_until_ready(self, times: int = 1) -> None:
        """Wait until it has become ready so often."""
        assert self.is_ready_within(LONG, times)

    def is_ready_within(self, timeout: timedelta, times: int) -> bool:
        """Whether it has become ready so often by then."""
        with self._changed:
            return self._changed.wait_for(lambda: self.ready >= times, timeout.total_seconds())


def claim(number: int, message: str = "down") -> Claim:
    """A claim of a page to somebody."""
    target = EmailTarget(address=f"engineer-{number}@example.com")
    page = Notification(service_id="api", incident=1, level=1, target=target, message=message)
    return Claim(number, page, 1, at=datetime.now(UTC))


@contextmanager
def started(
    server: MailServer, relays: int = 1, longest_silence: timedelta = LONG
) -> Iterator[tuple[MailProcess, Results]]:
    """A process that is ready, and what it says."""
    setup = MailSetup(
        SmtpServer.from_url(server.url),
        "pager@example.com",
        "https://pager.example.com",
        [b"a key"],
        timedelta(seconds=WAIT_TIMEOUT),
        relays,
        longest_silence,
    )
    process, results = MailProcess(setup), Results()
    process.start(results.on_end, results.on_ready)
    try:
        results.wait_until_ready()
        yield process, results
    finally:
        process.stop()
        process.interrupt()
        assert process.join(LONG) == []
        assert children() == []


def children() -> list[psutil.Process]:
    """The processes that send e-mail."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "pager.adapters.channels.email" in child.cmdline()
    ]


def test_pages_are_sent_and_it_is_said_what_became_of_each(server: MailServer) -> None:
    """One that is refused spoils no other."""
    server.refuse("engineer-2@example.com", "550 5.1.1 no such user")
    with started(server) as (process, results):
        process.put([claim(1), claim(2), claim(3)], just_checked())
        results.wait_for(1, 2, 3)
    sent = {str(received.message["To"]) for received in server.messages}
    assert sent == {"engineer-1@example.com", "engineer-3@example.com"}
    outcomes = {number: outcome and outcome.status for number, outcome in results.outcomes.items()}
    assert outcomes == {1: "sent", 2: "refused", 3: "sent"}
    received = server.messages[0]
    assert "https://pager.example.com/acknowledge/" in received.text
    assert 'href="https://pager.example.com/acknowledge/' in received.html
    assert 'href="https://pager.example.com/incidents/' in received.html


def test_a_page_that_cannot_be_written_spoils_no_other(server: MailServer) -> None:
    """Somebody has stored an address that is none; it is tried again, and may be mended by then."""
    page = claim(1).effect
    with_a_line_break = EmailTarget.model_construct(address="ada@example.com\r\nBcc: eve")
    broken = claim(1)._replace(effect=page.model_copy(update={"target": with_a_line_break}))
    with started(server) as (process, results):
        process.put([broken, claim(2)], just_checked())
        results.wait_for(1, 2)
    assert results.outcomes[1] == Outcome("failed", "ValueError", retry_delay(1))
    assert [str(received.message["To"]) for received in server.messages] == [
        "engineer-2@example.com"
    ]


def test_what_was_checked_too_long_ago_is_given_back(server: MailServer) -> None:
    """The server checks again whether it is still to be sent."""
    with started(server) as (process, results):
        process.put([claim(1)], machine_time() - 1 - LONGEST_WAIT.total_seconds())
        results.wait_for(1)
    assert results.outcomes == {1: None}
    assert server.messages == []


@pytest.mark.proof
def test_what_waits_behind_a_page_that_hangs_is_given_back(server: MailServer) -> None:
    """After a second: another node may send it."""
    server.answer_together(2)
    with started(server) as (process, results):
        process.put([claim(1)], just_checked())
        process.put([claim(2)], machine_time())
        results.wait_for(2)
        assert results.outcomes == {2: None}


@pytest.mark.proof
def test_another_process_takes_the_place_of_one_that_is_killed(server: MailServer) -> None:
    """Whether what it had in hand was sent, nobody knows: it is tried again."""
    server.answer_together(2)
    with started(server) as (process, results):
        process.put([claim(1)], just_checked())
        server.wait_for_command("RCPT")
        [child] = children()
        child.kill()
        results.wait_for(1)
        assert results.outcomes == {1: Outcome("unknown", ENDED, retry_delay(1))}
        results.wait_until_ready(2)
        process.put([claim(1)], just_checked())
        wait_until(lambda: server.connections > 1)


def test_once_it_is_told_to_stop_it_begins_nothing_more(server: MailServer) -> None:
    """What is being sent is finished, and what waits is given back."""
    server.answer_together(2)
    with started(server) as (process, results):
        process.put([claim(1), claim(2)], just_checked())
        server.wait_for_command("RCPT")
        process.stop()
        results.wait_for(2)
        process.put([claim(3)], just_checked())
        results.wait_for(3)
        assert results.outcomes == {2: None, 3: None}
        process.interrupt()
        results.wait_for(1)
    assert results.outcomes[1] is not None
    assert results.outcomes[1].status in {"failed", "unknown"}


@pytest.mark.proof
def test_one_that_hangs_keeps_nobody_waiting_and_is_killed_at_the_end(server: MailServer) -> None:
    """It reads nothing more, so more is waiting for it than a pipe holds."""
    with started(server) as (process, results):
        [child] = children()
        child.suspend()
        numbers = range(1, 31)
        for number in numbers:
            process.put([claim(number, "x" * LONGEST_MESSAGE)], just_checked())
        process.stop()
        process.interrupt()
        assert process.join(2 * TO_KILL) == []
        results.wait_for(*numbers)
        assert set(results.outcomes.values()) == {Outcome("unknown", ENDED, retry_delay(1))}


@pytest.mark.proof
def test_one_that_is_silent_for_too_long_is_replaced(server: MailServer) -> None:
    """Whatever it hangs in. One that has nothing to do is not silent."""
    silence = timedelta(seconds=3)
    with started(server, longest_silence=silence) as (process, results):
        assert not results.is_ready_within(2 * silence, times=2)
        [child] = children()
        child.suspend()
        process.put([claim(1)], just_checked())
        results.wait_for(1)
        assert results.outcomes == {1: Outcome("unknown", ENDED, retry_delay(1))}
        assert results.is_ready_within(LONG, times=2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_to_all_processes_does_not_end_it(
    server: MailServer, number: signal.Signals
) -> None:
    """The server is told to stop as well, and stops it in good order."""
    with started(server) as (process, results):
        [child] = children()
        child.send_signal(number)
        process.put([claim(1)], just_checked())
        results.wait_for(1)
    assert len(server.messages) == 1
