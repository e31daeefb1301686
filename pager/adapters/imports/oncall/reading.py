"""From an export of Grafana OnCall to a configuration of Pager."""

from collections.abc import Sequence
from datetime import datetime

from pager.adapters.imports.export import Export, File
from pager.adapters.imports.imported import Imported
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.oncall.objects import KINDS
from pager.adapters.imports.oncall.people import people
from pager.adapters.imports.oncall.policies import Known, policies
from pager.adapters.imports.oncall.schedules import schedules
from pager.adapters.imports.oncall.services import services
from pager.adapters.imports.oncall.teams import teams
from pager.configuration.configuration import Configuration
from pager.oncall.directory import directory_of


def read_oncall(files: Sequence[File], now: datetime) -> Imported:
    """The configuration that these files are; what is over `now` is left out."""
    notes = Notes()
    export = Export(files, KINDS, notes)
    persons = people(export, notes)
    known = Known(persons, teams(export, persons, notes), schedules(export, persons, now, notes))
    chains = policies(export, known, notes)
    found = services(export, chains, notes)
    export.note_unread()
    directory = directory_of(
        [
            *persons.values(),
            *known.teams.values(),
            *known.schedules.values(),
            *chains.values(),
        ]
    )
    return Imported(
        Configuration(directory, found.uses, integrations=found.integrations), notes.all
    )
