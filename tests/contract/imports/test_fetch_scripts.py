"""The scripts of docs/migrate.md fetch what another pager's API gives, and name what it refuses."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "migrate.md"
SCRIPTS = dict(
    re.findall(r"<!-- fetch (\w+) -->\n```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
)
KEYS = {
    "opsgenie": "OPSGENIE_API_KEY",
    "pagerduty": "PAGERDUTY_API_KEY",
    "oncall": "ONCALL_API_KEY",
}
LISTS = ("data", "users", "teams", "schedules", "results")
ANSWER = {name: [{"id": "one"}] for name in LISTS}

pytestmark = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("curl")), reason="the scripts need curl and jq"
)


class Api(ThreadingHTTPServer):
    """Any of the APIs: each list has one object and no next page, and some are refused."""

    def __init__(self, *refused: str) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), _Answer)
        self.refused = {*refused}
        self.asked: list[tuple[str, str]] = []
        """The paths, and with what they were asked."""


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append((path, self.headers["Authorization"]))
        self.send_response(403 if path in self.server.refused else 200)
        self.end_headers()
        self.wfile.write(json.dumps(ANSWER).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[Api]:
    """An API that refuses the list of teams."""
    with Api("/v2/teams", "/teams", "/api/v1/teams/") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _fetch(pager: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run its script there, with these variables beside where programs are."""
    return subprocess.run(
        ["/bin/sh", "-c", SCRIPTS[pager]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("pager", KEYS)
def test_without_a_key_nothing_is_asked(pager: str, api: Api, tmp_path: Path) -> None:
    """The variable that is missing is named."""
    done = _fetch(pager, tmp_path, API=f"http://127.0.0.1:{api.server_port}")
    assert done.returncode != 0
    assert KEYS[pager] in done.stderr
    assert api.asked == []


@pytest.mark.parametrize(
    ("pager", "refused", "last"),
    [
        ("opsgenie", "/v2/teams", "/v2/policies/alert"),
        ("pagerduty", "/teams", "/services"),
        ("oncall", "/api/v1/teams/", "/api/v1/routes/"),
    ],
)
def test_what_is_refused_is_named_and_the_rest_is_fetched(
    pager: str, refused: str, last: str, api: Api, tmp_path: Path
) -> None:
    """It ends with 1, so that nobody takes the export for a whole one."""
    address = f"http://127.0.0.1:{api.server_port}"
    done = _fetch(pager, tmp_path, **{KEYS[pager]: "s3cret", "API": address})
    assert done.returncode == 1
    missing = [line for line in done.stderr.splitlines() if line.endswith(" is missing")]
    assert [urlsplit(line.removesuffix(" is missing")).path for line in missing] == [refused]
    paths = [path for path, _ in api.asked]
    assert (paths[-1], len(paths)) == (last, len(set(paths)))
    assert all("s3cret" in key for _, key in api.asked)
    files = [*(tmp_path / "export").rglob("*.json")]
    assert len(files) == len(paths) - 1
    assert {path.read_text() for path in files} == {json.dumps(ANSWER)}


@pytest.mark.parametrize("pager", KEYS)
def test_a_whole_export_ends_well(pager: str, api: Api, tmp_path: Path) -> None:
    """Each list is asked for once, and nothing is told."""
    api.refused.clear()
    address = f"http://127.0.0.1:{api.server_port}"
    done = _fetch(pager, tmp_path, **{KEYS[pager]: "s3cret", "API": address})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len([*(tmp_path / "export").rglob("*.json")]) == len(api.asked)
