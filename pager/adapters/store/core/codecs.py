"""The codecs of stored values: tolerant, where the API is strict.

What is stored is read by older and newer versions of Pager, so

- a field that this version does not know is kept, and written back with the rest of its value;
- what was accepted once is not validated again by newer, stricter rules;
- a value that cannot be read at all raises Unreadable, which names its service: whoever reads many
  rows goes on with the others.

For those who add to a stored value: a new field needs a default that means what was meant before.
An older version ignores it. What an older version must not ignore is a new value of a field that
it knows (another `type`, `stage` or `state`): that it cannot read, and it says so.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from operator import attrgetter
from typing import Annotated, Generic, TypeVar, get_args

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from pager.adapters.text import one_line
from pager.configuration.properties import Properties
from pager.errors import PagerError
from pager.messages import Effect, Message
from pager.model import ACCEPTED, EscalationPolicy, MonitoredService, Value, shortened
from pager.oncall.directory import Entry
from pager.oncall.policies import ServicePolicy
from pager.ports import ReportStatus, Status

LONGEST_REASON = 200
"""Characters of why something cannot be read."""

T = TypeVar("T", bound=Value)


class Unreadable(PagerError):
    """Something that is stored of {service_id!r} cannot be read by this version of Pager, and \
nothing was changed ({reason}). If a newer version has written it, a node of that version can \
read it: send it again."""

    def __init__(self, service_id: str, reason: str) -> None:
        """`service_id` is the Monitored Service that it is about."""
        super().__init__(service_id=service_id, reason=reason)
        self.service_id = service_id
        self.reason = reason


class Codec(Generic[T]):
    """Reads and writes the JSON of values of one type."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        """`adapter` is that of the type."""
        self._adapter = adapter

    def decode(self, text: str, service_id: str) -> T:
        """The value, with the fields that this version does not know, for `encode` to write back.

        Raises Unreadable, which names `service_id`.
        """
        try:
            return self._adapter.validate_json(text, context=ACCEPTED, extra="allow")
        except ValidationError as error:
            raise Unreadable(service_id, _reason(error)) from error

    def decode_known(self, text: str, service_id: str) -> T:
        """The value without the fields that this version does not know: to be shown or compared.

        Raises Unreadable, which names `service_id`.
        """
        try:
            return self._adapter.validate_json(text, context=ACCEPTED, extra="ignore")
        except ValidationError as error:
            raise Unreadable(service_id, _reason(error)) from error

    def encode(self, value: T) -> str:
        """The JSON of the value, with the unknown fields that `decode` has kept."""
        if not has_unknown_fields(value):
            return value.model_dump_json()
        fields = _with_unknown_fields(value, value.model_dump(mode="json"))
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


class EffectCodec(Codec[Effect]):
    """Reads effects whose text is stored elsewhere, too: see `page_texts`."""

    def decode(self, text: str, service_id: str) -> Effect:
        """As `Codec.decode`, with what comes after TEXT_FOLLOWS."""
        return super().decode(_with_text(text), service_id)

    def decode_known(self, text: str, service_id: str) -> Effect:
        """As `Codec.decode_known`, with what comes after TEXT_FOLLOWS."""
        return super().decode_known(_with_text(text), service_id)


TEXT_FOLLOWS = "\n"
"""Between the JSON of an effect and that of its text. The JSON of an effect has no line break."""


def _with_text(stored: str) -> str:
    """The effect with the fields of its text; without them where these cannot be read."""
    effect, follows, text = stored.partition(TEXT_FOLLOWS)
    if follows:
        with suppress(ValueError, TypeError):
            return json.dumps(json.loads(effect) | json.loads(text))
    return effect


EFFECTS: Codec[Effect] = EffectCodec(TypeAdapter(Effect))
MESSAGES: Codec[Message] = Codec(TypeAdapter(Message))
POLICIES: Codec[EscalationPolicy] = Codec(TypeAdapter(EscalationPolicy))
SERVICE_POLICIES: Codec[ServicePolicy] = Codec(
    TypeAdapter(Annotated[ServicePolicy, Field(union_mode="left_to_right")])
)
ENTRIES: Codec[Entry] = Codec(TypeAdapter(Annotated[Entry, Field(discriminator="type")]))
PROPERTIES: Codec[Properties] = Codec(TypeAdapter(Properties))
SERVICES: Codec[MonitoredService] = Codec(TypeAdapter(MonitoredService))

STATUSES: dict[str, Status] = {status: status for status in get_args(Status)}
REPORT_STATUSES: dict[str, ReportStatus] = {status: status for status in get_args(ReportStatus)}


def decode_status(text: str) -> Status:
    """How an attempt ended; a status of a newer version is "unknown"."""
    return STATUSES.get(text, "unknown")


def decode_report_status(text: str) -> ReportStatus:
    """What a provider has reported; a status of a newer version says no more than "accepted"."""
    return REPORT_STATUSES.get(text, "accepted")


def has_unknown_fields(value: object) -> bool:
    """Whether the value, or one inside it, has fields that this version does not know."""
    if isinstance(value, tuple):
        return any(map(has_unknown_fields, value))
    # All that is stored passes here, and isinstance takes long for a BaseModel.
    if getattr(value, "__pydantic_extra__", None):
        return True
    inner = _inner_values(type(value))  # type: ignore[arg-type]  # mypy: a type has no hash
    return inner is not None and has_unknown_fields(inner(value))


@cache
def _inner_values(kind: type) -> Callable[[object], object] | None:
    """Gets the values inside a value of that type; None where it has none."""
    if not issubclass(kind, BaseModel):
        return None
    fields = kind.model_fields.items()
    names = [name for name, field in fields if _has_values(field.annotation)]
    return attrgetter(*names) if names else None


def _has_values(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(map(_has_values, get_args(annotation)))


def _with_unknown_fields(value: object, known: JsonValue) -> JsonValue:
    """`known`, which is the JSON of `value`, with the unknown fields at their places."""
    match value, known:
        case BaseModel(), dict():
            fields = {
                name: _with_unknown_fields(getattr(value, name), field)
                for name, field in known.items()
            }
            return fields | (value.__pydantic_extra__ or {})
        case tuple(), list():
            return [_with_unknown_fields(*pair) for pair in zip(value, known, strict=True)]
        case _:
            return known


def _reason(error: ValidationError) -> str:
    """What is wrong first, in one line: without what is stored, which may be long or secret."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return shortened(
        one_line(f"{place}: {first['msg']}" if place else first["msg"]), LONGEST_REASON
    )
