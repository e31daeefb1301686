"""Pages shown on the terminal, while there is no provider to send them: nobody is really paged."""

import threading
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from pager.messages import Notification
from pager.model import Target


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
        # Text, not markup, and no control characters: the message is somebody else's.
        page = Text(
            f"{printable(notification.message)}\n"
            f"{notification.service_id}, incident {notification.incident}, "
            f"Level {notification.level}\n"
            f"Acknowledge: {self._acknowledge_link(notification)}"
        )
        with self._lock:
            self._console.rule(f"NOT SENT to {target.key}", style="bold red")
            self._console.print(page, soft_wrap=True)
            self._console.rule(f"set {self._setting} to send it", style="bold red")
        return "only shown on the terminal"


def printable(text: str) -> str:
    """`text`, which is somebody else's, without what would steer the terminal."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
