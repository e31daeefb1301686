"""PgBouncer, Debian's: a pooler between Pager and PostgreSQL."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import make_url

from ports import free_port
from waiting import wait_until

PoolMode = Literal["session", "transaction", "statement"]

HOW_TO_RUN = "This needs PgBouncer: on Debian, `apt-get install pgbouncer`."

SETTINGS = """\
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
server_round_robin = 1
"""
"""All else is as PgBouncer has it by default. In turn, so that no transaction has the connection of
the one before."""


@contextmanager
def pgbouncer(database: str, mode: PoolMode, folder: Path) -> Iterator[str]:
    """The URL of the same database, through a PgBouncer whose settings are in `folder`.

    Skips the test where there is no PgBouncer, and fails it where CI promises that there is.
    """
    # Debian keeps it where only root looks.
    executable = shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin:/usr/local/bin")
    if executable is None:
        if "CI" in os.environ:
            pytest.fail(HOW_TO_RUN)
        pytest.skip(HOW_TO_RUN)
    url = make_url(database)
    host = str(url.query.get("host", url.host))
    listen_port, settings = free_port(), folder / f"{mode}.ini"
    settings.write_text(
        SETTINGS.format(
            host=host,
            port=url.port or 5432,
            user=url.username,
            listen_port=listen_port,
            mode=mode,
        )
    )
    # It does not run as root, and only the owner of PostgreSQL's sockets may use them.
    owner = Path(host).stat().st_uid if host.startswith("/") else None
    with (
        settings.open() as content,
        subprocess.Popen(
            [executable, "--quiet", "/dev/stdin"],
            stdin=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=owner,
        ) as program,
    ):
        try:
            wait_until(lambda: _listens(listen_port), "PgBouncer listens")
            through = url.set(host="127.0.0.1", port=listen_port, query={})
            yield through.render_as_string(hide_password=False)
        finally:
            program.kill()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
