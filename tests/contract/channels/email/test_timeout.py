"""The time that one send may take."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from contract.channels.email.sending import (
    ADA,
    MonotonicClock,
    accept_everything,
    hang_up_after_final_dot,
    mail_within_20_seconds,
    page,
    send,
)
from contract.channels.smtp_server import (
    Dialogue,
    MailServer,
    Script,
    ScriptedServer,
)
from pager import DeliveryFailed, DeliveryUnknown
from pager.adapters.channels.email.mail import SmtpMail
from waiting import wait_until


def wait_before(command: str, wait: Callable[[], None]) -> Script:
    """A good server that calls `wait` before each answer, and never answers `command`."""

    def script(dialogue: Dialogue) -> None:
        dialogue.send("220 mail.example.com\r\n")
        while not dialogue.receive().upper().startswith(command):
            wait()
            dialogue.send("250 OK\r\n")
        raise AssertionError(f"{command} came after the time was over")

    return script


def say_late(dialogue: Dialogue, clock: MonotonicClock, slow: int, line: str) -> None:
    """Send `line` so many seconds too late; the client looks at the clock in the middle of it."""
    clock.advance(timedelta(seconds=slow))
    calls = clock.calls
    dialogue.send(line[0])
    wait_until(lambda: clock.calls > calls)
    dialogue.send(f"{line[1:]}\r\n")


def slow_greeting(clock: MonotonicClock, slow: int) -> Script:
    """A good server that greets late."""

    def script(dialogue: Dialogue) -> None:
        say_late(dialogue, clock, slow, "220 mail.example.com")
        dialogue.continue_until("QUIT")

    return script


def slow_acceptance(clock: MonotonicClock, slow: int) -> Script:
    """A good server that answers the final dot late."""

    def script(dialogue: Dialogue) -> None:
        hang_up_after_final_dot(dialogue)
        say_late(dialogue, clock, slow, "250 OK")
        dialogue.continue_until("QUIT")

    return script


def attempts_until_sent(mail: SmtpMail) -> int:
    """How many attempts it takes."""
    for attempt in range(1, 10):
        try:
            mail.send(ADA, page(), attempt)
        except (DeliveryFailed, DeliveryUnknown):
            continue
        return attempt
    raise AssertionError("never a mail")


class TestTimeout:
    """The steps up to the final dot have one time-out together, and the answer to it another."""

    @pytest.mark.parametrize(("slow", "attempts"), [(19, 1), (25, 2), (150, 4), (599, 6)])
    def test_grows_until_a_slow_server_has_greeted(self, slow: int, attempts: int) -> None:
        """RFC 5321 lets a server take minutes."""
        clock = MonotonicClock()
        with (
            ScriptedServer(*[slow_greeting(clock, slow)] * attempts) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
        ):
            assert attempts_until_sent(mail) == attempts

    @pytest.mark.parametrize(("slow", "copies"), [(19, 1), (25, 2), (150, 2), (599, 2)])
    def test_leaves_a_slow_server_two_copies_at_most(self, slow: int, copies: int) -> None:
        """Only the first attempt gives up on the answer before ten minutes are over."""
        clock = MonotonicClock()
        with (
            ScriptedServer(*[slow_acceptance(clock, slow)] * copies) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
        ):
            assert attempts_until_sent(mail) == copies
            assert server.connections == copies

    def test_begins_again_once_the_server_has_the_page(self) -> None:
        """A server that is slow all along is not given up just before it accepts."""
        clock = MonotonicClock()

        def slow_all_along(dialogue: Dialogue) -> None:
            say_late(dialogue, clock, 19, "220 mail.example.com")
            dialogue.continue_until("DATA")
            dialogue.take_message()
            say_late(dialogue, clock, 19, "250 OK")
            dialogue.continue_until("QUIT")

        with (
            ScriptedServer(slow_all_along) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
        ):
            send(mail, page())

    def test_is_for_all_commands_together(self) -> None:
        """Three answers after 7 seconds each are more than 20 seconds: there is no fourth."""
        clock = MonotonicClock()
        with (
            ScriptedServer(
                wait_before("DATA", lambda: clock.advance(timedelta(seconds=7)))
            ) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
            pytest.raises(DeliveryFailed, match="timed out"),
        ):
            send(mail, page())

    def test_is_not_extended_byte_by_byte(self) -> None:
        """A tarpit that sends an answer letter by letter cannot extend it."""
        clock = MonotonicClock()

        def tarpit(dialogue: Dialogue) -> None:
            dialogue.serve_until("MAIL")
            clock.advance(timedelta(seconds=21))
            dialogue.send("2")
            dialogue.wait_for_close()

        with (
            ScriptedServer(tarpit) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
            pytest.raises(DeliveryFailed, match="timed out"),
        ):
            send(mail, page())

    def test_that_ends_after_the_final_dot_leaves_it_unknown(self) -> None:
        """The server has the page, and says nothing in time."""
        clock = MonotonicClock()

        def fall_silent(dialogue: Dialogue) -> None:
            hang_up_after_final_dot(dialogue)
            clock.advance(timedelta(seconds=21))
            dialogue.send("2")
            dialogue.wait_for_close()

        with (
            ScriptedServer(fall_silent) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
            pytest.raises(DeliveryUnknown, match="timed out"),
        ):
            send(mail, page())

    def test_is_not_doubled_by_a_new_connection(self) -> None:
        """A kept connection that takes all the time leaves none for another."""
        clock = MonotonicClock()

        def fall_silent(dialogue: Dialogue) -> None:
            dialogue.serve_until("DATA")
            dialogue.take_message()
            dialogue.send("250 OK\r\n")
            dialogue.continue_until("RCPT")
            clock.advance(timedelta(seconds=21))
            dialogue.send("2")
            dialogue.wait_for_close()

        with (
            ScriptedServer(fall_silent, accept_everything) as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
        ):
            send(mail, page())
            with pytest.raises(DeliveryFailed, match="timed out"):
                send(mail, page(incident=2))

            assert server.connections == 1

    def test_starts_anew_with_each_page(self) -> None:
        """A kept connection has no clock of its own."""
        clock = MonotonicClock()
        with (
            MailServer() as server,
            closing(mail_within_20_seconds(clock, server.port)) as mail,
        ):
            for incident in range(1, 4):
                send(mail, page(incident=incident))
                clock.advance(timedelta(seconds=19))

            assert len(server.messages) == 3
            assert server.connections == 1

    def test_of_a_goodbye_is_short(self) -> None:
        """A server that does not answer QUIT does not hold up the end."""
        clock = MonotonicClock()

        def ignore_quit(dialogue: Dialogue) -> None:
            dialogue.serve_until("QUIT")
            clock.advance(timedelta(seconds=3))
            dialogue.send("2")
            dialogue.wait_for_close()

        with ScriptedServer(ignore_quit) as server:
            mail = mail_within_20_seconds(clock, server.port)
            send(mail, page())
            mail.close()
