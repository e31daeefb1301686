"""The commands that read the database: what happened, what would, and whether it is right."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
from rich.text import Text

from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import LARGEST_INT64
from pager.adapters.store.core.transactions import InTransaction, Readable
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.store.upkeep import audit as audits
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.known_services import first_names
from pager.adapters.store.views.status import ServiceStatuses
from pager.adapters.terminal.journal import overview, refused, status_text, timeline
from pager.adapters.terminal.policy_file import read_policy
from pager.adapters.terminal.rehearsal import render_rehearsal
from pager.adapters.text import printable
from pager.commands.common import (
    DATABASE_HELP,
    config_option,
    errors_as_sentences,
    open_database,
)
from pager.commands.options import read_duration, show
from pager.configuration.spelling import did_you_mean
from pager.counted import counted
from pager.model import EscalationPolicy
from pager.simulation.rehearsal import rehearse as rehearse_policy

MOST_DIFFERENCES = 20
"""Services of which an audit prints what is wrong."""

MOST_NAMES = 10_000
"""The services among whose names the nearest one is looked for."""


@click.command(epilog=DATABASE_HELP)
@click.argument("service", required=False)
@click.option(
    "--incident", type=click.IntRange(1, LARGEST_INT64), help="Which one. [default: the last]"
)
@click.option(
    "--all", "everything", is_flag=True, help="Every incident that is kept, and every edit."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
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
    with open_database(config) as database:
        board = ServiceStatuses(database)
        if service is None:
            show(overview(list(board.all())))
            if alerts := refused_lately(database):
                show(Text("Refused Alerts:"), refused(alerts))
            for unreadable in board.unreadable():
                show(Text(printable(str(unreadable))))
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
            show(refused(rows))
            return
        if not entries:
            sys.exit(" ".join(_nothing_is_known(database, service, incident or last)))
    if as_json:
        for entry in entries:
            # In ASCII: an Alert may contain what would steer the terminal.
            click.echo(entry.model_dump_json(ensure_ascii=True))
        return
    show(timeline(entries))
    if status and incident in (None, last):
        show(Text(f"Now: {printable(status_text(status))}."))


def _nothing_is_known(database: Readable, service: str, incident: int) -> Iterator[str]:
    """Sentences that say so of the incident, or where it is 0 of the service."""
    yield f"Nothing is known of {f'incident {incident} of ' if incident else ''}{service}."
    known = database.read(lambda connection: first_names(connection, Names(), MOST_NAMES))
    question = did_you_mean(service, known)
    if question and service not in known:
        yield question
    yield "`pager journal` lists every service."


@click.command(epilog=DATABASE_HELP)
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
    callback=read_duration,
    help="Somebody acknowledges so long after the Alert, such as '20 min' or PT20M. [default: \
nobody does]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
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
        with errors_as_sentences():
            policy = read_policy(file)
    rehearsal = rehearse_policy(policy, acknowledged_after)
    if as_json:
        for step in rehearsal.steps:
            click.echo(step.model_dump_json(ensure_ascii=True))
        return
    show(render_rehearsal(rehearsal))


def _policy_of(service: str, config: Path | None) -> EscalationPolicy:
    """The policy that is used for the service now."""
    with open_database(config) as database:
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


@click.command(epilog=DATABASE_HELP)
@config_option
def audit(config: Path | None) -> None:
    """Check the journal against the rules.

    Decide again all that is in it, each decision by the rules of its time, and tell where that is
    not what was stored: the first difference of each service. The exit status is 1 where there is
    one.
    """
    with open_database(config) as database:
        report = audits.audit(database)
    for service_id, version, what in report.differences[:MOST_DIFFERENCES]:
        click.echo(f"{service_id}, version {version}: {printable(what)}", err=True)
    if report.differences:
        others = len(report.differences) - MOST_DIFFERENCES
        sys.exit(f"And {counted(others, 'more service')}." if others > 0 else 1)
    if not report.services:
        click.echo("There is nothing to audit: nothing was ever decided here.")
        return
    click.echo(
        f"{counted(report.services, 'service')}, {counted(report.decisions, 'decision')}: "
        "each of them is what the rules say, and so is the outbox."
    )
    if report.by_newer_rules:
        click.echo(
            f"{counted(report.by_newer_rules, 'more was', 'more were')} decided by newer rules "
            "than this version of Pager knows: audit with the newer one."
        )
