"""From an export of PagerDuty to a configuration of Pager."""

from collections.abc import Sequence
from datetime import datetime

from pager.adapters.imports.export import Export, File
from pager.adapters.imports.imported import Imported
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.objects import KINDS
from pager.adapters.imports.pagerduty.people import people
from pager.adapters.imports.pagerduty.policies import policies
from pager.adapters.imports.pagerduty.schedules import schedules
from pager.adapters.imports.pagerduty.services import Services
from pager.adapters.imports.pagerduty.teams import teams
from pager.configuration.configuration import Configuration
from pager.oncall.directory import directory_of


def read_pagerduty(files: Sequence[File], now: datetime) -> Imported:
    """The configuration that these files are; what is over `now` is left out."""
    notes = Notes()
    export = Export(files, KINDS, notes)
    persons = people(export, notes)
    groups = teams(export, persons, notes)
    known = schedules(export, persons, now, notes)
    escalations = policies(export, persons, known, notes)
    services = Services(export, escalations, notes)
    for window in export.all("maintenance window"):
        window.leave_out("make a maintenance window in the console")
    export.note_unread()
    directory = directory_of(
        [*persons.values(), *groups.values(), *known.values(), *escalations.values()]
    )
    return Imported(
        Configuration(directory, services.uses, integrations=services.integrations), notes.all
    )
