"""The pagers that are measured: how each is started, and what its Alerts look like."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import postgresql
from benchmarks.generator import drive, request
from benchmarks.machine import BenchmarkError, free_port, wait_for_port

FILES = Path(__file__).parent / "files"
PACKAGE = Path(__file__).parents[1] / "pager"
STOP_TIMEOUT = 20.0
"""Seconds that a server has to end; then it is killed."""


class Alert(NamedTuple):
    """One Alert of a storm."""

    service: str
    text: str


class Setting(NamedTuple):
    """What a pager is started for."""

    folder: Path
    smtp_port: int
    services: Sequence[str]
    # E-mail Targets of each service.
    targets: int


class Running(NamedTuple):
    """A pager that listens."""

    ports: list[int]
    # The roots of its process trees, its database's with them.
    pids: list[int]


def recipient(service: str, target: int) -> str:
    """The address of one Target of the service."""
    return f"{target}+{service}@sink.test"


class System(ABC):
    """A pager."""

    name: str
    title: str
    is_durable: bool
    install = ""
    """What to type where it is missing."""
    path = "/alerts"
    tls = False
    takes_lists = True
    sends_mail = True
    most_services: int | None = None
    """Where it would take minutes for more."""

    def is_installed(self) -> bool:
        """Whether it can be measured here."""
        return True

    @abstractmethod
    def version(self) -> str:
        """Of the pager."""

    @abstractmethod
    def running(self, setting: Setting) -> AbstractContextManager[Running]:
        """A new one with an empty database; it ends with the context."""

    @abstractmethod
    def body(self, alerts: Sequence[Alert]) -> str:
        """The body of a request."""

    def headers(self) -> list[str]:
        """More headers of a request."""
        return []

    def request(self, alerts: Sequence[Alert]) -> bytes:
        """A whole request."""
        return request("POST", self.path, self.body(alerts).encode(), self.headers())


class _LikePager(System):
    """What takes Pager's Alerts and policies."""

    is_durable = True

    def body(self, alerts: Sequence[Alert]) -> str:
        items = [{"service_id": alert.service, "message": alert.text} for alert in alerts]
        return json.dumps(items if len(items) > 1 else items[0])


class Pager(_LikePager):
    """This project, as an operator starts it."""

    def __init__(self, database: str = "SQLite", nodes: int = 1) -> None:
        """Several nodes need PostgreSQL."""
        self._is_sqlite, self._nodes = database == "SQLite", nodes
        self.name = "pager" if self._is_sqlite else f"pager-postgresql-{nodes}"
        many = "one node" if nodes == 1 else f"{nodes} nodes"
        self.title = "Pager" if self._is_sqlite else f"Pager, PostgreSQL, {many}"

    install = postgresql.INSTALL

    def is_installed(self) -> bool:
        return self._is_sqlite or postgresql.is_installed()

    def version(self) -> str:
        commit = _git("describe", "--always") or "unknown"
        if _git("status", "--porcelain", "--", str(PACKAGE)):
            commit += "-dirty"
        return commit if self._is_sqlite else f"{commit}, PostgreSQL {postgresql.version()}"

    @contextmanager
    def running(self, setting: Setting) -> Iterator[Running]:
        with ExitStack() as stack:
            pids = []
            if self._is_sqlite:
                url = f"sqlite:///{setting.folder}/pager.db"
            else:
                server = stack.enter_context(postgresql.running_server())
                url = server.url
                pids.append(server.pid)
            ports = []
            for node in range(self._nodes):
                ports.append(free_port())
                environment = {
                    "PAGER_OPEN_ON_LOOPBACK": "true",
                    "PAGER_LISTEN": f"127.0.0.1:{ports[-1]}",
                    "PAGER_DATABASE_URL": url,
                    "PAGER_SMTP_URL": f"smtp://127.0.0.1:{setting.smtp_port}",
                    "PAGER_MAIL_FROM": "pager@sink.test",
                }
                command = [str(Path(sys.executable).with_name("pager")), "serve"]
                log = setting.folder / f"log-{node}"
                process = stack.enter_context(_process(command, setting.folder, log, environment))
                wait_for_port(ports[-1], process, log)
                pids.append(process.pid)
            put_policies(ports, setting.services, setting.targets)
            yield Running(ports, pids)


