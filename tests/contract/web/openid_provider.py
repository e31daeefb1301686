"""OpenID providers for tests: a real one, and one whose answers a test writes.

`ScriptedProvider` can do what no real provider should ever do: send a forged token, or a token of
another issuer. At the real one people log in by typing any name, without a password.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from announced import announced


@contextmanager
def openid_provider() -> Iterator[str]:
    """Run oidc-provider-mock on a free port of this machine, and give its issuer."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "oidc_provider_mock", "--port=0", "--require-nonce"]
    with announced(command, r"running on (http://\S+)", environment) as issuer:
        yield issuer


class ScriptedProvider(ThreadingHTTPServer):
    """Answers each path with the document that a test has put there, and keeps what was sent to it.

    Use it with `with`, which closes it at the end.
    """

    daemon_threads = False
    block_on_close = True

    def __init__(self) -> None:
        """Listen on a free port of this machine, with the provider metadata and nothing else."""
        super().__init__(("127.0.0.1", 0), _Answer)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.documents: dict[str, bytes] = {}
        self.headers: dict[str, str] = {}
        self.requested_paths: list[str] = []
        self.form: dict[str, str] = {}
        """The last form that was posted: the token request."""
        self.publish_metadata()
        self._thread = threading.Thread(target=self.serve_forever, args=[0.01])
        self._thread.start()

    def publish_metadata(self, **changes: object) -> None:
        """Answer with its provider metadata, in which some fields are changed."""
        metadata: dict[str, object] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.answer("/.well-known/openid-configuration", {**metadata, **changes})

    def answer(self, path: str, document: object) -> None:
        """Answer `path` with this document from now on."""
        self.documents[path] = json.dumps(document).encode()

    def server_close(self) -> None:
        """Stop, and wait until it has."""
        self.shutdown()
        self._thread.join()
        super().server_close()


class _Answer(BaseHTTPRequestHandler):
    server: ScriptedProvider

    def do_GET(self) -> None:
        self.server.requested_paths.append(self.path)
        body = self.server.documents.get(self.path, b"")
        self.send_response(200 if body else 404)
        for name, value in {"Content-Length": str(len(body)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.form = dict(parse_qsl(body.decode()))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Log nothing."""
