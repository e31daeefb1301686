"""Pages shown on the terminal, while there is no provider to send them: nobody is paged."""

import threading
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from pager.adapters.channels.alert_text import alerts_in_full, unreached_in_short
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import one_line, printable, quoted
from pager.errors import DeliveryRefused
from pager.messages import Notification
from pager.model import Target
from pager.words import why_in_words


class OnlyShown(DeliveryRefused):
    """It was {reason}."""

    def __init__(self, why: str) -> None:
        """`why` says what is not set up."""
        super().__init__(f"only shown on Pager's terminal: {why}")


class TerminalPages:
    """Mail and Sms that only show what they would send."""

    def __init__(
        self, console: Console, acknowledge_link: Callable[[Notification], str], why: str
    ) -> None:
        """`why` says what is not set up, so that pages cannot be sent."""
        self._console = console
        self._acknowledge_link = acknowledge_link
        self._why = why
        self._lock = threading.Lock()

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:  # noqa: ARG002 - it never waits
        """Show the page. Raises OnlyShown: nobody was paged."""
        by = " of the fallback policy" if notification.is_by_fallback else ""
        why = one_line(why_in_words(notification))
        gaps = unreached_in_short(notification)
        unreached = f"Not reached: {gaps}\n" if gaps else ""
        self._show(
            f"NOT SENT to {target.key}",
            f"{notification.service_id}, incident {notification.incident}, "
            f"Level {notification.policy_level}{by}{f', {why}' if why else ''}\n"
            f"Acknowledge: {self._acknowledge_link(notification)}\n"
            f"{unreached}"
            f"{quoted(alerts_in_full(notification))}",
        )
        raise OnlyShown(self._why)

    def send_test_page(self, target: Target, test_page: TestPage) -> str:
        """Show the test page. Raises OnlyShown: the sender must know that nobody is paged."""
        self._show(f"TEST, NOT SENT to {target.key}", test_page.text.rstrip())
        raise OnlyShown(self._why)

    def send_code(self, target: Target, message: CodeMessage) -> str:
        """Show the code. Raises OnlyShown: whoever waits for it must look here."""
        self._show(f"CODE, NOT SENT to {target.key}", message.text.rstrip())
        raise OnlyShown(self._why)

    def interrupt(self) -> None:
        """Nothing is ever under way."""

    def _show(self, title: str, text: str) -> None:
        # Text, not markup, and no control characters: the message is somebody else's.
        page = Text(printable(text))
        with self._lock:
            self._console.rule(title, style="bold red")
            self._console.print(page, soft_wrap=True)
            self._console.rule(style="bold red")
