"""Whether there is what somebody asks about, before anything is said of it."""

from collections.abc import Iterable, Iterator

from pager.configuration.configuration import Configuration
from pager.configuration.spelling import did_you_mean
from pager.errors import PagerError

MOST_TOLD = 12
"""Names that are told where none is near."""


class NotThere(PagerError):
    """There is no {noun} called {name}. {hint}"""

    def __init__(self, noun: str, name: str, hint: str) -> None:
        """`noun` is what was looked for; `hint` is a sentence that says what there is."""
        super().__init__(noun=noun, name=name, hint=hint)
        self.noun = noun
        self.name = name


def check_asked(configuration: Configuration, service_id: str, person: str | None) -> None:
    """Raises NotThere where the configuration knows no such service, or no such person.

    With a fallback policy no service is unknown: that is the policy of each.
    """
    services = dict.fromkeys(_services(configuration))
    if service_id not in services and configuration.fallback is None:
        raise _not_there("service", service_id, [*services])
    if person is not None:
        check_person(person, configuration.directory.people)


def check_person(name: str, people: Iterable[str]) -> None:
    """Raises NotThere where nobody of these people is called so."""
    names = [*people]
    if name not in names:
        raise _not_there("person", name, names)


def _services(configuration: Configuration) -> Iterator[str]:
    """The services that have a policy, and those that heartbeats and integrations name."""
    yield from configuration.services
    for heartbeat in configuration.heartbeats.values():
        yield heartbeat.service_id
    for setup in configuration.integrations.values():
        yield setup.routing.service_id
        yield from setup.routing.names.values()


def _not_there(noun: str, name: str, names: list[str]) -> NotThere:
    listed = f"There are: {', '.join(sorted(names)[:MOST_TOLD])}" if names else "There is none"
    more = f", and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return NotThere(noun, name, did_you_mean(name, names) or f"{listed}{more}.")
