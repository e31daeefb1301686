"""Clients from PyPI, in a virtual environment of their own: what they depend on is theirs alone."""

import fcntl
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "clients"
INSTALL_TIMEOUT = 300.0  # seconds


def group(name: str) -> list[str]:
    """The requirements of a dependency group of pyproject.toml."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    requirements: list[str] = groups[name]
    return requirements


def python_with(name: str) -> Path:
    """A Python that has the packages of the dependency group `name`, installed once."""
    requirements = group(name)
    home = BUILD / re.sub(r"[^\w.]+", "-", "_".join(requirements))
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second process waits here, and finds it done
        if not (home / "done").exists():
            _run(sys.executable, "-m", "venv", "--clear", home)
            _run(home / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements)
            (home / "done").touch()
    return home / "bin" / "python"


def _run(*command: str | Path) -> None:
    with TemporaryDirectory() as nowhere:
        subprocess.run(command, check=True, cwd=nowhere, timeout=INSTALL_TIMEOUT)
