"""Writes the runs in docs/clients: `PYTHONPATH=tests python -m clients.record`.

It runs each client with a Pager, as the tests do, and needs what they need. `python -m
clients.record NAME …` runs only these.
"""

import json
import re
import smtplib
import ssl
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import trustme

from clients.alertmanager import Alertmanager
from clients.gate import Exchange, Gate
from clients.senders import SENDERS, Sender, curl_lines, run
from clients.site import Key, Site
from clients.test_alertmanager import RECEIVERS
from clients_pages import PART, pages, write
from contract.web.intake.reading.test_grafana import ALERT, EXAMPLE
from pager.access.integrations import PROTOCOLS

LONGEST_BODY, LONGEST_ANSWER = 420, 300
"""Characters of a request and of an answer that a page shows."""
RECORDED = Path(__file__).parent / "recorded"


def as_text(exchanges: Sequence[Exchange], *secrets: str) -> str:
    """The exchanges as a page shows them: shortened, and without keys."""
    texts = []
    for each in exchanges:
        body = _short(each.body, LONGEST_BODY)
        answer = _short(each.answer, LONGEST_ANSWER)
        texts.append(f"{each.method} {each.target}\n{body}\n→ {each.status} {answer}".strip())
    text = re.sub(r"(localhost|127\.0\.0\.1|vm):\d+", "pager.example.com", "\n\n".join(texts))
    for secret in secrets:
        text = text.replace(secret, "KEY")
    return f"\n```\n{text}\n```\n"


def _short(text: str, longest: int) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= longest else f"{text[:longest]}…"


def of_sender(site: Site, folder: Path, sender: Sender) -> str:
    """A client's run, with a Pager that is busy at first where the client tries again."""
    certificate = tls = None
    if sender.needs_https:
        authority = trustme.CA()
        certificate = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(certificate)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
    key = site.integration(sender.protocol, **sender.routing)
    with site.gate(tls) as gate:
        if sender.sends_again:
            gate.is_busy = True
            with ThreadPoolExecutor() as threads:
                first = threads.submit(run, sender.command(gate, key, "trigger"), certificate)
                gate.wait_for(bool, "it tries for the first time")
                gate.is_busy = False
                first.result()
        for step in sender.steps[1:] if sender.sends_again else sender.steps:
            run(sender.command(gate, key, step), certificate)
        return as_text(gate.exchanges, *_spellings(key))


def _spellings(key: Key) -> Sequence[str]:
    whole = key.key
    ends = (8, 12, 16, 20, 32)
    parts = [whole[begin:end] for begin, end in zip((0, *ends), ends, strict=False)]
    return [whole, "-".join(parts)]


def of_alertmanager(site: Site, folder: Path, protocol: str) -> str:
    """A group of two alerts, from the first to the end of the second."""
    name = next(known for known in RECEIVERS if known == protocol)
    key = site.integration(name)
    with site.gate() as gate, Alertmanager(folder, RECEIVERS[name](key, gate)) as monitor:
        steps: list[Callable[[], None]] = [
            lambda: monitor.fire("HighLatency", "web-1"),
            lambda: monitor.fire("HighLatency", "web-2"),
            lambda: monitor.resolve("HighLatency", "web-1"),
            lambda: monitor.resolve("HighLatency", "web-2"),
        ]
        for step in steps:
            before = len(gate.exchanges)
            step()
            _wait_for_more(gate, before)
        return as_text(gate.exchanges, key.key)


def _wait_for_more(gate: Gate, than: int) -> None:
    gate.wait_for(lambda exchanges: len(exchanges) > than, "it is sent")


def of_curl(site: Site, protocol: str) -> str:
    """The lines with curl that the console shows, run as they are."""
    name = next(known for known in PROTOCOLS if known == protocol)
    key = site.integration(name)
    with site.gate() as gate:
        for lines in curl_lines(name, gate, key):
            run(["/bin/bash", "-ec", lines], None)
        return as_text(gate.exchanges, key.key)


def of_grafana(site: Site) -> str:
    """The payload of a contact point, and of one that is over."""
    key = site.integration("grafana")
    with site.gate() as gate:
        for status in ("firing", "resolved"):
            payload = {**EXAMPLE, "status": status, "alerts": [{**ALERT, "status": status}]}
            url = f"{gate.url}/integrations/v1/grafana"
            headers = {"Authorization": f"Bearer {key.key}"}
            httpx2.post(url, json=payload, headers=headers, trust_env=False).raise_for_status()
        return as_text(gate.exchanges, key.key)


def of_email(site: Site) -> str:
    """An e-mail over LMTP, as the mail server sees it."""
    key = site.integration("email")
    message = json.loads((RECORDED / "email-senders.json").read_text())["messages"][0]
    with smtplib.LMTP(*site.lmtp) as mail:
        sender = message["mail_from"]
        said = [
            ("LHLO mail.example.com", mail.ehlo("mail.example.com")),
            (f"MAIL FROM:<{sender}>", mail.mail(sender)),
            ("RCPT TO:<KEY@pager.example.com>", mail.rcpt(f"{key.key}@pager.example.com")),
            ("DATA …", mail.data(message["message"])),
        ]
    lines = [
        f"{command}\n→ {status} " + answer.decode().replace("\n", ", ")
        for command, (status, answer) in said
    ]
    text = "\n".join(lines)
    return f"\n```\n{text}\n```\n\nWhat Ada reads:\n\n```\n{_shown(site.page())}\n```\n"


def _shown(page: str) -> str:
    text = re.sub(r"http://\S+/acknowledge/\S+", "https://pager.example.com/acknowledge/…", page)
    return "\n".join(text.strip().splitlines()[:24])


def run_of(name: str) -> str:
    """The text of a run."""
    print(name, flush=True)  # noqa: T201 - it takes a while
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "pager").mkdir()
        (place / "client").mkdir()
        with Site(place / "pager") as site:
            if name in SENDERS:
                return of_sender(site, place / "client", SENDERS[name])
            kind, _, protocol = name.partition(" ")
            if kind == "alertmanager":
                return of_alertmanager(site, place / "client", protocol or "alertmanager")
            if kind == "curl":
                return of_curl(site, protocol)
            if kind == "grafana":
                return of_grafana(site)
            return of_email(site)


def main(names: Sequence[str]) -> None:
    """Write these runs, or all."""
    known = {
        part["name"]: part["text"]
        for page in pages()
        for part in PART.finditer(page.read_text(encoding="utf-8"))
        if part["kind"] == "run"
    }
    texts = {**known, **{name: run_of(name) for name in names or known}}
    write({"run": texts.__getitem__})


if __name__ == "__main__":
    main(sys.argv[1:])
