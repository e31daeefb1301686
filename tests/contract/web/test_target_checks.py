"""What the console says of each Target: its kind, and whether a page reaches it."""

import pytest

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.core.database import Database
from pager.adapters.web.console.checks import Check, CheckedTarget
from pager.adapters.web.console.draft import Draft, LevelDraft
from pager.adapters.web.console.target_checks import Checks, checks_of_draft, checks_of_policy

ADA, GRACE = EmailTarget(address="Ada@example.com"), EmailTarget(address="grace@example.com")
PHONE = SmsTarget(phone_number="+33612345678")
BOTH = frozenset({"email", "sms"})


@pytest.fixture
def accounts(database: Database) -> SqlAccounts:
    """Ada has an account, and Grace had one."""
    accounts = SqlAccounts(database)
    accounts.add("a test", "ada@example.com", "administrator")
    accounts.add("a test", "grace@example.com", "engineer")
    accounts.remove("a test", "grace@example.com")
    return accounts


def checked(database: Database, *texts: str, set_up: frozenset[str] = BOTH) -> list[CheckedTarget]:
    """What is known of these Targets, as somebody typed them."""
    draft = Draft((LevelDraft("\n".join(texts)),))
    found = checks_of_draft(database, set_up, draft).of_texts(list(texts))
    return [target._replace(path="") for target in found]


@pytest.mark.usefixtures("accounts")
def test_each_target_has_a_kind_and_a_check(database: Database) -> None:
    """What cannot be saved comes first, then what reaches nobody, then hints."""
    typed = ("Ada@example.com", "+33 6 12 34 56 78", "eve@example.com", "grace@example.com")
    assert checked(database, *typed, "ada", "0612", "ada@example.com") == [
        CheckedTarget("ada", "e-mail", "", Check.INVALID),
        CheckedTarget("0612", "SMS", "", Check.INVALID),
        CheckedTarget("ada@example.com", "e-mail", "ada@example.com", Check.TWICE),
        CheckedTarget("grace@example.com", "e-mail", "grace@example.com", Check.REMOVED),
        CheckedTarget("eve@example.com", "e-mail", "eve@example.com", Check.UNKNOWN),
        CheckedTarget("Ada@example.com", "e-mail", "ada@example.com", Check.GOOD),
        CheckedTarget("+33612345678", "SMS", "+33612345678", Check.GOOD),
    ]


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(("set_up", "warned"), [({"email"}, ["SMS"]), ({"sms"}, ["e-mail"])])
def test_a_channel_that_is_not_set_up_is_a_warning(
    database: Database, set_up: set[str], warned: list[str]
) -> None:
    """On each of its Targets."""
    targets = checked(database, "ada@example.com", "+33612345678", set_up=frozenset(set_up))
    assert [target.kind for target in targets if target.check is Check.NOT_SET_UP] == warned


def test_without_accounts_named_by_addresses_no_address_is_doubted(database: Database) -> None:
    """Where people sign in as ada, ada@example.com says nothing."""
    SqlAccounts(database).add("a test", "ada", "administrator")
    [target] = checked(database, "eve@example.com")
    assert target.check is Check.GOOD


def test_an_account_that_was_made_again_is_an_account(
    database: Database, accounts: SqlAccounts
) -> None:
    """Its removal is forgotten."""
    accounts.add("a test", "grace@example.com", "viewer")
    [target] = checked(database, "grace@example.com")
    assert target.check is Check.GOOD


@pytest.mark.usefixtures("accounts")
def test_the_targets_of_a_stored_policy_are_checked(database: Database) -> None:
    """Thousands of them, in a few queries."""
    many = tuple(EmailTarget(address=f"{n}@example.com") for n in range(1_000))
    levels = (Level(targets=(ADA, GRACE, PHONE)), Level(targets=many))
    policy = EscalationPolicy(service_id="checkout-api", levels=levels)
    checks = checks_of_policy(database, BOTH, policy)
    assert [checks.of(target).check for target in levels[0].targets] == [
        Check.GOOD,
        Check.REMOVED,
        Check.GOOD,
    ]
    assert {checks.of(target).check for target in many} == {Check.UNKNOWN}
    none = checks_of_policy(database, BOTH, None)
    assert isinstance(none, Checks)
