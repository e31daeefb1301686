"""The threads that send: a page that has waited for too long is given back, and not sent."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pager import EmailTarget, Notification, Target
from pager.adapters.channels.senders import LONGEST_WAIT, Ended, SenderThreads, machine_time
from pager.ports import Claim, Outcome
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until

TOO_LONG = LONGEST_WAIT.total_seconds() + 1


def just_checked() -> float:
    """When a page was checked that does not become late in a test, however busy the machine is."""
    return machine_time() + WAIT_TIMEOUT


class HangingMail(InMemoryMail):
    """A mail server that takes no page until the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_sending = threading.Event()
        self.go_on = threading.Event()

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:
        """Wait."""
        self.is_sending.set()
        assert self.go_on.wait(WAIT_TIMEOUT)
        return super().send(target, notification, attempt)


class Threads(SenderThreads):
    """One thread for new pages, and what became of each."""

    def __init__(self, mail: HangingMail) -> None:
        gateways = in_memory_gateways(mail)
        super().__init__("email", 1, lambda _: gateways, mail.go_on.set)
        self.outcomes: dict[int, Outcome | None] = {}
        self.start(self._keep, lambda: None)

    def _keep(self, ended: Sequence[Ended]) -> None:
        self.outcomes |= {end.claim.id: end.outcome for end in ended}

    def end(self) -> None:
        """Finish what is being sent, and end."""
        self.interrupt()
        self.stop()
        assert self.join(timedelta(seconds=WAIT_TIMEOUT)) == []


def claim(number: int) -> Claim:
    """A claim of a page to somebody."""
    target = EmailTarget(address=f"engineer-{number}@example.com")
    page = Notification(service_id="api", incident=1, level=1, target=target, message="down")
    return Claim(number, page, 1, at=datetime.now(UTC))


def test_what_waits_for_too_long_is_given_back_while_every_thread_hangs() -> None:
    """In its place the first page of another service is claimed. What is not late stays."""
    mail = HangingMail()
    threads = Threads(mail)
    threads.put([claim(1)], just_checked())
    assert mail.is_sending.wait(WAIT_TIMEOUT)
    threads.put([claim(2), claim(3)], machine_time() - TOO_LONG)
    threads.put([claim(4)], just_checked())
    threads.give_back_late()
    assert threads.outcomes == {2: None, 3: None}
    threads.end()


def test_a_thread_sends_nothing_that_has_waited_for_too_long() -> None:
    """It gives that back, and sends what is not late."""
    mail = HangingMail()
    threads = Threads(mail)
    threads.put([claim(1)], just_checked())
    assert mail.is_sending.wait(WAIT_TIMEOUT)
    threads.put([claim(2), claim(3)], machine_time() - TOO_LONG)
    threads.put([claim(4)], just_checked())
    mail.go_on.set()
    wait_until(lambda: len(threads.outcomes) == 4)
    threads.end()
    assert [number for number, outcome in threads.outcomes.items() if outcome is None] == [2, 3]
    sent = [page.target.key for page in mail.accepted]
    assert sent == ["engineer-1@example.com", "engineer-4@example.com"]
