"""What was set up for a service at one moment, and who has made it so."""

from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.oncall.directory import Directory, Entry
from pager.oncall.policies import ServicePolicy
from pager.oncall.schedules import Override, Schedule


class Sources:
    """Where what is set up comes from, in words: "the edit by ada, Mon 2027-01-18 08:00 UTC".

    Empty where that is not known, as here. Whoever knows it says so in a class below this one.
    """

    has_marks = True
    """Whether it is known which contact methods are verified."""

    def of_policy(self, service_id: str) -> str:  # noqa: ARG002 - for those who know
        """The last edit of the policy of a service, or of FALLBACK."""
        return ""

    def of_entry(self, entry: Entry) -> str:  # noqa: ARG002 - as above
        """The last edit of a person, team, schedule or shared policy."""
        return ""

    def of_override(self, schedule: Schedule, override: Override) -> str:  # noqa: ARG002 - as above
        """The edit that has added the override."""
        return ""


UNKNOWN = Sources()


class Situation(NamedTuple):
    """What decides about the pages of one service."""

    service_id: str
    directory: Directory
    own: ServicePolicy | None
    """The policy that the service itself has."""
    fallback: ServicePolicy | None
    sources: Sources = UNKNOWN


def situation_of(configuration: Configuration, service_id: str) -> Situation:
    """That of the service in a configuration."""
    own = configuration.policies.get(service_id)
    return Situation(service_id, configuration.directory, own, configuration.fallback)
