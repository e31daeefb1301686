"""PgBouncer, Debian's: a pooler between Pager and PostgreSQL."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

from waiting import wait_until

PoolMode = Literal["session", "transaction", "statement"]

# Debian keeps it where only root looks.
PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")

SETTINGS = """\
[databases]
* = host={host} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
server_round_robin = 1
"""
"""All else is as PgBouncer has it by default. In turn, so that no transaction has the connection of
the one before."""


@contextmanager
def pgbouncer(database: str, mode: PoolMode, folder: Path) -> Iterator[str]:
    """The URL of the same database, through a PgBouncer whose settings are in `folder`."""
    assert PROGRAM is not None, "apt-get install pgbouncer"
    url = make_url(database)
    sockets = Path(str(url.query["host"]))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / f"{mode}.ini"
    settings.write_text(SETTINGS.format(host=sockets, user=url.username, port=port, mode=mode))
    # It does not run as root, and only the owner of PostgreSQL's sockets may use them.
    with (
        settings.open() as content,
        subprocess.Popen(
            [PROGRAM, "--quiet", "/dev/stdin"],
            stdin=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=sockets.stat().st_uid,
        ) as program,
    ):
        try:
            wait_until(lambda: _listens(port), "PgBouncer listens")
            through = url.set(host="127.0.0.1", port=port, query={})
            yield through.render_as_string(hide_password=False)
        finally:
            program.kill()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