class Ceiling(_LikePager):
    """The real domain with durable commits, and nothing else."""

    name, title = "ceiling", "the ceiling"
    install = "pip install uvicorn httptools uvloop"

    def version(self) -> str:
        return "the same commit"

    @contextmanager
    def running(self, setting: Setting) -> Iterator[Running]:
        port, log = free_port(), setting.folder / "log"
        database = str(setting.folder / "ceiling.db")
        module = [sys.executable, "-m", "benchmarks.ceiling"]
        command = [*module, database, str(port), str(setting.smtp_port)]
        with _process(command, Path(__file__).parents[1], log) as process:
            wait_for_port(port, process, log)
            put_policies([port], setting.services, setting.targets)
            yield Running([port], [process.pid])


class Alertmanager(System):
    """Prometheus Alertmanager. It keeps Alerts in memory."""

    name, title, is_durable = "alertmanager", "Alertmanager", False
    install = "apt-get install --no-install-recommends prometheus-alertmanager"
    path = "/api/v2/alerts"

    def is_installed(self) -> bool:
        return self._program() is not None

    def version(self) -> str:
        said = subprocess.run(  # noqa: S603
            [str(self._program()), "--version"], check=True, capture_output=True, text=True
        )
        return (said.stdout or said.stderr).split("version ")[1].split(" ")[0]

    def body(self, alerts: Sequence[Alert]) -> str:
        return json.dumps(
            [
                {
                    "labels": {"alertname": "down", "service": alert.service},
                    "annotations": {"summary": alert.text},
                }
                for alert in alerts
            ]
        )

    @contextmanager
    def running(self, setting: Setting) -> Iterator[Running]:
        port, log = free_port(), setting.folder / "log"
        service = "{{ .CommonLabels.service }}"
        receivers = "".join(
            f"      - to: '{recipient(service, target)}'\n"
            f"        headers: {{Subject: '{service} is down'}}\n"
            f"        text: '{service} is down'\n"
            "        html: ''\n"
            "        send_resolved: false\n"
            for target in range(setting.targets)
        )
        template = (FILES / "alertmanager.yml").read_text()
        configuration = setting.folder / "alertmanager.yml"
        configuration.write_text(template.replace("SMTP_PORT", str(setting.smtp_port)) + receivers)
        command = [
            str(self._program()),
            f"--config.file={configuration}",
            f"--storage.path={setting.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        with _process(command, setting.folder, log) as process:
            wait_for_port(port, process, log)
            yield Running([port], [process.pid])

    def _program(self) -> str | None:
        return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


class Icinga2(System):
    """Icinga 2 with passive results. It starts two programs for each e-mail."""

    name, title, is_durable = "icinga2", "Icinga 2", False
    install = "apt-get install --no-install-recommends icinga2-bin icinga2-common msmtp openssl"
    path = "/v1/actions/process-check-result"
    tls = True
    takes_lists = False
    most_services = 1000

    def is_installed(self) -> bool:
        return all(shutil.which(name) for name in ("icinga2", "msmtp", "openssl"))

    def version(self) -> str:
        said = subprocess.run(
            ["icinga2", "--version"],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        )
        return said.stdout.split("version: ")[1].split(")")[0]

    def headers(self) -> list[str]:
        account = base64.b64encode(b"storm:storm").decode()
        return ["Accept: application/json", f"Authorization: Basic {account}"]

    def body(self, alerts: Sequence[Alert]) -> str:
        (alert,) = alerts
        return json.dumps(
            {
                "type": "Service",
                "service": f"h!{alert.service}",
                "exit_status": 2,
                "plugin_output": alert.text,
            }
        )

    @contextmanager
    def running(self, setting: Setting) -> Iterator[Running]:
        folder, port = setting.folder, free_port()
        for part in ("data/certs", "data/ca", "data/api", "run", "log", "cache", "spool/perfdata"):
            (folder / part).mkdir(parents=True)
        (folder / "spool/tmp").mkdir()
        certificates = folder / "data/certs"
        subprocess.run(  # noqa: S603
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=peer", "-keyout", "peer.key", "-out", "peer.crt"),
            ],
            check=True,
            capture_output=True,
            cwd=certificates,
        )
        shutil.copy(certificates / "peer.crt", certificates / "ca.crt")
        users = ", ".join(f'"u{target}"' for target in range(setting.targets))
        template = (FILES / "icinga2.conf").read_text()
        (folder / "icinga2.conf").write_text(template.replace("USERS", users))
        places = {
            "DataDir": "data",
            "InitRunDir": "run",
            "LogDir": "log",
            "CacheDir": "cache",
            "SpoolDir": "spool",
            "PidPath": "run/pid",
            "StatePath": "data/state",
            "ObjectsPath": "cache/objects",
            "VarsPath": "cache/vars",
            "ModAttrPath": "data/modattr",
        }
        definitions = [x for name, at in places.items() for x in ("-D", f"{name}={folder / at}")]
        user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True)  # noqa: S607
        group = subprocess.run(["id", "-gn"], check=True, capture_output=True, text=True)  # noqa: S607
        environment = {
            "PORT": str(port),
            "FOLDER": str(folder),
            "NOTIFY": str(FILES / "notify.sh"),
            "SMTP_PORT": str(setting.smtp_port),
            "TARGETS": str(setting.targets),
            "SERVICES": ",".join(setting.services),
            "ICINGA2_USER": user.stdout.strip(),
            "ICINGA2_GROUP": group.stdout.strip(),
        }
        command = ["icinga2", "daemon", "-c", str(folder / "icinga2.conf"), *definitions]
        with _process(command, folder, folder / "output", environment) as process:
            wait_for_port(port, process, folder / "output")
            time.sleep(2)  # it listens before it takes results
            yield Running([port], [process.pid])


