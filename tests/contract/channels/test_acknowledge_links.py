"""The acknowledge link: what it stands for is read back, whichever version has made it."""

import pytest

from pager import Acknowledgement, EmailTarget, Notification
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks, BadLink

LINKS = AcknowledgeLinks("https://pager.example.com/", [b"an older key", b"a key"])


def page(address: str) -> Notification:
    """A page to that address."""
    return Notification(
        service_id="checkout-api",
        incident=3,
        level=1,
        target=EmailTarget(address=address),
        message="down",
    )


def read(link: str) -> Acknowledgement:
    """What the link stands for."""
    return LINKS.read(link.removeprefix("https://pager.example.com/acknowledge/"))


@pytest.mark.parametrize("address", ["ada@example.com", "jürgen@bücher.example"])
def test_a_link_acknowledges_the_incident_in_the_name_of_its_target(address: str) -> None:
    """It is ASCII, whatever the address is."""
    link = LINKS.link(page(address))
    assert link.isascii()
    assert read(link) == Acknowledgement(service_id="checkout-api", incident=3, by=address)


def test_a_link_that_was_signed_with_an_older_key_is_good() -> None:
    """Keys are replaced while incidents run."""
    older = AcknowledgeLinks("https://pager.example.com", [b"an older key"])
    assert read(older.link(page("ada@example.com"))).by == "ada@example.com"


@pytest.mark.parametrize(
    ("token", "service_id"),
    [
        (
            "WyJjaGVja291dC1hcGkiLDMsImFkYUBleGFtcGxlLmNvbSJd.JZVC2gIV0za7hPpWlRjpnppAdgg",
            "checkout-api",
        ),
        (
            ".eJyLVkrOSE3Ozi8t0U0syNTFyVHSMdZRyjq8pyg9Nc8Bpyq91IrE3IKcVKVYALRwIPM"
            ".gk5XBdEcgJkCeMK2oidNU-J0j7A",
            "checkout-api-checkout-api-checkout-api",
        ),
    ],
    ids=["plain", "compressed"],
)
def test_a_link_of_an_older_version_is_good(token: str, service_id: str) -> None:
    """Older versions have compressed what is long."""
    acknowledgement = LINKS.read(token)
    assert (acknowledgement.service_id, acknowledgement.incident) == (service_id, 3)


def test_a_link_of_another_installation_is_bad() -> None:
    """Its key is another one."""
    elsewhere = AcknowledgeLinks("https://pager.example.com", [b"another key"])
    with pytest.raises(BadLink):
        read(elsewhere.link(page("ada@example.com")))


def test_a_link_that_was_changed_is_bad() -> None:
    """Nobody acknowledges in the name of another."""
    ada, grace = (LINKS.link(page(f"{name}@example.com")) for name in ("ada", "grace"))
    signature = ada.rpartition(".")[2]
    with pytest.raises(BadLink):
        read(f"{grace.rpartition('.')[0]}.{signature}")
