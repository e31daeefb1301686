"""Pages shown on the terminal, while there is no provider to send them: nobody is really paged."""

import threading
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from pager.adapters.trial import Trial
from pager.errors import DeliveryFailed
from pager.messages import Notification
from pager.model import Target


class OnlyShown(DeliveryFailed):
    """Nobody is paged: {reason}"""

    def __init__(self, setting: str) -> None:
        """`setting` is what is missing."""
        super().__init__(f"it was only shown on Pager's terminal, until {setting} is set.")


class TerminalPages:
    """Mail and Sms that only show what they would send."""

    def __init__(
        self, console: Console, acknowledge_link: Callable[[Notification], str], setting: str
    ) -> None:
        """`setting` is what an operator must set for these pages to be sent."""
        self._console = console
        self._acknowledge_link = acknowledge_link
        self._setting = setting
        self._lock = threading.Lock()

    def send(self, target: Target, notification: Notification) -> str:
        """Show the page, and say loudly that it was only shown."""
        self._show(
            f"NOT SENT to {target.key}",
            f"{notification.message}\n"
            f"{notification.service_id}, incident {notification.incident}, "
            f"Level {notification.level}\n"
            f"Acknowledge: {self._acknowledge_link(notification)}",
        )
        return "only shown on the terminal"

    def send_trial(self, target: Target, trial: Trial) -> str:
        """Show the test page. Raises OnlyShown: whoever tests should hear that nobody is paged."""
        self._show(f"TEST, NOT SENT to {target.key}", trial.text.rstrip())
        raise OnlyShown(self._setting)

    def _show(self, title: str, text: str) -> None:
        # Text, not markup, and no control characters: the message is somebody else's.
        page = Text(printable(text))
        with self._lock:
            self._console.rule(title, style="bold red")
            self._console.print(page, soft_wrap=True)
            self._console.rule(f"set {self._setting} to send it", style="bold red")


def printable(text: str) -> str:
    """`text`, which is somebody else's, without what would steer the terminal."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
