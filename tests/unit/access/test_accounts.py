"""Who can sign in, and that an administrator who can must remain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.accounts import Account, LastAdministrator, check_administrator_remains
from pager.access.roles import ROLES

ADA = Account(1, "ada@example.com", "administrator", "hashed", None)
GRACE = Account(2, "grace@example.com", "administrator", None, "https://id.example.com 7")
INVITED = Account(3, "linus@example.com", "administrator", None, None)
ENGINEER = Account(4, "edsger@example.com", "engineer", "hashed", None)


@pytest.mark.parametrize(("account", "can"), [(ADA, True), (GRACE, True), (INVITED, False)])
def test_a_password_or_an_identity_signs_in(account: Account, *, can: bool) -> None:
    """An account that was only invited has neither."""
    assert account.can_sign_in is can


@pytest.mark.parametrize(("account", "may"), [(ADA, True), (GRACE, False), (INVITED, True)])
def test_an_account_is_linked_to_one_identity(account: Account, *, may: bool) -> None:
    """Nobody else takes it over by single sign-on."""
    assert account.is_linkable is may


def test_the_last_administrator_stays() -> None:
    """Neither engineers nor administrators who cannot sign in could take over."""
    with pytest.raises(LastAdministrator) as caught:
        check_administrator_remains(ADA, [ADA, INVITED, ENGINEER])
    assert str(caught.value) == (
        "ada@example.com is the only administrator who can sign in. "
        "Make somebody else an administrator first."
    )


def test_an_administrator_may_leave_while_there_is_another() -> None:
    """One who can sign in, in whatever way."""
    check_administrator_remains(ADA, [ADA, GRACE])
    check_administrator_remains(GRACE, [ADA, GRACE])


def test_an_engineer_may_always_leave() -> None:
    """Even where no administrator can sign in."""
    check_administrator_remains(ENGINEER, [INVITED, ENGINEER])


def accounts() -> st.SearchStrategy[list[Account]]:
    """Some accounts of any kind."""
    maybe = st.none() | st.just("x")
    kinds = st.tuples(st.sampled_from(ROLES), maybe, maybe)
    return st.lists(kinds, min_size=1, max_size=6).map(
        lambda found: [Account(n, f"person{n}", *kind) for n, kind in enumerate(found)]
    )


@given(accounts(), st.data())
def test_an_administrator_remains_when_any_account_leaves(
    everybody: list[Account], data: st.DataObject
) -> None:
    """If there was one before who could sign in."""

    def administrators(of: list[Account]) -> list[Account]:
        return [
            account for account in of if account.role == "administrator" and account.can_sign_in
        ]

    leaving = data.draw(st.sampled_from(everybody))
    rest = [account for account in everybody if account != leaving]
    try:
        check_administrator_remains(leaving, everybody)
    except LastAdministrator:
        assert not administrators(rest)
    else:
        assert administrators(rest) or not administrators(everybody)
