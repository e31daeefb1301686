"""The directory in memory, beyond what every store must promise."""

from pager.oncall.people import Person
from pager.oncall.teams import Team
from pager.testing import InMemoryDirectory, InMemoryEscalationPolicies
from unit.oncall.entries import ADA


def test_to_remove_somebody_who_is_not_there_changes_nothing() -> None:
    """Nor does it to remove another kind of the same name."""
    directory = InMemoryDirectory(InMemoryEscalationPolicies())
    directory.put(ADA)
    directory.remove(Team, "Ada")
    directory.remove(Person, "Grace")
    assert [*directory.directory().entries] == [ADA]
