"""The draft of a schedule in its editor: texts, valid or not, that may become a schedule.

A draft is kept in the form of its page and nowhere else: nothing is stored until it is saved. The
form has its fields in the order of the page: those of a rotation follow its name.
"""

import re
from datetime import timedelta
from typing import NamedTuple

from markupsafe import escape
from pydantic import ValidationError

from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.newer_fields import updated
from pager.adapters.web.console.on_call.hours import (
    ALWAYS,
    OWN,
    PRESETS,
    BadHours,
    choice_of,
    hours_in_words,
    read_hours,
)
from pager.adapters.web.console.on_call.local_days import local_text
from pager.adapters.web.console.on_call.schedule_errors import Errors, add_errors
from pager.adapters.web.console.on_call.schedule_words import UNITS, length_of
from pager.adapters.web.parsing import number_in
from pager.oncall.schedules import Override, Restriction, Rotation, Schedule

LARGEST_DRAFT = 32_000
"""Bytes of a page that the fields may take: the API takes larger schedules."""

ROTATION_OVERHEAD, PERSON_OVERHEAD = 2_000, 260
"""Bytes of the fields and buttons of a rotation and of a participant, without what is typed."""


class RotationDraft(NamedTuple):
    """One rotation, as typed."""

    name: str = ""
    was: str = ""
    """The name that it had when the work began; "" for a new one."""
    participants: tuple[str, ...] = ()
    add: str = ""
    """Names of people who come after them, one on each line."""
    every: str = "1"
    unit: str = "weeks"
    starts: str = ""
    ends: str = ""
    when: str = ALWAYS
    own: str = ""
    """The hours of the choice OWN, one restriction on each line."""

    @property
    def tidy(self) -> "RotationDraft":
        """With everybody who was added among the participants."""
        lines = (line.strip(" \t,;") for line in self.add.splitlines())
        return self._replace(
            name=self.name.strip(), participants=(*self.participants, *filter(None, lines)), add=""
        )

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """The hours. Raises BadHours."""
        if self.when != OWN:
            return PRESETS[self.when]
        return tuple(read_hours(line) for line in self.own.splitlines() if line.strip())

    @property
    def shift_length(self) -> timedelta | str:
        """How long a shift lasts; or what was typed, where that is no number."""
        number = number_in(self.every.strip())
        # The model says what is too long.
        return self.every if number is None else min(number, 9_999) * UNITS[self.unit]

    @property
    def size(self) -> int:
        """How many bytes of a page it takes, about."""
        texts = (*self.participants, self.add, self.own, self.name)
        typed = sum(len(escape(text).encode()) for text in texts)
        return ROTATION_OVERHEAD + PERSON_OVERHEAD * len(self.participants) + typed


