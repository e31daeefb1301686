"""What each role may do."""

import pytest

from pager.access.roles import ROLES, BadRole, Role, default_role, includes, role_named


@pytest.mark.parametrize(
    ("role", "included"),
    [
        ("viewer", ["viewer"]),
        ("engineer", ["viewer", "engineer"]),
        ("administrator", ["viewer", "engineer", "administrator"]),
    ],
)
def test_a_role_includes_the_roles_before_it(role: Role, included: list[Role]) -> None:
    """An administrator may do all, a viewer only what everybody may."""
    assert [needed for needed in ROLES if includes(role, needed)] == included


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_found_by_its_name(role: Role) -> None:
    """As it stands in a form, or in the database."""
    assert role_named(role) == role


@pytest.mark.parametrize("text", ["", "Viewer", "owner", "viewer "])
def test_there_are_no_other_roles(text: str) -> None:
    """The error names those that there are."""
    with pytest.raises(BadRole, match="one of these roles: viewer, engineer, administrator"):
        role_named(text)


def test_the_first_account_is_an_administrators() -> None:
    """All others are engineers', unless somebody chooses another role."""
    assert default_role(first_account=True) == "administrator"
    assert default_role(first_account=False) == "engineer"
