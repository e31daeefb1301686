"""A Twilio that is not ours: Prism, serving Twilio's own OpenAPI file.

Prism answers as the file says, and refuses with a 4xx what the file does not allow: a wrong path,
a missing or malformed form field, missing credentials. Both come from npm.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from announced import announced
from npm import NoNode, file_of, installed, node

PRISM = "@stoplight/prism-cli@5.14.2"
TWILIO = "@twilio/cli-core@8.3.2"
OPENAPI = "src/services/twilio-api/twilio_api_v2010.json"


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
    with announced(command, r"Prism is listening on (\S+)") as url:
        yield url


@pytest.fixture(scope="session")
def prism() -> Iterator[str]:
    """The URL of the one that all tests of a run use: it takes seconds to start."""
    with twilio_by_prism() as url:
        yield url
