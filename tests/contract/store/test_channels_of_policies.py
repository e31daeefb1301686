"""How many policies use a channel, on both databases."""

import json
from typing import get_args

from sqlalchemy import insert

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.core.stored_text import HAS_TARGET
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.channels_of_policies import (
    PageChannel,
    UnsetChannel,
    UnsetChannels,
    policies_by_channel,
)
from pager.model import FALLBACK, Target

ADA, GRACE = EmailTarget(address="ada@example.com"), EmailTarget(address="grace@example.com")
PHONE = SmsTarget(phone_number="+33612345678")


def put(database: Database, service_id: str, *levels: tuple[Target, ...]) -> None:
    """A policy with these Targets."""
    policy = EscalationPolicy(
        service_id=service_id, levels=tuple(Level(targets=targets) for targets in levels)
    )
    SqlPorts(database).policies.put(policy)


def test_each_current_policy_counts_once_for_each_channel(either_database: Database) -> None:
    """However many Targets it has; earlier edits and policies that were removed do not count."""
    assert either_database.read(policies_by_channel) == {"email": 0, "sms": 0}
    put(either_database, "checkout-api", (ADA, PHONE), (GRACE, PHONE))
    put(either_database, FALLBACK, (PHONE,))
    put(either_database, "search-api", (PHONE,))
    put(either_database, "search-api", (ADA,))
    put(either_database, "removed", (ADA, PHONE))
    SqlPorts(either_database).policies.remove("removed")
    assert either_database.read(policies_by_channel) == {"email": 2, "sms": 2}


def test_policies_of_another_version_count_if_they_can_be_read(either_database: Database) -> None:
    """It may write the fields in another order; what cannot be read counts for nothing."""
    put(either_database, "checkout-api", (ADA, PHONE))
    level = {"targets": [{"phone_number": "+33612345678", "type": "sms"}]}
    for name, levels in (("search-api", [level]), ("billing", [{"targets": [{"type": "fax"}]}])):
        text = json.dumps({"levels": levels, "service_id": name})
        row = {"service_id": name, "edited_at": 1, "policy": text}
        either_database.write(lambda one, row=row: one.execute(insert(policy_edits), row))  # type: ignore[misc]  # mypy can't infer a default
    assert either_database.read(policies_by_channel) == {"email": 1, "sms": 2}


def test_channels_that_are_not_set_up_are_told_where_a_policy_uses_them(
    either_database: Database,
) -> None:
    """And with how many do."""
    put(either_database, "checkout-api", (ADA,))
    assert UnsetChannels(either_database, []).used() == []
    assert UnsetChannels(either_database, ["sms"]).used() == []
    assert UnsetChannels(either_database, ["email", "sms"]).used() == [UnsetChannel("email", 1)]
    put(either_database, "search-api", (ADA, PHONE))
    assert UnsetChannels(either_database, ["email", "sms"]).used() == [
        *(UnsetChannel("email", 2), UnsetChannel("sms", 1))
    ]


def test_every_type_of_target_is_counted() -> None:
    """A new one has its text, too."""
    types = {kind.model_fields["type"].default for kind in get_args(get_args(Target)[0])}
    assert types == set(HAS_TARGET) == set(get_args(PageChannel))
