"""What somebody asks about has to be there."""

import re

import pytest

from pager.access.integrations import Routing
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.explain.asked import MOST_TOLD, NotThere, check_asked
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK
from pager.oncall.policies import PolicyUse
from unit.oncall.entries import MINUTE, USE, directory, person

CONFIGURED = Configuration(directory(person("Ada")), {"checkout-api": USE})


def test_whoever_is_there_may_be_asked_about() -> None:
    """A service with a policy, and a person."""
    check_asked(CONFIGURED, "checkout-api", "Ada")
    check_asked(CONFIGURED, "checkout-api", None)


@pytest.mark.parametrize("service_id", ["nightly", "search-api", "shop"])
def test_a_service_that_sends_alerts_is_there_without_a_policy(service_id: str) -> None:
    """To ask about it is how somebody finds out that its Alerts are refused."""
    heartbeat = Heartbeat(name="backup", service_id="nightly", interval=MINUTE, grace=MINUTE)
    routing = Routing(service_id="search-api", field="job", names={"Shop": "shop"})
    check_asked(
        CONFIGURED._replace(
            heartbeats={"backup": heartbeat},
            integrations={"Grafana": IntegrationSetup("Grafana", "grafana", routing)},
        ),
        service_id,
        None,
    )


def test_no_service_is_unknown_to_a_fallback_policy() -> None:
    """It is the policy of each that has none."""
    fallback = PolicyUse(service_id=FALLBACK, uses=USE.uses)
    check_asked(CONFIGURED._replace(policies={FALLBACK: fallback}), "search-api", None)


@pytest.mark.parametrize(
    ("service_id", "who", "said"),
    [
        ("chekout-api", None, "service called chekout-api. Did you mean checkout-api?"),
        ("checkout-api", "Aad", "person called Aad. Did you mean Ada?"),
        ("checkout-api", "Xaver", "person called Xaver. There are: Ada, Edsger"),
    ],
)
def test_a_name_that_is_misspelt_is_answered_with_the_nearest(
    service_id: str, who: str | None, said: str
) -> None:
    """Or with those that there are."""
    with pytest.raises(NotThere, match=re.escape(f"There is no {said}")):
        check_asked(CONFIGURED, service_id, who)


def test_of_many_names_some_are_told() -> None:
    """And how many others there are; or that there is none."""
    services = {f"{n:02}-api": USE for n in range(MOST_TOLD + 2)}
    with pytest.raises(NotThere, match=r"11-api, and 2 more\.$"):
        check_asked(Configuration(policies=services), "x", None)
    with pytest.raises(NotThere, match=r"There is none\.$"):
        check_asked(Configuration(), "x", None)
