"""The command line. Needs the extra `server`."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

try:
    import click
    from rich.console import Console
    from sqlalchemy.exc import SQLAlchemyError

    from pager import environment, settings, wiring
    from pager.access.roles import ROLES, Role
    from pager.adapters.runtime.listening import reachable
    from pager.adapters.runtime.output import UnblockedOutput, log_to
    from pager.adapters.store.core.codecs import Unreadable
    from pager.adapters.store.core.database import ReadOnlyDatabase
    from pager.adapters.store.core.schema import LARGEST_INT64
    from pager.adapters.store.core.transactions import InTransaction
    from pager.adapters.store.ports.policies import SqlEscalationPolicies
    from pager.adapters.store.refused_alerts import refused_lately
    from pager.adapters.store.upkeep import audit as audits
    from pager.adapters.store.upkeep.backup import back_up
    from pager.adapters.store.upkeep.restore import Access
    from pager.adapters.store.upkeep.restore import restore as restore_backup
    from pager.adapters.store.views.journal import Journal
    from pager.adapters.store.views.status import ServiceStatuses
    from pager.adapters.terminal.backups import contents_in_words, restored_in_words
    from pager.adapters.terminal.journal import overview, refused, status_text, timeline
    from pager.adapters.terminal.mail_pipe import LATER, hand_over
    from pager.adapters.terminal.policy_file import read_policy
    from pager.adapters.terminal.rehearsal import render_rehearsal
    from pager.adapters.text import one_line, printable
    from pager.durations import BadDuration, parse_duration
    from pager.simulation.rehearsal import rehearse as rehearse_policy
except ModuleNotFoundError as missing:
    sys.exit(f"The server is not installed ({missing.name} is missing): pip install '.[server]'")

from pager.errors import PagerError
from pager.model import EscalationPolicy

WRONG_SETTINGS_STATUS = 2
"""The exit status, as click's for a wrong option."""
WIDEST_LINE = 10_000
MOST_DIFFERENCES = 20
"""Services of which an audit prints what is wrong."""
DATABASE_HELP = """Reads the database of PAGER_DATABASE_URL, or pager.db in the working \
directory, as `pager serve` does: run it with the server's settings, in the server's folder. It \
changes nothing, so it can be asked while the server runs, and when it no longer does. (SQLite \
wants the right to write in the folder even so.)"""


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


@click.group(context_settings={"max_content_width": 100})
@click.version_option(package_name="pager")
def main() -> None:
    """Pager: an Alert becomes a page that somebody answers."""
    # A terminal that cannot show a character must not keep a page from being shown.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    """Exit with a sentence that says what to do, instead of a traceback."""
    try:
        yield
    except environment.WrongSettings as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_SETTINGS_STATUS)
    except PagerError as error:
        sys.exit(printable(str(error)))
    except ModuleNotFoundError as error:
        sys.exit(f"The driver {error.name} is not installed: pip install '.[postgresql]'")
    except (SQLAlchemyError, OSError) as error:
        reason = one_line(str(getattr(error, "orig", None) or error))
        sys.exit(f"The database cannot be opened: {reason}. {_advice(error)}")


def _advice(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"Pager runs as user {os.getuid()}: let that user write the file of "
            "PAGER_DATABASE_URL and the folder that it is in."
        )
    return "See PAGER_DATABASE_URL."


_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file with settings. [default: pager.toml, if it is there]",
)


@main.command(epilog=_settings_help())
@_config
def serve(config: Path | None) -> None:
    """Receive Alerts, and page until somebody answers.

    It starts without any settings: on http://127.0.0.1:8080, with its data in pager.db in the
    working directory, and with pages shown on the terminal.
    """
    log, terminal = UnblockedOutput(sys.stderr), UnblockedOutput(sys.stdout)
    log_to(log.text)
    try:
        with _errors_as_sentences():
            wiring.serve(environment.load(config), Console(file=terminal.text))
    finally:
        log.drain()
        terminal.drain()


