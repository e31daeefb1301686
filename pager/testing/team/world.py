"""The world of a team's scenarios: a Pager in memory that is set up as the team's configuration."""

from collections.abc import Collection
from datetime import datetime

from pager.configuration.configuration import Configuration
from pager.configuration.spelling import composed
from pager.oncall.directory import Directory
from pager.simulation.pager import InMemoryPager
from pager.testing.address_book import AddressBook
from pager.testing.nouns import Noun, alternatives, people_named
from pager.testing.world import World

WITHOUT_POLICY = "a service without a policy"


class TeamWorld(World):
    """A World that has a configuration."""

    def __init__(self, configuration: Configuration, starts_at: datetime) -> None:
        """It begins at that moment, unless a scenario says when."""
        pager = InMemoryPager()
        pager.begin_at(starts_at)
        pager.policies.edit_directory(configuration.directory)
        for policy in configuration.policies.values():
            pager.policies.put(policy)
        for heartbeat in configuration.heartbeats.values():
            pager.heartbeats.put(heartbeat)
        super().__init__(pager, address_book(configuration.directory))
        self._configuration = configuration

    def called(self, service_id: str) -> str:
        """What steps call the service."""
        return WITHOUT_POLICY if service_id == _identifier(WITHOUT_POLICY) else service_id

    @property
    def configuration(self) -> Configuration:
        """What the team has set up."""
        return self._configuration


def address_book(directory: Directory) -> AddressBook:
    """The people of the directory."""
    return AddressBook(
        {
            name: [method.target for method in person.contact_methods]
            for name, person in directory.people.items()
        }
    )


def names_of(configuration: Configuration) -> dict[str, Noun]:
    """The nouns that are the names in a configuration."""
    directory = configuration.directory
    people = _names(directory.people)
    return {
        "service": _services(configuration),
        "heartbeat": _names(configuration.heartbeats),
        "person": people,
        "people": people_named(people),
        "team": _names(directory.teams),
        "schedule": _names(directory.schedules),
    }


def _services(configuration: Configuration) -> Noun:
    """Those that have a policy; and one that has none, for the fallback."""
    names = _names([*configuration.services, WITHOUT_POLICY])
    # Whoever has mistyped a name looks for one of their own.
    values = (*sorted(configuration.services), WITHOUT_POLICY)
    return names._replace(read=_identifier, values=values)


def _identifier(name: str) -> str:
    return name.replace(" ", "-")


def _names(names: Collection[str]) -> Noun:
    known = {composed(name): name for name in names}
    return Noun(alternatives(known), known.__getitem__, tuple(sorted(names)), misspelt=".+?")
