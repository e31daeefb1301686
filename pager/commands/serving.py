"""The commands that run the server, and hand things to it."""

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from pager import environment, settings, wiring
from pager.access.names import account_name
from pager.access.roles import ROLES, Role
from pager.adapters.runtime.listening import reachable
from pager.adapters.runtime.output import UnblockedOutput, log_to
from pager.adapters.terminal.mail_pipe import LATER, hand_over
from pager.adapters.text import printable
from pager.commands.common import config_option, errors_as_sentences


def _settings_help() -> str:
    """A paragraph for each setting: its name, what it is for, its default."""
    paragraphs = [
        "Settings, as environment variables or in a TOML file (there in lower case, \
without PAGER_):"
    ]
    for setting in settings.describe():
        default = "" if setting.default is None else f" Default: {setting.default}"
        paragraphs.append(f"\b\n{setting.name}\n  {setting.description}{default}")
    return "\n\n".join(paragraphs)


@click.command(epilog=_settings_help())
@config_option
def serve(config: Path | None) -> None:
    """Receive Alerts, and page until somebody answers.

    It starts without any settings: on http://127.0.0.1:8080, with its data in pager.db in the
    working directory, and with pages shown on the terminal.
    """
    log, terminal = UnblockedOutput(sys.stderr), UnblockedOutput(sys.stdout)
    log_to(log.text)
    try:
        with errors_as_sentences():
            wiring.serve(environment.load(config), Console(file=terminal.text))
    finally:
        log.drain()
        terminal.drain()


@click.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="[default: as it is; for a new account engineer, for the first one administrator]",
)
@config_option
def invite(name: str, role: Role | None, config: Path | None) -> None:
    """Print a link to choose a password.

    NAME is who chooses it, once, within 24 hours. The account is made where there is none; its name
    is in small letters. It is also the way back for an administrator who has lost the password,
    which goes on working until the link is used.

    On SQLite the server must be stopped meanwhile; on PostgreSQL it may run.
    """
    with errors_as_sentences():
        link = wiring.invite(environment.load(config), name, role)
        if (account := account_name(name)) != name.strip():
            click.echo(f"Names of accounts are in small letters: it is {account}.", err=True)
        click.echo(link)


@click.command(
    epilog="The exit statuses are those of sysexits.h: 0, the e-mail is committed; 67, no \
integration has this address; 75, send it again later."
)
@click.argument("address", required=False)
@click.option(
    "--server",
    metavar="URL",
    help="Where Pager is. [default: http:// and PAGER_LISTEN, on this machine]",
)
@config_option
def receive_mail(address: str | None, server: str | None, config: Path | None) -> None:
    """Hand an e-mail over to the server.

    For a mail server that knows no LMTP (PAGER_LMTP_LISTEN), and pipes e-mails into a program: they
    are read from the standard input.
    ADDRESS is whom it is for, KEY@DOMAIN or pager+KEY@DOMAIN: the address of an integration.
    Without it, Postfix's ORIGINAL_RECIPIENT is read from the environment.
    """
    try:
        recipient = address or os.environ.get("ORIGINAL_RECIPIENT", "")
        url = server or f"http://{reachable(environment.load(config).listen)}"
        status, reason = hand_over(url, recipient, sys.stdin.buffer)
    except Exception as error:  # noqa: BLE001 - any other status would bounce the e-mail
        status, reason = LATER, str(error)
    if reason:
        click.echo(printable(reason), err=True)
    sys.exit(status)
