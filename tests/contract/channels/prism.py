"""A Twilio that is not ours: Prism, serving Twilio's own OpenAPI file.

Prism answers as the file says, and refuses with a 4xx what the file does not allow: a wrong path,
a missing or malformed form field, missing credentials. Both come from npm.
"""

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import IO

import pytest

from npm import NoNode, file_of, installed, node

PRISM = "@stoplight/prism-cli@5.14.2"
TWILIO = "@twilio/cli-core@8.3.2"
OPENAPI = "src/services/twilio-api/twilio_api_v2010.json"

START_TIMEOUT = 60.0  # seconds


@contextmanager
def twilio_by_prism() -> Iterator[str]:
    """Serve Twilio's API on a free port of this machine, and give its URL.

    Skips the test where there is no Node.js, and fails it where CI promises that there is.
    """
    try:
        prism_cli, openapi = installed(PRISM), file_of(TWILIO, OPENAPI)
    except NoNode as error:
        if "CI" in os.environ:
            pytest.fail(str(error))
        pytest.skip(str(error))
    command = [
        *node().node,
        str(prism_cli / "node_modules/@stoplight/prism-cli/dist/index.js"),
        "mock",
        "--errors",
        "--multiprocess=false",
        "--host=127.0.0.1",
        "--port=0",
        str(openapi),
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
    """Read all that Prism prints, so that it never blocks, and find the URL in it."""
    output = []
    for line in log:
        output.append(line)
        if "Prism is listening on " in line:
            url.set_result(line.split()[-1])
    if not url.done():
        url.set_exception(RuntimeError("Prism did not start:\n" + "".join(output)))


@pytest.fixture(scope="session")
def prism() -> Iterator[str]:
    """The URL of the one that all tests of a run use: it takes seconds to start."""
    with twilio_by_prism() as url:
        yield url
