"""From an export of Opsgenie to a configuration of Pager."""

from collections.abc import Sequence
from datetime import datetime

from pager.adapters.imports.export import Export, File
from pager.adapters.imports.imported import Imported
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import KINDS, in_words
from pager.adapters.imports.opsgenie.people import people
from pager.adapters.imports.opsgenie.policies import Known, policies
from pager.adapters.imports.opsgenie.routing import routes
from pager.adapters.imports.opsgenie.schedules import schedules
from pager.adapters.imports.opsgenie.senders import heartbeats, integrations
from pager.adapters.imports.opsgenie.services import Services
from pager.adapters.imports.opsgenie.teams import teams
from pager.configuration.configuration import Configuration
from pager.oncall.directory import directory_of


def read_opsgenie(files: Sequence[File], now: datetime) -> Imported:
    """The configuration that these files are; what is over `now` is left out."""
    notes = Notes()
    export = Export(files, KINDS, notes)
    persons = people(export, notes)
    known = Known(persons, teams(export, persons, notes), schedules(export, persons, now, notes))
    names = Names("policy", notes)
    escalations = policies(export, known, names, notes)
    routed = routes(export, known, escalations, names, notes)
    services = Services(export, known.teams, routed, notes)
    senders = integrations(export, services, notes)
    beats = heartbeats(export, services, notes)
    _leave_out_others(export, now)
    export.note_unread()
    directory = directory_of(
        [
            *persons.values(),
            *(team.team for team in known.teams.values()),
            *known.schedules.values(),
            *escalations.values(),
            *routed.values(),
        ]
    )
    return Imported(Configuration(directory, services.uses, beats, senders), notes.all)


def _leave_out_others(export: Export, now: datetime) -> None:
    """What Pager has nothing like."""
    for rule in export.all("forwarding rule"):
        ends = rule.moment("endDate")
        if ends is not None and ends <= now:
            rule.leave_out("it is over")
            continue
        who, instead = in_words(rule.one("fromUser")), in_words(rule.one("toUser"))
        rule.leave_out(
            f"what tells {who} tells them, and not {instead}: make an override", serious=True
        )
    for policy in export.all("policy"):
        policy.leave_out(
            "Pager has no such policies: alerts reach their service unchanged, at once",
            serious=True,
        )
    for window in export.all("maintenance"):
        window.leave_out("make a maintenance window in the console")
