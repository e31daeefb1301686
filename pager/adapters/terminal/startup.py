"""What the terminal shows when the server starts."""

from collections.abc import Sequence

from rich.console import Console

from pager.adapters.addresses import Address
from pager.adapters.urls import is_loopback_url


def show_start(
    console: Console,
    address: Address,
    default_url: str | None,
    warnings: Sequence[str],
    note: str | None = None,
) -> None:
    """Where the server listens, a `note`, and the `warnings` about its settings.

    `default_url` is where links in pages lead as long as PAGER_PUBLIC_URL is not set.
    """
    console.print(f"Pager listens on http://{address} (API: /docs).", soft_wrap=True, markup=False)
    if default_url is not None:
        where = ", on this machine only" if is_loopback_url(default_url) else ""
        sentence = f"Links in e-mails and SMS lead to {default_url}{where} (PAGER_PUBLIC_URL)."
        console.print(sentence, soft_wrap=True, markup=False)
    if note is not None:
        console.print(note, soft_wrap=True, markup=False)
    for warning in warnings:
        console.print(warning, style="bold red", soft_wrap=True)


def show_first_invitation(console: Console, link: str) -> None:
    """The `link` with which the first account is created."""
    console.print(
        f"Nobody can sign in yet. Create the first account: {link} (once, within 24 hours)",
        style="bold",
        soft_wrap=True,
        markup=False,
    )
