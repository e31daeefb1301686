"""The command `schema`."""

import click

from pager.adapters.configuration.json_schema import schema_text


@click.command(short_help="Print the JSON Schema of configuration files.")
def schema() -> None:
    """Print the JSON Schema of configuration files.

    Editors complete and check by it what you write. `pager export` writes it beside the files, as
    pager.schema.json.
    """
    click.echo(schema_text(), nl=False)
