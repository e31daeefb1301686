"""Values as the database has them: what was accepted once is not judged again."""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from pager.messages import Effect, Message
from pager.model import ACCEPTED, EscalationPolicy, MonitoredService

T = TypeVar("T")


class _Stored(Generic[T]):
    """How a value of that type is read."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def __call__(self, text: str) -> T:
        """The value in the text. Raises ValidationError where none is."""
        return self._adapter.validate_json(text, context=ACCEPTED)


stored_effect = _Stored[Effect](TypeAdapter(Effect))
stored_message = _Stored[Message](TypeAdapter(Message))
stored_policy = _Stored[EscalationPolicy](TypeAdapter(EscalationPolicy))
stored_service = _Stored[MonitoredService](TypeAdapter(MonitoredService))
