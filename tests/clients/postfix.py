"""A Postfix of a test's own, which hands over by LMTP as docs/clients/email.md says."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from ports import free_port
from waiting import wait_until

PROGRAM = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mail.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
address_verify_poll_delay = 1s
smtputf8_enable = no
{documented}
"""

MASTER = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """It takes e-mail for pager.example.com on a port of this machine. Use it with `with`."""

    def __init__(self, home: Path, documented: str) -> None:
        """`documented` are the lines of main.cf that make it hand over to Pager."""
        self._home = home
        self._documented = documented
        self.place = ("127.0.0.1", free_port())

    def __enter__(self) -> Self:
        for name in ("etc", "spool", "data"):
            (self._home / name).mkdir()
        shutil.chown(self._home / "data", "postfix")
        main = MAIN.format(home=self._home, documented=self._documented)
        (self._home / "etc" / "main.cf").write_text(main)
        (self._home / "etc" / "master.cf").write_text(MASTER.format(port=self.place[1]))
        self._run("start")
        wait_until(self._listens, "Postfix listens")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._run("stop")
        if error is not None:
            print(self.log[-4_000:])  # noqa: T201 - beside the failure

    @property
    def log(self) -> str:
        """What it has done."""
        return (self._home / "log").read_text()

    def _run(self, command: str) -> None:
        assert PROGRAM is not None
        subprocess.run([PROGRAM, "-c", self._home / "etc", command], check=True)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(self.place) == 0
