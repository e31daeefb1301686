"""The command that says why somebody is paged, and why somebody is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError

from pager.adapters.configuration.files import read_folder
from pager.adapters.configuration.sources import FileSources
from pager.adapters.configuration.wrong_values import no_time_zone
from pager.adapters.pager_client import PagerClient
from pager.adapters.terminal.explanation import render_explanation
from pager.adapters.text import printable
from pager.commands import OR_A_SERVER
from pager.commands.options import (
    folder_argument,
    read_duration,
    refusals_as_sentences,
    server_of,
    show,
)
from pager.configuration.spelling import as_known
from pager.durations import in_iso
from pager.explain.asked import NotThere, check_asked
from pager.explain.course import rehearsed
from pager.explain.explanation import explain as explained
from pager.explain.explanation import time_zone_of
from pager.explain.moments import BadMoment, is_now, read_moment
from pager.explain.situation import situation_of
from pager.explain.values import Explanation
from pager.oncall.schedules import TimeZone

TIME_ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


def read_zone(
    context: click.Context,  # noqa: ARG001 - the library's signature
    parameter: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> str | None:
    """The option's value. Raises BadParameter where there is no such time zone."""
    try:
        return None if value is None else TIME_ZONE.validate_python(value)
    except ValidationError as error:
        raise click.BadParameter(printable(no_time_zone(str(value)))) from error


@click.command()
@click.argument("service")
@folder_argument
@click.option(
    "--at",
    "typed",
    metavar="WHEN",
    default="now",
    show_default=True,
    help="When SERVICE fails: '2027-01-24 03:00', 'tomorrow 03:00', 'Sunday 03:00', or with an \
offset.",
)
@click.option("--person", metavar="NAME", help="Whether this person is told, and why (not).")
@click.option(
    "--zone",
    metavar="ZONE",
    callback=read_zone,
    help="The time zone of WHEN, and of what is shown, such as Europe/Paris. [default: that of the \
first schedule that the policy names]",
)
@click.option(
    "--acknowledged-after",
    metavar="DURATION",
    callback=read_duration,
    help="Somebody acknowledges so long after the Alert, such as '20 min'. [default: nobody does]",
)
@click.option(
    "--server",
    metavar="URL",
    help="Ask this server, and not the files: it knows what has happened, and who edited what. The \
API key is PAGER_API_KEY of the environment.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explain(  # noqa: PLR0913 - its options
    service: str,
    folder: Path,
    *,
    server: str | None,
    typed: str,
    person: str | None,
    zone: str | None,
    acknowledged_after: timedelta | None,
    as_json: bool,
) -> None:
    """Tell who is paged when, and why.

    If SERVICE raises an Alert; nobody is paged. By the YAML files in FOLDER, and the rules that
    `pager serve` goes by. A server tells of a past moment what really happened. With --person, tell
    why that person is paged, or is not.
    """
    with refusals_as_sentences(), wrong_questions():
        question = _Question(service, typed, person, zone, acknowledged_after)
        if server is None:
            explanation = _by_files(folder, question)
        else:
            with server_of(server) as client:
                explanation = _by_server(client, question)
    if as_json:
        # In ASCII: a name may contain what would steer the terminal.
        click.echo(explanation.model_dump_json(ensure_ascii=True))
        return
    show(render_explanation(explanation))


@contextmanager
def wrong_questions() -> Iterator[None]:
    """Refuse the option that asks about what is not there, as each wrong option is refused."""
    try:
        yield
    except BadMoment as error:
        raise click.BadParameter(printable(str(error)), param_hint="--at") from error
    except NotThere as error:
        asked = "--person" if error.noun == "person" else "SERVICE"
        raise click.BadParameter(printable(str(error)), param_hint=asked) from error


class _Question(NamedTuple):
    """What is asked."""

    service: str
    typed: str
    """The moment."""
    person: str | None
    zone: str | None
    acknowledged_after: timedelta | None


def _by_files(folder: Path, asked: _Question) -> Explanation:
    """By rehearsal of what the files say. Raises WrongFolder, NotThere and BadMoment."""
    read = read_folder(folder, OR_A_SERVER)
    person = asked.person and as_known(asked.person, read.configuration.directory.people)
    check_asked(read.configuration, asked.service, person)
    now = datetime.now(UTC)
    situation = situation_of(read.configuration, asked.service)
    situation = situation._replace(sources=FileSources(read))
    time_zone = asked.zone or time_zone_of(situation)
    at = read_moment(asked.typed, ZoneInfo(time_zone), now)
    course = rehearsed(read.configuration, situation, at, asked.acknowledged_after)
    return explained(course, at, person, time_zone)


def _by_server(client: PagerClient, asked: _Question) -> Explanation:
    """Out of its journal, or by rehearsal there. Raises ServerRefused and BadMoment."""
    query: dict[str, str] = {}
    # What is typed is a time of a zone that the server knows.
    query["time_zone"] = asked.zone or client.explanation(asked.service, {}).time_zone
    if not is_now(asked.typed):  # now is what it is on the server's clock
        at = read_moment(asked.typed, ZoneInfo(query["time_zone"]), datetime.now(UTC))
        query["at"] = at.isoformat()
    if asked.person is not None:
        query["person"] = asked.person
    if asked.acknowledged_after is not None:
        query["acknowledged_after"] = in_iso(asked.acknowledged_after)
    return client.explanation(asked.service, query)
