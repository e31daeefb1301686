"""Pages on the terminal, while there is no provider to send them."""

from io import StringIO

import pytest
from rich.console import Console

from pager import EmailTarget, Notification
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.terminal import OnlyShown, TerminalPages
from pager.adapters.channels.test_page import TestPage
from pager.errors import DeliveryRefused

ADA = EmailTarget(address="ada@example.com")
REASON = "only shown on Pager's terminal: e-mail is not set up"


def shown_by(terminal: StringIO) -> list[str]:
    """What it shows, without the rules that lines are drawn with."""
    return [line.strip("─ ") for line in terminal.getvalue().splitlines()]


def pages_on(terminal: StringIO) -> TerminalPages:
    """Pages that a terminal shows."""
    console = Console(file=terminal, width=100)
    return TerminalPages(
        console,
        lambda _: "https://pager.example.com/a/x",
        "e-mail is not set up",
    )


def test_a_page_is_shown_and_is_not_sent() -> None:
    """Without what would steer the terminal; it is not tried again, and the reason is kept."""
    terminal = StringIO()
    page = Notification(
        service_id="checkout-api", incident=3, level=2, target=ADA, message="[b]down\x1b[31m"
    )
    with pytest.raises(DeliveryRefused) as caught:
        pages_on(terminal).send(ADA, page)
    assert caught.value.reason == REASON
    assert shown_by(terminal) == [
        "NOT SENT to ada@example.com",
        "checkout-api, incident 3, Level 2",
        "Acknowledge: https://pager.example.com/a/x",
        "> [b]down\N{REPLACEMENT CHARACTER}[31m",
        "",
    ]


def test_a_page_that_somebody_sent_by_hand_says_so() -> None:
    """With the Level of the policy."""
    terminal = StringIO()
    page = Notification(
        service_id="checkout-api",
        incident=3,
        level=2,
        target=ADA,
        message="down",
        repeats=1,
        told_again_by="Grace",
    )
    with pytest.raises(DeliveryRefused):
        pages_on(terminal).send(ADA, page)
    assert shown_by(terminal)[1] == "checkout-api, incident 3, Level 1, told again by Grace"


def test_a_page_says_whom_the_policy_did_not_reach() -> None:
    """Below the link."""
    terminal = StringIO()
    page = Notification(
        service_id="checkout-api",
        incident=3,
        level=1,
        target=ADA,
        message="down",
        gaps=("Nights, Level 1: Eve has no contact method",),
    )
    with pytest.raises(DeliveryRefused):
        pages_on(terminal).send(ADA, page)
    assert shown_by(terminal)[3] == "Not reached: Nights, Level 1: Eve has no contact method"


def test_a_test_page_is_shown_as_one_and_its_sender_learns_that_nobody_is_paged() -> None:
    """It is not a success: the Target was not reached."""
    terminal = StringIO()
    test_page = TestPage(target=ADA, service_id="checkout-api", sent_by="grace@example.com")
    with pytest.raises(OnlyShown) as caught:
        pages_on(terminal).send_test_page(ADA, test_page)
    assert str(caught.value) == f"It was {REASON}."
    first, *text, last = shown_by(terminal)
    assert (first, last) == ("TEST, NOT SENT to ada@example.com", "")
    assert "\n".join(text) + "\n" == test_page.text


def test_a_code_is_shown_and_whoever_waits_for_it_learns_where() -> None:
    """Before a channel is set up, people can look round: the code is on the terminal."""
    terminal = StringIO()
    message = CodeMessage(target=ADA, person="Ada", sent_by="grace@example.com", code="042137")
    with pytest.raises(OnlyShown, match="only shown on Pager's terminal"):
        pages_on(terminal).send_code(ADA, message)
    first, second, *_ = shown_by(terminal)
    assert (first, second) == ("CODE, NOT SENT to ada@example.com", "Your code is 042 137")
