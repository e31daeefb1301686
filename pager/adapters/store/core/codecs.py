"""The codecs of stored values. What was accepted once is not validated by newer, stricter rules."""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from pager.messages import Effect, Message
from pager.model import ACCEPTED, EscalationPolicy, MonitoredService

T = TypeVar("T")


class _Decoder(Generic[T]):
    """Decodes the JSON of values of one type."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def __call__(self, text: str) -> T:
        """Decode the value. Raises ValidationError where the text is none."""
        return self._adapter.validate_json(text, context=ACCEPTED)


decode_effect = _Decoder[Effect](TypeAdapter(Effect))
decode_message = _Decoder[Message](TypeAdapter(Message))
decode_policy = _Decoder[EscalationPolicy](TypeAdapter(EscalationPolicy))
decode_service = _Decoder[MonitoredService](TypeAdapter(MonitoredService))


def decode_optional_policy(text: str | None) -> EscalationPolicy | None:
    """As `decode_policy`, of a column that may be null."""
    return None if text is None else decode_policy(text)
