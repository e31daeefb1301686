"""Where what is set up is written: the file and the line, for explanations."""

from pager.adapters.configuration.files import Folder
from pager.configuration.managed import KIND_OF
from pager.explain.situation import Sources
from pager.model import FALLBACK
from pager.oncall.directory import Entry
from pager.oncall.schedules import Override, Schedule


class FileSources(Sources):
    """The places in the files of a folder."""

    has_marks = False

    def __init__(self, folder: Folder) -> None:
        """`folder` is what was read."""
        self._folder = folder

    def of_policy(self, service_id: str) -> str:
        """Where the policy of a service, or the fallback, is written."""
        place = ("fallback",) if service_id == FALLBACK else ("services", service_id)
        return str(self._folder.position(place))

    def of_entry(self, entry: Entry) -> str:
        """Where a person, team, schedule or shared policy is written."""
        return str(self._folder.position((KIND_OF[entry.type], entry.name)))

    def of_override(self, schedule: Schedule, override: Override) -> str:
        """Where the override is written."""
        number = schedule.overrides.index(override)
        return str(self._folder.position(("schedules", schedule.name, "overrides", number)))
