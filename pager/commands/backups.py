"""The commands that copy the database, and make a copy the database again."""

from pathlib import Path

import click

from pager import environment
from pager.adapters.store.upkeep.backup import back_up
from pager.adapters.store.upkeep.restore import Access
from pager.adapters.store.upkeep.restore import restore as restore_backup
from pager.adapters.terminal.backups import contents_in_words, restored_in_words
from pager.adapters.text import printable
from pager.commands.common import config_option, errors_as_sentences

_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_file)
@config_option
def backup(file: Path, config: Path | None) -> None:
    """Copy the database to FILE, and check the copy.

    FILE must be new; Pager may run meanwhile. FILE has the key that links are signed with: keep it
    as you keep secrets. `pager restore` makes it the database again. Databases on PostgreSQL are
    backed up by pg_dump.
    """
    with errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        contents = back_up(url, file)
    click.echo(f"{file} has {contents_in_words(contents)}.")


@click.command()
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
@config_option
def restore(file: Path | None, api_keys: str, passwords: str, config: Path | None) -> None:
    """Make the backup FILE the database. Pager must be stopped.

    The database that was there is moved aside. Without a FILE, the database that is there is one
    that you have put there yourself: with pg_restore, or as a copy.

    What happened after the backup is not in it. So links of before are no longer good, nobody is
    signed in, and new incidents have numbers above all that were given out. What was revoked since
    the backup, it cannot know: that is for you to decide.
    """
    access = Access(keeps_api_keys=api_keys == "keep", keeps_passwords=passwords == "keep")
    with errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        restored = restore_backup(url, file, access)
    click.echo(printable(restored_in_words(restored, access)))
