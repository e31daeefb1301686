"""Scopes of API keys: some actions, on some Monitored Services or on all."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from pager.model import ServiceId

Action = Literal["alert", "acknowledge", "healthy", "read", "policies", "integrations", "heartbeat"]

ACTIONS: tuple[Action, ...] = get_args(Action)
MOST_SERVICES = 100


class KeyScope(BaseModel):
    """What an API key may do: these actions, each of them on each of these services."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: Annotated[frozenset[Action], Field(min_length=1)]
    services: Annotated[frozenset[ServiceId], Field(min_length=1, max_length=MOST_SERVICES)] | None
    """None: all services, also those that are added later."""

    def covers(self, action: Action, service_id: str) -> bool:
        """Whether the key may do `action` on that service."""
        return action in self.actions and (self.services is None or service_id in self.services)

    def covers_all(self, action: Action) -> bool:
        """Whether the key may do `action` on every service."""
        return action in self.actions and self.services is None


EVERYTHING = KeyScope(actions=frozenset(ACTIONS), services=None)