@main.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="[default: as it is; for a new account engineer, for the first one administrator]",
)
@_config
def invite(name: str, role: Role | None, config: Path | None) -> None:
    """Print a link to choose a password.

    NAME is who chooses it, once, within 24 hours. The account is made where there is none. It is
    also the way back for an administrator who has lost the password, which goes on working until
    the link is used.

    On SQLite the server must be stopped meanwhile; on PostgreSQL it may run.
    """
    with _errors_as_sentences():
        click.echo(wiring.invite(environment.load(config), name, role))


@main.command(
    epilog="The exit statuses are those of sysexits.h: 0, the e-mail is committed; 67, no \
integration has this address; 75, send it again later."
)
@click.argument("address", required=False)
@click.option(
    "--server",
    metavar="URL",
    help="Where Pager is. [default: http:// and PAGER_LISTEN, on this machine]",
)
@_config
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


@contextmanager
def _database(config: Path | None) -> Iterator[ReadOnlyDatabase]:
    """The database of the settings; a server may use it at the same time."""
    with _errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        with closing(ReadOnlyDatabase(url)) as database:
            yield database


def _console() -> Console:
    """As wide as the terminal; in a file or a pipe, lines are not wrapped."""
    return Console(width=None if sys.stdout.isatty() else WIDEST_LINE)


