"""`pager serve` as a process of its own, and what a client of it does."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
from click.testing import CliRunner

import forked
from pager.cli import main
from waiting import WAIT_TIMEOUT, wait_until

PAGER = Path(sys.executable).parent / "pager"


def environment(**settings: str) -> dict[str, str]:
    """The environment of a program that is given these settings and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAGER_")}
    return {**inherited, **settings, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


class Program:
    """A started server. Use it with `with`, which kills it at the end if it still runs."""

    def __init__(self, directory: Path, **settings: str) -> None:
        """`directory` is its working directory: it survives the program, and so does its data."""
        self.directory = directory
        self._settings = {"PAGER_LISTEN": "127.0.0.1:0", **settings}
        # Most tests are about what the API does, not about who may call it.
        if "PAGER_API_KEY" not in settings:
            self._settings.setdefault("PAGER_OPEN_ON_LOOPBACK", "true")
        self._changed = threading.Condition()
        self._output: list[str] = []
        self._ended = False

    def __enter__(self) -> Self:
        self._process, self._stdout = forked.start(
            self.directory, environment(**self._settings), "serve"
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        url = self.wait_for_output(r"Pager listens on (\S+)")[1]
        self.http = httpx2.Client(base_url=url, timeout=WAIT_TIMEOUT, verify=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        if error is not None:
            print(self.output)  # noqa: T201 - pytest shows it beside the failure

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """Its output so far."""
        with self._changed:
            return "".join(self._output)

    def kill(self) -> None:
        """kill -9: it has no time for anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as an operator or an orchestrator does; its exit status."""
        return self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """SIGSTOP: it does nothing, and keeps its connections and its locks."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)

    def wait_for_output(self, pattern: str) -> re.Match[str]:
        """The first match in its output, once it is there."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended or re.search(pattern, "".join(self._output)), WAIT_TIMEOUT
            )
            found = re.search(pattern, "".join(self._output))
            assert found, f"it did not say {pattern!r}, but:\n{''.join(self._output)}"
            return found

    # What a client does

    def put_policy(self, service_id: str, *levels: object) -> None:
        """Give the service a policy of these Levels, as JSON has them."""
        path = f"/escalation-policies/{service_id}"
        policy = {"service_id": service_id, "levels": levels}
        self.http.put(path, json=policy).raise_for_status()

    def raise_alert(self, service_id: str, message: str = "p99 latency above 3 s") -> None:
        """Raise an Alert, which is committed when this returns."""
        alert = {"service_id": service_id, "message": message}
        response = self.http.post("/alerts", json=alert)
        assert response.status_code == httpx2.codes.ACCEPTED

    def service(self, service_id: str) -> dict[str, object]:
        """The service as the API shows it."""
        response = self.http.get(f"/services/{service_id}").raise_for_status()
        service: dict[str, object] = response.json()
        return service

    def pages(self, service_id: str) -> list[tuple[str, str]]:
        """Whom the last incident of the service pages, and what became of each page."""
        notifications = self.service(service_id)["notifications"]
        assert isinstance(notifications, list)
        return [
            (page["target"].get("address") or page["target"]["phone_number"], page["status"])
            for page in notifications
        ]

    def wait_until(self, happened: Callable[[], bool], what: str) -> None:
        """Look until it has happened: for what is not in the output."""
        try:
            wait_until(happened, what)
        except AssertionError:
            print(self.output)  # noqa: T201 - pytest shows it beside the failure
            raise

    def wait_until_settled(self, service_id: str) -> None:
        """Until every page of the last incident is sent, withdrawn or refused."""
        final = {"sent", "withdrawn", "refused"}
        self.wait_until(
            lambda: {status for _, status in self.pages(service_id)} <= final,
            f"the pages of {service_id} are settled",
        )

    def _read(self) -> None:
        for line in self._stdout:
            with self._changed:
                self._output.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _end(self, how: signal.Signals) -> int:
        if self._process.is_alive():
            os.kill(self.pid, how)
        self._process.join(WAIT_TIMEOUT)
        assert self._process.exitcode is not None
        self._reader.join()
        self._stdout.close()
        if hasattr(self, "http"):
            self.http.close()
        return self._process.exitcode


def emails(*names: str, delay: str = "PT15M") -> dict[str, object]:
    """A Level of e-mail Targets at example.com."""
    targets = [{"type": "email", "address": f"{name}@example.com"} for name in names]
    return {"targets": targets, "acknowledgement_delay": delay}


def run(
    directory: Path, *arguments: str, typed: str | None = None, **settings: str
) -> tuple[int, str]:
    """Run `pager` with these arguments to its end: its exit status and its output.

    In this process, because a process of its own takes seconds to import what a server needs.
    `typed` is its standard input.
    """
    foreign = {name: None for name in os.environ if name.startswith("PAGER_")}
    with chdir(directory):
        result = CliRunner().invoke(main, arguments, input=typed, env={**foreign, **settings})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def run_server(directory: Path, **settings: str) -> tuple[int, str]:
    """Run a server that does not start: its exit status and its output."""
    return forked.run(directory, environment(**settings), "serve")


def run_as_process(
    directory: Path, *arguments: str, under: Sequence[str] = (), **settings: str
) -> tuple[int, str]:
    """As `run`, in a process of its own; `under` is a command that runs it."""
    result = subprocess.run(
        [*under, PAGER, *arguments],
        cwd=directory,
        env=environment(**settings),
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_TIMEOUT,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr
