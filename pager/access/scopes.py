"""What an API key is good for: some actions, on some Monitored Services or on all."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from pager.model import ServiceId

Action = Literal["alert", "acknowledge", "healthy", "read", "policies"]

ACTIONS: tuple[Action, ...] = get_args(Action)
MOST_SERVICES = 100


class KeyScope(BaseModel):
    """Actions, each of them on each of the services."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: Annotated[frozenset[Action], Field(min_length=1)]
    services: Annotated[frozenset[ServiceId], Field(min_length=1, max_length=MOST_SERVICES)] | None
    """None: on all of them, those to come too."""

    def covers(self, action: Action, service_id: str) -> bool:
        """Whether the key is good for `action` on that service."""
        return action in self.actions and (self.services is None or service_id in self.services)

    def covers_all(self, action: Action) -> bool:
        """Whether the key is good for `action` on every service."""
        return action in self.actions and self.services is None


EVERYTHING = KeyScope(actions=frozenset(ACTIONS), services=None)
