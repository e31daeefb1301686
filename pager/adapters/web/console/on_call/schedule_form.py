"""The form of a schedule's editor: reading the draft that is in its fields."""

from collections.abc import Sequence

from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.on_call.hours import CHOICES
from pager.adapters.web.console.on_call.schedule_draft import RotationDraft, ScheduleDraft
from pager.adapters.web.console.on_call.schedule_words import UNITS
from pager.adapters.web.parsing import without_nul
from pager.errors import PagerError

OTHER_FIELDS = frozenset({"csrf", "version", "do", "overruled"})
"""Fields of the form beside those of the draft."""

TEXTS = frozenset({"was", "add", "every", "starts", "ends", "own"})
"""Fields of a rotation that may have any text."""


class TooLarge(PagerError):
    """This is more than can be edited on a page, and nothing was saved: the API takes larger \
schedules."""


def read_schedule_draft(fields: Sequence[tuple[str, str]]) -> ScheduleDraft:
    """The draft in the fields of a form.

    Raises InvalidForm where it is not a form of ours, and TooLarge where no page can hold it.
    """
    time_zone = ""
    layers: list[list[RotationDraft]] = []
    for name, value in fields:
        text = without_nul(value)
        match name:
            case "time_zone":
                time_zone = text
            case "layer":
                layers.append([])
            case "rotation" if layers:
                layers[-1].append(RotationDraft(name=text))
            case _ if name in OTHER_FIELDS:
                pass
            case _ if layers and layers[-1]:
                layers[-1][-1] = _typed(layers[-1][-1], name, text)
            case _:
                raise InvalidForm
    draft = ScheduleDraft(time_zone, tuple(tuple(layer) for layer in layers if layer))
    if not draft.fits:
        raise TooLarge
    return draft


def _typed(rotation: RotationDraft, name: str, text: str) -> RotationDraft:
    """The rotation with that field. Raises InvalidForm for a field that the page does not have."""
    if name == "participant":
        # Whose field was emptied is out.
        names = filter(None, [text.strip()])
        return rotation._replace(participants=(*rotation.participants, *names))
    is_choice = {"unit": text in UNITS, "when": text in CHOICES}
    if not is_choice.get(name, name in TEXTS):
        raise InvalidForm
    return RotationDraft(**(rotation._asdict() | {name: text}))


def fields_of_draft(draft: ScheduleDraft) -> list[tuple[str, str]]:
    """The fields that hold the draft in a form, as `read_schedule_draft` reads them."""
    fields = [("time_zone", draft.time_zone)]
    for layer in draft.layers:
        fields.append(("layer", ""))
        for rotation in layer:
            fields.append(("rotation", rotation.name))
            fields += [("participant", name) for name in rotation.participants]
            fields += [(name, getattr(rotation, name)) for name in sorted({*TEXTS, "unit", "when"})]
    return fields