@main.command(epilog=DATABASE_HELP)
@click.argument("service", required=False)
@click.option(
    "--incident", type=click.IntRange(1, LARGEST_INT64), help="Which one. [default: the last]"
)
@click.option(
    "--all", "everything", is_flag=True, help="Every incident that is kept, and every edit."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_config
def journal(
    service: str | None,
    incident: int | None,
    config: Path | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Tell what happened in an incident.

    Of SERVICE: what was decided, and who was paged. Without a SERVICE, tell how every one is, and
    which Alerts were refused lately.
    """
    console = _console()
    with _database(config) as database:
        board = ServiceStatuses(database)
        if service is None:
            console.print(overview(list(board.all())))
            if alerts := refused_lately(database):
                console.print("Refused Alerts:", refused(alerts), sep="\n")
            for unreadable in board.unreadable():
                console.print(printable(str(unreadable)), markup=False, highlight=False)
            return
        status = None
        try:
            status = board.of(service)
        except Unreadable as error:
            click.echo(printable(str(error)), err=True)
            everything = everything or incident is None
        last = status.incident if status else 0
        entries = Journal(database).of(service, None if everything else incident or last)
        rows = [row for row in refused_lately(database) if row.service_id == service]
        if not entries and rows:
            console.print(refused(rows))
            return
        if not entries:
            which = f"incident {incident or last} of {service}" if status else service
            sys.exit(f"Nothing is known of {which}. `pager journal` lists every service.")
    if as_json:
        for entry in entries:
            # In ASCII: an Alert may contain what would steer the terminal.
            click.echo(entry.model_dump_json(ensure_ascii=True))
        return
    console.print(timeline(entries))
    if status and incident in (None, last):
        console.print(f"Now: {printable(status_text(status))}.", markup=False, highlight=False)


def _duration(
    context: click.Context,  # noqa: ARG001 - the library's signature
    parameter: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> timedelta | None:
    """The option's value, as the console takes it, or in ISO 8601."""
    try:
        return None if value is None else parse_duration(value)
    except BadDuration as error:
        raise click.BadParameter(str(error)) from error


@main.command(epilog=DATABASE_HELP)
@click.argument("service", required=False)
@click.option(
    "--file",
    metavar="FILE",
    help="Rehearse the policy in this file instead: JSON as the API takes it. - is the standard \
input.",
)
@click.option(
    "--acknowledged-after",
    metavar="DURATION",
    callback=_duration,
    help="Somebody acknowledges so long after the Alert, such as '20 min' or PT20M. [default: \
nobody does]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_config
def rehearse(
    service: str | None,
    file: str | None,
    acknowledged_after: timedelta | None,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Tell who would be paged when, if SERVICE raised an Alert. Nobody is paged.

    By the rules that `pager serve` goes by, and the Escalation Policy as it is just now.
    """
    if (service is None) == (file is None):
        raise click.UsageError("Name a SERVICE, or a --file with an Escalation Policy.")
    if file is None:
        policy = _policy_of(service or "", config)
    else:
        with _errors_as_sentences():
            policy = read_policy(file)
    rehearsal = rehearse_policy(policy, acknowledged_after)
    if as_json:
        for step in rehearsal.steps:
            click.echo(step.model_dump_json(ensure_ascii=True))
        return
    _console().print(render_rehearsal(rehearsal))


def _policy_of(service: str, config: Path | None) -> EscalationPolicy:
    """The policy that is used for the service now."""
    with _database(config) as database:
        policy = database.read(
            lambda connection: SqlEscalationPolicies(InTransaction(connection)).of(service)
        )
    if policy is None:
        sys.exit(
            f"{service} has no Escalation Policy, so nobody would be paged: give it one, or "
            "rehearse one in a --file. `pager journal` lists every service."
        )
    if policy.service_id != service:
        click.echo(f"{service} has no policy of its own: the fallback policy is used.", err=True)
    return policy


@main.command(epilog=DATABASE_HELP)
@_config
def audit(config: Path | None) -> None:
    """Check the journal against the rules.

    Decide again all that is in it, each decision by the rules of its time, and tell where that is
    not what was stored: the first difference of each service. The exit status is 1 where there is
    one.
    """
    with _database(config) as database:
        report = audits.audit(database)
    for service_id, version, what in report.differences[:MOST_DIFFERENCES]:
        click.echo(f"{service_id}, version {version}: {printable(what)}", err=True)
    if report.differences:
        others = len(report.differences) - MOST_DIFFERENCES
        sys.exit(f"And {others} more services." if others > 0 else 1)
    if not report.services:
        click.echo("There is nothing to audit: nothing was ever decided here.")
        return
    click.echo(
        f"{report.services} services, {report.decisions} decisions: "
        "each of them is what the rules say, and so is the outbox."
    )
    if report.by_newer_rules:
        click.echo(
            f"{report.by_newer_rules} more were decided by newer rules than this version of Pager "
            "knows: audit them with the newer one."
        )


_file = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("file", type=_file)
@_config
def backup(file: Path, config: Path | None) -> None:
    """Copy the database to FILE, and check the copy.

    FILE must be new; Pager may run meanwhile. FILE has the key that links are signed with: keep it
    as you keep secrets. `pager restore` makes it the database again. Databases on PostgreSQL are
    backed up by pg_dump.
    """
    with _errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        contents = back_up(url, file)
    click.echo(f"{file} has {contents_in_words(contents)}.")


@main.command()
@click.argument("file", type=_file, required=False)
@click.option(
    "--api-keys",
    type=click.Choice(["keep", "revoke"]),
    required=True,
    help="keep: the API keys, integrations and calendar feeds of the backup are good again, also \
those that were revoked since. revoke: none is good, and programs need new ones (PAGER_API_KEY \
stays good).",
)
@click.option(
    "--passwords",
    type=click.Choice(["keep", "reset"]),
    required=True,
    help="keep: the accounts and passwords of the backup are good again, also of somebody who was \
removed since. reset: nobody can sign in before `pager invite NAME`.",
)
@_config
def restore(file: Path | None, api_keys: str, passwords: str, config: Path | None) -> None:
    """Make the backup FILE the database. Pager must be stopped.

    The database that was there is moved aside. Without a FILE, the database that is there is one
    that you have put there yourself: with pg_restore, or as a copy.

    What happened after the backup is not in it. So links of before are no longer good, nobody is
    signed in, and new incidents have numbers above all that were given out. What was revoked since
    the backup, it cannot know: that is for you to decide.
    """
    access = Access(keeps_api_keys=api_keys == "keep", keeps_passwords=passwords == "keep")
    with _errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        restored = restore_backup(url, file, access)
    click.echo(printable(restored_in_words(restored, access)))