class ScheduleDraft(NamedTuple):
    """A schedule, as typed."""

    time_zone: str
    layers: tuple[tuple[RotationDraft, ...], ...]

    @property
    def fits(self) -> bool:
        """Whether a page can hold it."""
        return sum(one.size for layer in self.layers for one in layer) <= LARGEST_DRAFT

    @property
    def tidy(self) -> "ScheduleDraft":
        """With everybody who was added among the participants."""
        layers = tuple(tuple(one.tidy for one in layer) for layer in self.layers)
        return ScheduleDraft(self.time_zone.strip(), layers)

    def after(self, button: str, starts: str) -> tuple["ScheduleDraft", str]:
        """The draft after that button is pressed, and the id of the element to focus.

        `starts` is the first handover of a new rotation. Raises InvalidForm for a button that the
        page does not have.
        """
        action, *numbers = button.split(" ", 4)
        if not all(re.fullmatch("[1-9][0-9]{0,3}", number) for number in numbers):
            raise InvalidForm
        layers = [list(layer) for layer in self.layers]
        try:
            focus = _press(layers, action, [int(number) - 1 for number in numbers], starts)
        except IndexError as error:
            raise InvalidForm from error
        kept = tuple(tuple(layer) for layer in layers if layer)
        return self._replace(layers=kept), focus

    def schedule(self, name: str, base: Schedule | None) -> Schedule | Errors:
        """The schedule that the draft is, or what is wrong with it; the overrides are of `base`."""
        errors: Errors = {}
        layers = []
        for number, layer in enumerate(self.layers, start=1):
            rotations = []
            for place, typed in enumerate(layer, start=1):
                try:
                    restrictions = typed.restrictions
                except BadHours as error:
                    errors[f"own-{number}-{place}"] = [str(error)]
                    restrictions = ()
                rotations.append(_fields_of(typed, restrictions))
            layers.append({"rotations": tuple(rotations)})
        try:
            schedule = Schedule.model_validate(
                {
                    "name": name,
                    "time_zone": self.time_zone,
                    "layers": tuple(layers),
                    "overrides": self._overrides(base) if base else (),
                }
            )
        except ValidationError as error:
            add_errors(errors, error)
        return errors or self._with_unknown(schedule, base)

    def _with_unknown(self, schedule: Schedule, base: Schedule | None) -> Schedule:
        """With what only a newer version knows of `base`: it stays with its rotation."""
        if base is None:
            return schedule
        former = {rotation.name: rotation for rotation in base.rotations}
        layers = tuple(
            layer.model_copy(
                update={
                    "rotations": tuple(
                        updated(former.get(typed.was), rotation)
                        for typed, rotation in zip(drafts, layer.rotations, strict=True)
                    )
                }
            )
            for drafts, layer in zip(self.layers, schedule.layers, strict=True)
        )
        return updated(base, schedule.model_copy(update={"layers": layers}))

    def _overrides(self, base: Schedule) -> tuple[Override, ...]:
        """Those of `base`: they follow a rotation to its new name, and are gone with it."""
        names: dict[str | None, str | None] = {None: None}
        names |= {one.was: one.name for layer in self.layers for one in layer if one.was}
        return tuple(
            override.model_copy(update={"rotation": names[override.rotation]})
            for override in base.overrides
            if override.rotation in names
        )


def schedule_draft_of(schedule: Schedule) -> ScheduleDraft:
    """The schedule as people would type it."""
    return ScheduleDraft(
        schedule.time_zone,
        tuple(
            tuple(_rotation_draft(rotation) for rotation in layer.rotations)
            for layer in schedule.layers
        ),
    )


def _rotation_draft(rotation: Rotation) -> RotationDraft:
    number, unit = length_of(rotation)
    when = choice_of(rotation.restrictions)
    return RotationDraft(
        name=rotation.name,
        was=rotation.name,
        participants=rotation.participants,
        every=str(number),
        unit=unit,
        starts=local_text(rotation.starts),
        ends=local_text(rotation.ends) if rotation.ends else "",
        when=when,
        own="\n".join(map(hours_in_words, rotation.restrictions)) if when == OWN else "",
    )


def _press(layers: list[list[RotationDraft]], action: str, numbers: list[int], starts: str) -> str:
    """Change the layers as that button does; the id of the element to focus."""
    match [action, *numbers]:
        case ["add-layer"]:
            layers.append([RotationDraft(starts=starts)])
            return f"name-{len(layers)}-1"
        case ["add-rotation", int(layer)]:
            layers[layer].append(RotationDraft(starts=starts))
            return f"name-{layer + 1}-{len(layers[layer])}"
        case ["remove", int(layer), int(place)]:
            del layers[layer][place]
            return "layers"
        case ["layer-up", int(layer)] if layer:
            layers[layer - 1 : layer + 1] = layers[layer], layers[layer - 1]
            return f"layer-{layer}"
        case [_, int(layer), int(place), int(person)]:
            rotation = layers[layer][place]
            people = list(rotation.participants)
            if action == "up" and person:
                people[person - 1 : person + 1] = people[person], people[person - 1]
            elif action == "leave":
                del people[person]
            else:
                raise InvalidForm
            layers[layer][place] = rotation._replace(participants=tuple(people))
            return f"people-{layer + 1}-{place + 1}"
        case _:
            raise InvalidForm


def _fields_of(typed: RotationDraft, restrictions: tuple[Restriction, ...]) -> dict[str, object]:
    return {
        "name": typed.name,
        "participants": typed.participants,
        "starts": typed.starts,
        "shift_length": typed.shift_length,
        "ends": typed.ends or None,
        "restrictions": restrictions,
    }
