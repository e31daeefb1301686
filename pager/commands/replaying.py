"""The command that replays the incidents of the past on another configuration."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import click

from pager.adapters.configuration.files import read_folder
from pager.adapters.terminal.replay import render_replay
from pager.commands.options import (
    folder_argument,
    read_duration,
    refusals_as_sentences,
    server_of,
    server_option,
    show,
)
from pager.configuration.managed import applied
from pager.explain.replay import replay as replayed

LONGEST = timedelta(days=3_650)
MOST_INCIDENTS = 20_000
"""The newest. They are decided in a few seconds."""


@click.command(
    epilog="The API key is PAGER_API_KEY of the environment; it has to be good for `read` on all \
services."
)
@folder_argument
@server_option
@click.option(
    "--since",
    metavar="DURATION",
    default="90 d",
    show_default=True,
    callback=read_duration,
    help="How far back, such as '30 days'.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each incident.")
def replay(folder: Path, server: str, since: timedelta, *, as_json: bool) -> None:
    """Tell what past incidents would have been by other files.

    What the incidents of a server would have been with the YAML files in FOLDER. For each: whether
    somebody would have been told, who first and when, beside who really was. A kind that no file
    names is as it is on the server. Nobody is paged, and nothing is changed.
    """
    if since > LONGEST:
        raise click.UsageError(f"--since: at most {LONGEST.days} days are looked back.")
    begin = datetime.now(UTC) - since
    with refusals_as_sentences():
        files = read_folder(folder)
        with server_of(server) as client:
            before = client.configuration()
            configuration = applied(before, files.configuration, files.managed)
            incidents = [*islice(client.past_incidents(begin), MOST_INCIDENTS)]
        found = replayed(incidents, configuration, before.directory)
    if as_json:
        for one in found:
            # In ASCII: a name may contain what would steer the terminal.
            click.echo(one.model_dump_json(ensure_ascii=True))
        return
    show(render_replay(found, begin))
