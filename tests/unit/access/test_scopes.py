"""What an API key may do."""

import pytest
from pydantic import ValidationError

from pager.access.scopes import ACTIONS, EVERYTHING, Action, KeyScope

ALERTS = KeyScope(actions=frozenset({"alert", "healthy"}), services=frozenset({"checkout-api"}))
READER = KeyScope(actions=frozenset({"read"}), services=None)


@pytest.mark.parametrize(
    ("action", "service_id", "may"),
    [
        ("alert", "checkout-api", True),
        ("healthy", "checkout-api", True),
        ("alert", "search-api", False),
        ("policies", "checkout-api", False),
    ],
)
def test_a_scope_covers_its_actions_on_its_services(
    action: Action, service_id: str, *, may: bool
) -> None:
    """And nothing else."""
    assert ALERTS.covers(action, service_id) is may


def test_a_scope_on_all_services_covers_those_to_come() -> None:
    """For its own actions only."""
    assert READER.covers("read", "a service that nobody has thought of yet")
    assert not READER.covers("alert", "checkout-api")


def test_only_a_scope_on_all_services_covers_all() -> None:
    """As metrics need, which tell something of each service."""
    assert READER.covers_all("read")
    assert not READER.covers_all("alert")
    assert not ALERTS.covers_all("alert")


def test_everything_is_every_action_on_every_service() -> None:
    """Those that will be added later, too."""
    assert all(EVERYTHING.covers_all(action) for action in ACTIONS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"actions": [], "services": None},
        {"actions": ["everything"], "services": None},
        {"actions": ["alert"], "services": []},
        {"actions": ["alert"], "services": [f"service-{n}" for n in range(101)]},
        {"actions": ["alert"], "services": [" "]},
        {"actions": ["alert"]},
        {"actions": ["alert"], "services": None, "until": "2027"},
    ],
)
def test_a_scope_is_neither_empty_nor_endless(wrong: object) -> None:
    """A key for nothing is a mistake, and so is one for more than anybody can review."""
    with pytest.raises(ValidationError):
        KeyScope.model_validate(wrong)


def test_a_scope_is_the_same_after_it_was_stored() -> None:
    """As JSON."""
    for scope in (ALERTS, READER, EVERYTHING):
        assert KeyScope.model_validate_json(scope.model_dump_json()) == scope
