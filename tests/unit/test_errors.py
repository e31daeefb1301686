"""What a person reads when something goes wrong."""

import pytest

from pager import (
    ConcurrentUpdate,
    DeliveryFailed,
    DeliveryRefused,
    DeliveryUnknown,
    NobodyToPage,
    NoEscalationPolicy,
    PagerError,
    TooMuchContention,
)

ERRORS = [
    (
        NoEscalationPolicy("checkout-api"),
        "Monitored Service 'checkout-api' has no Escalation Policy, so nobody would be paged: "
        "give it a policy, then raise the Alert again.",
    ),
    (
        NobodyToPage("checkout-api", ("Nights, Level 1 reaches nobody: Ada has no phone", "x")),
        "The Escalation Policy of Monitored Service 'checkout-api' reaches nobody just now "
        "(Nights, Level 1 reaches nobody: Ada has no phone. x), so nobody would be paged: see to "
        "it that somebody is reached, then raise the Alert again.",
    ),
    (
        ConcurrentUpdate("checkout-api", 7),
        "Monitored Service 'checkout-api' is no longer at version 7: somebody was faster.",
    ),
    (
        TooMuchContention("checkout-api", 20),
        "Monitored Service 'checkout-api' changed under each of 20 attempts to decide: "
        "nothing was changed, send the message again.",
    ),
    (
        DeliveryFailed("connection refused"),
        "The provider did not take the page, and may yet: connection refused",
    ),
    (
        DeliveryRefused("550 no such {mailbox}"),
        "The provider refuses this Target for good: 550 no such {mailbox}",
    ),
    (
        DeliveryUnknown("timed out"),
        "The provider may have taken the page, and did not say so: timed out",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_says_what_happened_and_what_to_do(error: PagerError, sentence: str) -> None:
    """In one line, with its facts filled in."""
    assert str(error) == sentence


def test_an_error_keeps_its_facts_for_programs() -> None:
    """Nobody has to read them out of the sentence."""
    conflict = ConcurrentUpdate("checkout-api", 7)
    contention = TooMuchContention("checkout-api", 20)
    assert NoEscalationPolicy("checkout-api").service_id == "checkout-api"
    assert NobodyToPage("checkout-api", ("x",)).gaps == ("x",)
    assert (conflict.service_id, conflict.version) == ("checkout-api", 7)
    assert (contention.service_id, contention.attempts) == ("checkout-api", 20)
    assert DeliveryFailed("connection refused").reason == "connection refused"


def test_an_error_of_your_own_needs_only_a_docstring() -> None:
    """Its lines are put together, and its facts are whatever it names."""

    class QuotaExceeded(PagerError):
        """{team} has used
        all of its pages."""

    assert str(QuotaExceeded(team="Payments")) == "Payments has used\nall of its pages."


def test_an_error_without_a_docstring_says_its_name() -> None:
    """As under `python -OO`, which removes them all."""

    class QuotaExceeded(PagerError):
        pass

    assert str(QuotaExceeded()) == "QuotaExceeded"
