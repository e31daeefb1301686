"""All pages of people and teams, each with its endpoints; `on_call_routes` has their addresses."""

from pager.adapters.web.backend import Backend
from pager.adapters.web.console.entry_paths import person_path, team_path
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.entry_history import EntryHistoryPage
from pager.adapters.web.console.on_call.people import PeoplePage
from pager.adapters.web.console.on_call.person import PersonPage
from pager.adapters.web.console.on_call.teams import TeamsPage
from pager.adapters.web.console.on_call.verification import Verification
from pager.oncall.people import Person
from pager.oncall.teams import Team


class PeoplePages:
    """The list, and a page for each person and team."""

    def __init__(self, backend: Backend, directories: Directories) -> None:
        """They stand on the same parts as all pages."""
        self.people = PeoplePage(backend, directories)
        self.person = PersonPage(backend, directories)
        self.verification = Verification(backend, self.person)
        self.person_history = EntryHistoryPage(backend, Person, person_path)
        self.teams = TeamsPage(backend, directories)
        self.team_history = EntryHistoryPage(backend, Team, team_path)
