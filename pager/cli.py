"""The command line: which commands there are, and where each one is.

A command is imported when it is asked for, so that one that needs no server runs without one.
"""

import io
import sys
from importlib import import_module
from keyword import iskeyword

try:
    import click
except ModuleNotFoundError as missing:
    sys.exit(
        f"The commands are not installed ({missing.name} is missing). To test who is on call: "
        "pip install '.[verify]'. For the server: pip install '.[server]'"
    )

COMMANDS = {
    "serve": "serving",
    "invite": "serving",
    "receive-mail": "serving",
    "verify": "verifying",
    "explain": "explaining",
    "replay": "replaying",
    "import": "importing",
    "export": "configuring",
    "plan": "configuring",
    "apply": "configuring",
    "schema": "schemas",
    "journal": "records",
    "rehearse": "records",
    "audit": "records",
    "backup": "backups",
    "restore": "backups",
}
"""The module of each, in `pager.commands`."""

WITHOUT_A_SERVER = {"configuring", "explaining", "importing", "replaying", "schemas", "verifying"}
"""The modules that need the extra `verify`; the others need the extra `server`."""


class Commands(click.Group):
    """The commands, in the order in which somebody comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the library's signature
        """Their names."""
        return [*COMMANDS]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name. Exits where what it needs is not installed."""
        if cmd_name not in COMMANDS:
            return None
        try:
            module = import_module(f"pager.commands.{COMMANDS[cmd_name]}")
        except ModuleNotFoundError as missing:
            return _not_installed(cmd_name, missing)
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command


def _not_installed(name: str, missing: ModuleNotFoundError) -> click.Command:
    """In the place of a command that lacks something: `pager --help` lists it, too."""
    extra = "verify" if COMMANDS[name] in WITHOUT_A_SERVER else "server"
    reason = f"It is not installed ({missing.name} is missing): pip install '.[{extra}]'"
    return click.Command(
        name,
        callback=lambda: sys.exit(reason),
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        short_help=f"Needs what is not installed: pip install '.[{extra}]'",
        help=reason,
    )


@click.group(cls=Commands, context_settings={"max_content_width": 100})
@click.version_option(package_name="pager")
def main() -> None:
    """Pager: an Alert becomes a page that somebody answers."""
    # A terminal that cannot show a character must not keep a page from being shown.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
