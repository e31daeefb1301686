"""Each client pages through Pager, and is told nothing that it does not expect."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from clients.gate import Gate
from clients.senders import SENDERS, Sender, Step, curl_lines, run
from clients.site import Site
from pager.access.integrations import ProtocolName
from pager.adapters.web.intake.protocols import PROTOCOLS
from pager.adapters.web.intake.setup_texts import SETUPS

pytestmark = pytest.mark.proof


@pytest.fixture(params=[name for name, each in SENDERS.items() if each.protocol in PROTOCOLS])
def sender(request: pytest.FixtureRequest) -> Sender:
    """Each of the clients."""
    return SENDERS[request.param]


@pytest.fixture
def certificate(tmp_path: Path, sender: Sender) -> str | None:
    """The file of the authority that the client trusts; None where it needs no https."""
    return str(tmp_path / "authority.pem") if sender.needs_https else None


@pytest.fixture
def gate(site: Site, certificate: str | None) -> Iterator[Gate]:
    """What stands between the client and Pager."""
    tls = None
    if certificate is not None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(certificate)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
    with site.gate(tls) as gate:
        yield gate


def test_a_client_pages_once_for_each_trouble(
    site: Site, gate: Gate, sender: Sender, certificate: str | None
) -> None:
    """It raises it, raises it again, acknowledges and resolves it, as far as it can."""
    integration = site.integration(sender.protocol, **sender.routing)

    def do(step: Step) -> None:
        run(sender.command(gate, integration, step), certificate)

    if sender.sends_again:
        # Where the client is installed for it, that takes longer than a request may.
        command = sender.command(gate, integration, "trigger")
        gate.is_busy = True
        with ThreadPoolExecutor() as threads:
            first = threads.submit(run, command, certificate)
            gate.wait_for(bool, "it tries for the first time")
            gate.is_busy = False
            first.result()
        assert site.incident == 1
    for step in sender.steps:
        do(step)
        assert not site.is_healthy() or step == "resolve"
        assert site.acknowledged == (step == "acknowledge")
    assert site.is_healthy() == ("resolve" in sender.steps)
    site.check_pages(1)
    refused = [exchange for exchange in gate.exchanges if exchange.status not in range(200, 300)]
    assert all(exchange.was_busy for exchange in refused)
    assert bool(refused) == sender.sends_again


@pytest.mark.parametrize(
    "protocol",
    [
        protocol
        for protocol, setups in SETUPS.items()
        if protocol in PROTOCOLS and any(setup.sender == "curl" for setup in setups)
    ],
)
def test_the_lines_for_curl_page_as_they_are_pasted(site: Site, protocol: ProtocolName) -> None:
    """The console and the pages show them."""
    with site.gate() as gate:
        for lines in curl_lines(protocol, gate, site.integration(protocol)):
            run(["/bin/bash", "-ec", lines], None)
    assert site.incident == 1
    assert all(200 <= exchange.status < 300 for exchange in gate.exchanges)
