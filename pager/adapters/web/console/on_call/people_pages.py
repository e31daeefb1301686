"""The pages of people and teams, each with its endpoints; `on_call_routes` has their addresses."""

from pager.adapters.web.backend import Backend
from pager.adapters.web.console.on_call.history import EntryHistoryPage
from pager.adapters.web.console.on_call.people import PeoplePage
from pager.adapters.web.console.on_call.person import PersonPage
from pager.adapters.web.console.on_call.teams import TeamsPage
from pager.adapters.web.console.on_call.verification import Verification
from pager.oncall.people import Person
from pager.oncall.teams import Team


class PeoplePages:
    """People and teams."""

    def __init__(self, backend: Backend) -> None:
        """They stand on the same parts as all pages."""
        self.people = PeoplePage(backend)
        self.person = PersonPage(backend)
        self.verification = Verification(backend, self.person)
        self.person_history = EntryHistoryPage(backend, Person)
        self.teams = TeamsPage(backend)
        self.team_history = EntryHistoryPage(backend, Team)
