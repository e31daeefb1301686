"""Debian's Alertmanager as it is installed, in each of the protocols in which it can page."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from clients.alertmanager import PROGRAM, Alertmanager
from clients.gate import Exchange, Gate
from clients.site import Key, Site
from pager.access.integrations import ProtocolName
from waiting import wait_until

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        PROGRAM is None and "CI" not in os.environ,
        reason="there is no prometheus-alertmanager: apt-get install prometheus-alertmanager",
    ),
]

Receiver = Callable[[Key, Gate], Mapping[str, object]]


def webhook(integration: Key, gate: Gate) -> Mapping[str, object]:
    """webhook_configs."""
    return {
        "webhook_configs": [{"url": f"{gate.url}/integrations/v1/alertmanager/{integration.key}/"}]
    }


def pagerduty(integration: Key, gate: Gate) -> Mapping[str, object]:
    """pagerduty_configs."""
    return {
        "pagerduty_configs": [{"routing_key": integration.key, "url": f"{gate.url}/v2/enqueue"}]
    }


def opsgenie(integration: Key, gate: Gate) -> Mapping[str, object]:
    """opsgenie_configs."""
    return {"opsgenie_configs": [{"api_key": integration.key, "api_url": f"{gate.url}/"}]}


RECEIVERS: dict[ProtocolName, Receiver] = {
    "alertmanager": webhook,
    "opsgenie": opsgenie,
    "pagerduty": pagerduty,
}


def is_taken(exchange: Exchange) -> bool:
    """Whether Pager has accepted it."""
    return 200 <= exchange.status < 300


@pytest.mark.parametrize("protocol", RECEIVERS)
def test_alertmanager_pages_once_for_each_incident(
    site: Site, tmp_path: Path, protocol: ProtocolName
) -> None:
    """Through whatever happens to either side meanwhile."""
    home = tmp_path / "alertmanager"
    home.mkdir()
    integration = site.integration(protocol)
    with site.gate() as gate, Alertmanager(home, RECEIVERS[protocol](integration, gate)) as monitor:

        def wait_until_taken(after: int) -> None:
            """Return once Pager has taken what came after so many exchanges.

            What Pager shows is not enough to go by: the gate notes the exchange a moment later, and
            it would pass for that of the next step.
            """
            gate.wait_for(lambda exchanges: any(map(is_taken, exchanges[after:])), "it is taken")

        def wait_for_one_more(do: Callable[[], None]) -> None:
            """Do something, and return once Pager has taken what it leads to."""
            before = len(gate.exchanges)
            do()
            wait_until_taken(before)

        def wait_through_trouble(do: Callable[[], None]) -> None:
            """Do something while Pager is busy; return once it has taken what was sent again."""
            before = len(gate.exchanges)
            was_healthy = site.is_healthy()
            gate.is_busy = True
            do()
            gate.wait_for(lambda exchanges: len(exchanges) >= before + 2, "it tries again")
            assert site.is_healthy() == was_healthy
            gate.is_busy = False
            wait_until_taken(before)

        # An alert fires; a second one joins its group; each is over.
        wait_for_one_more(lambda: monitor.fire("HighLatency", "web-1"))
        assert site.incident == 1
        assert "HighLatency" in site.page()
        wait_for_one_more(lambda: monitor.fire("HighLatency", "web-2"))
        wait_for_one_more(lambda: monitor.resolve("HighLatency", "web-1"))
        assert not site.is_healthy()
        wait_for_one_more(lambda: monitor.resolve("HighLatency", "web-2"))
        assert site.is_healthy()

        # Pager is busy: what fires meanwhile is sent again, and so is what is over.
        wait_through_trouble(lambda: monitor.fire("DiskFull", "db-1"))
        assert "DiskFull" in site.page()
        wait_through_trouble(lambda: monitor.resolve("DiskFull", "db-1"))
        assert site.is_healthy()

        # Pager is killed, and Alertmanager is restarted, which forgets its alerts.
        wait_for_one_more(lambda: monitor.fire("NoBackup", "db-1"))
        assert "NoBackup" in site.page()
        site.restart()
        wait_for_one_more(lambda: monitor.fire("NoBackup", "db-2"))
        monitor.stop()
        monitor.start()
        monitor.fire("NoBackup", "db-1")
        assert not site.is_healthy()
        monitor.resolve("NoBackup", "db-1")
        wait_until(site.is_healthy, "the last one is over")

    site.check_pages(3)
    refused = [exchange for exchange in gate.exchanges if exchange.status in range(400, 500)]
    assert not refused
