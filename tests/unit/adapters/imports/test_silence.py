"""Nothing of an export is lost silently, and none makes an import fail."""

from itertools import cycle

import pytest
from pydantic import JsonValue

from unit.adapters.imports.exported import NOW, READERS, files_of, objects_in, with_change

ENVELOPES = {".data", ".paging"}
"""What is round the objects, besides the outermost object of a file."""

PASSED_OVER = {
    "contact_methods.sounds", "data._parent", "data.links", "data.ownerTeam", "data.role",
    "data.userAddress", "default_route.slack", "escalation_policies.services",
    "escalations.ownerTeam", "heartbeats.ownerTeam", "incident_urgency_rule.during_support_hours",
    "incident_urgency_rule.outside_support_hours", "integrations.heartbeat", "integrations.service",
    "integrations.vendor", "results.heartbeat", "results.slack", "results.templates",
    "routingRules._parent", "schedule.escalation_policies", "schedule.final_schedule",
    "schedule.overrides_subschedule", "schedule.users", "schedules.ownerTeam",
    "services.support_hours", "steps._parent", "users.role",
}  # fmt: skip
"""Fields that mean nothing to Pager, whatever is in them, or that one note tells as a whole."""

LEFT_OUT = {
    "E11", "E2", "E8", "NT79GA9I7E4DJ", "NWAL6WFJNWDD8", "NWAL6WFJNWDD9", "NXGONE", "O6MONTH",
    "O8FORTNIGHT", "OLOST", "OW2", "PC6", "PIJ90N9", "PINTCLW", "PINTDDG", "PL0", "PO2", "PQ12346",
    "PR4", "RIYGUJXCPFHXY", "SBM7DV7BKFUYU", "acme-i1", "acme-p1", "acme-p2", "acme-r1",
    "b0b1f4b0-54a8-4bbf-8a15-d05d7f8a7a5e", "d3", "e7a2", "e7a3", "f1", "i2", "i3", "i4", "p1",
    "r1", "rot5", "s3",
}  # fmt: skip
"""The ids of what is left out as a whole, which a note says."""

ODD: tuple[JsonValue, ...] = (None, True, -1, 10**30, 0.5, "?", "2026-13-45", [], ["?"], [[]], {})


@pytest.mark.parametrize("export", READERS)
def test_an_unknown_field_of_any_object_is_told(export: str) -> None:
    """Whatever an API comes to say of an object that is carried over, a note tells it.

    Each object of the export has such a field, one after the other.
    """
    files = files_of(export)
    for file in files:
        for number, (within, original) in enumerate(objects_in(file.content)):
            is_envelope = within <= ENVELOPES and "id" not in original
            if is_envelope or within & (PASSED_OVER | LEFT_OUT):
                continue
            changed = with_change(files, file, number, "somethingNew", "that matters")
            notes = READERS[export](changed, NOW).notes
            assert any("somethingNew" in note.text for note in notes), (file.name, original)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("export", READERS)
def test_the_export_of_another_pager_makes_none_fail(export: str, reader: str) -> None:
    """Somebody may name the wrong one: its objects have neither the names nor the ids."""
    READERS[reader](files_of(export), NOW)


@pytest.mark.parametrize("export", READERS)
def test_no_export_makes_it_fail(export: str) -> None:
    """Whatever stands in the place of a value, the rest is imported.

    Every third value of the export is something odd, one after the other.
    """
    files, odd = files_of(export), cycle(ODD)
    places = [
        (file, number, name)
        for file in files
        for number, (_, original) in enumerate(objects_in(file.content))
        for name in original
    ]
    for file, number, name in places[::3]:
        READERS[export](with_change(files, file, number, name, next(odd)), NOW)