class Alerta(System):
    """Alerta, behind gunicorn, on PostgreSQL. It sends no e-mail: it only takes the Alerts."""

    name, title, is_durable = "alerta", "Alerta (no e-mail)", True
    install = "python -m venv alerta && alerta/bin/pip install alerta-server psycopg2-binary gunicorn && export ALERTA_BIN=$PWD/alerta/bin"  # noqa: E501 - one line to copy
    path = "/alert"
    takes_lists = False
    sends_mail = False
    most_services = 1000

    def is_installed(self) -> bool:
        return (self._folder() / "gunicorn").exists() and postgresql.is_installed()

    def version(self) -> str:
        code = "import importlib.metadata as m; print(m.version('alerta-server'))"
        python = str(self._folder() / "python")
        said = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
        return said.stdout.strip()

    def body(self, alerts: Sequence[Alert]) -> str:
        (alert,) = alerts
        return json.dumps(
            {
                "resource": alert.service,
                "event": "down",
                "environment": "Production",
                "severity": "critical",
                "service": ["pager"],
                "text": alert.text,
            }
        )

    @contextmanager
    def running(self, setting: Setting) -> Iterator[Running]:
        port, log = free_port(), setting.folder / "log"
        with postgresql.running_server() as server:
            settings = setting.folder / "alertad.conf"
            url = server.url.replace("postgresql+psycopg:", "postgres:")
            settings.write_text(
                f"DATABASE_URL = {url!r}\nAUTH_REQUIRED = False\nSECRET_KEY = 'x'\n"
                "PLUGINS = ['reject', 'blackout']\n"
            )
            command = [
                str(self._folder() / "gunicorn"),
                *("-b", f"127.0.0.1:{port}", "-w", "2", "-k", "gthread", "--threads", "8"),
                *("--keep-alive", "60", "--preload", "alerta:create_app()"),
            ]
            environment = {"ALERTA_SVR_CONF_FILE": str(settings)}
            with _process(command, setting.folder, log, environment) as process:
                wait_for_port(port, process, log)
                time.sleep(3)
                yield Running([port], [process.pid, server.pid])

    def _folder(self) -> Path:
        return Path(os.environ.get("ALERTA_BIN", Path(sys.executable).parent))


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PACKAGE), *arguments]
    return subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True
    ).stdout.strip()


def put_policies(ports: Sequence[int], services: Sequence[str], targets: int) -> None:
    """Give each service a policy of one Level. Raises BenchmarkError where one is refused."""
    requests = []
    for service in services:
        pages = [{"type": "email", "address": recipient(service, i)} for i in range(targets)]
        level = {"targets": pages, "acknowledgement_delay": "PT1H"}
        body = json.dumps({"service_id": service, "levels": [level]}).encode()
        requests.append(request("PUT", f"/escalation-policies/{service}", body))
    if not requests:
        return
    answers = drive(requests, ports)
    if set(answers.statuses) - {"200", "201"}:
        raise BenchmarkError(f"a policy was refused: {answers.samples}")


@contextmanager
def _process(
    command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAGER_")}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
