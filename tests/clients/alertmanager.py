"""Debian's Alertmanager as a process."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from ports import free_port
from waiting import WAIT_TIMEOUT, wait_until

PROGRAM = shutil.which("prometheus-alertmanager")


class Alertmanager:
    """An Alertmanager that sends to one receiver. Use it with `with`.

    It can be stopped and started in between. It keeps what it has sent, and forgets the alerts:
    Prometheus sends these again and again.
    """

    def __init__(self, directory: Path, receiver: Mapping[str, object]) -> None:
        """`receiver` has its configuration, such as webhook_configs."""
        self._directory = directory
        self._port = free_port()
        configuration = {
            "route": {
                "receiver": "pager",
                "group_by": ["alertname", "service"],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "receivers": [{"name": "pager", **receiver}],
        }
        # YAML takes JSON.
        (directory / "alertmanager.yml").write_text(json.dumps(configuration))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is not None:
            print((self._directory / "log").read_text()[-4_000:])  # noqa: T201 - beside the failure

    def start(self) -> None:
        """Start it; returns once it is ready."""
        assert PROGRAM is not None
        with (self._directory / "log").open("a") as log:
            self._process = subprocess.Popen(
                [
                    PROGRAM,
                    "--config.file=alertmanager.yml",
                    "--storage.path=data",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                    "--cluster.listen-address=",
                ],
                cwd=self._directory,
                env={**os.environ, "NO_PROXY": "*"},
                stdout=log,
                stderr=log,
            )
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{self._port}", trust_env=False)
        wait_until(self._is_ready, "Alertmanager is ready")

    def stop(self) -> None:
        """SIGTERM: it writes down what it has sent."""
        self._http.close()
        self._process.terminate()
        self._process.wait(WAIT_TIMEOUT)

    def fire(self, name: str, instance: str) -> None:
        """As Prometheus does for an alert that fires."""
        self._post(name, instance, timedelta(hours=1))

    def resolve(self, name: str, instance: str) -> None:
        """As Prometheus does for an alert that is over."""
        self._post(name, instance, timedelta(0))

    def _post(self, name: str, instance: str, ends_after: timedelta) -> None:
        now = datetime.now(UTC)
        alert = {
            "labels": {"alertname": name, "service": "checkout-api", "instance": instance},
            "annotations": {"summary": f"{name} on {instance}"},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": (now + ends_after).isoformat(),
        }
        self._http.post("/api/v2/alerts", json=[alert]).raise_for_status()

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, (self._directory / "log").read_text()
        try:
            return self._http.get("/-/ready").is_success
        except httpx2.TransportError:
            return False
