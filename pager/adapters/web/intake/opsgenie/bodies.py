"""What a client sends: mended rather than refused, because it may be an Alert."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from pager.adapters.store.alerts.fields import (
    LONGEST_DESCRIPTION,
    LONGEST_ENTITY,
    LONGEST_MESSAGE,
    LONGEST_SOURCE,
    LONGEST_USER,
    NO_PRIORITY,
    PRIORITIES,
    AlertFields,
    MoreFields,
    bounded,
    bounded_details,
    bounded_tags,
)
from pager.adapters.web.api.tolerant_json import text_of, values
from pager.adapters.web.bodies import CutBody
from pager.adapters.web.intake.events import NotUnderstood
from pager.adapters.web.intake.opsgenie.answers import unprocessable

LONGEST_SNOOZE = timedelta(days=30)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split(",")
    return [_as_text(item) for item in value] if isinstance(value, list) else []


def _as_details(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): _as_text(content) for name, content in value.items()}


def _as_name(value: object) -> str:
    """The name of a person, a team or an escalation, which are objects."""
    if isinstance(value, dict):
        return next(
            (_as_text(value[key]) for key in ("username", "name", "id") if key in value), ""
        )
    return _as_text(value)


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
Details = Annotated[dict[str, str], BeforeValidator(_as_details)]
Name = Annotated[str, BeforeValidator(_as_name)]


class NoAlert(NotUnderstood):
    """The payload is not understood: {reason}"""

    def __init__(self, field: str, message: str) -> None:
        """`message` says what is wrong with the field."""
        super().__init__(f"its {field} {message}.")
        self.field = field
        self.message = message


class Body(BaseModel):
    """The fields of any request that mean something here. None: it was not sent."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True
    )

    message: Text | None = None
    alias: Text = ""
    description: Text | None = None
    entity: Text = ""
    source: Text = ""
    priority: Text = ""
    tags: Texts | None = None
    details: Details | None = None
    user: Text = ""
    note: Text = ""
    end_time: Text | None = None
    owner: Name | None = None
    keys: Texts | None = None

    @property
    def by(self) -> str:
        """Who has sent it; "" where it does not say."""
        return bounded(self.user, LONGEST_USER)

    @property
    def title(self) -> str:
        """What an alert is called."""
        if self.message and self.message.strip():
            return self.message.strip()
        first, _, _ = (self.description or "").strip().partition("\n")
        return first

    @property
    def text(self) -> str:
        """What people read of an alert: its message, its description, and then the other fields."""
        description = (self.description or "").strip()
        facts = {
            "Entity": self.entity,
            "Source": self.source,
            "Priority": self.priority,
            "Tags": ", ".join(self.tags or ()),
            **(self.details or {}),
        }
        lines = [f"{name}: {value}" for name, value in facts.items() if value.strip()]
        parts = [self.title, "" if description == self.title else description, "\n".join(lines)]
        return "\n\n".join(part for part in parts if part)

    @property
    def alert_fields(self) -> AlertFields:
        """The fields of the alert that it makes, as they are stored."""
        priority = self.priority.strip().upper()
        return AlertFields(
            message=bounded(self.title, LONGEST_MESSAGE),
            entity=bounded(self.entity, LONGEST_ENTITY),
            source=bounded(self.source, LONGEST_SOURCE),
            priority=priority if priority in PRIORITIES else NO_PRIORITY,
            tags=bounded_tags(self.tags or ()),
            more=MoreFields(
                description=bounded(self.description or "", LONGEST_DESCRIPTION),
                details=bounded_details(self.details or {}),
            ),
        )

    @property
    def routing_fields(self) -> Mapping[str, str]:
        """By which an integration finds the service: the alert's own fields before its details."""
        named = {"entity": self.entity, "source": self.source, "alias": self.alias}
        return {**(self.details or {}), **{name: value for name, value in named.items() if value}}


def read_alert(body: CutBody, encoding: str) -> Body:
    """The alert that a body is. Raises NoAlert."""
    value = _object(body, encoding)
    if value is None:
        raise NoAlert("body", "is no JSON object")
    alert = Body.model_validate(value)
    if not alert.title:
        raise NoAlert("message", "may not be empty")
    return alert


def read_action(query: Mapping[str, str], body: CutBody | None = None, encoding: str = "") -> Body:
    """What is to be done with an alert. What the body does not have may be in the query."""
    value = None if body is None else _object(body, encoding)
    return Body.model_validate({**query, **(value or {})})


def end_of_snooze(body: Body, now: datetime) -> datetime:
    """Until when an alert is to be snoozed. Raises ProblemError (422)."""
    if body.end_time is None:
        raise unprocessable(endTime="may not be null")
    try:
        end = datetime.fromisoformat(body.end_time)
    except ValueError as error:
        raise unprocessable(endTime="is a time, such as 2026-11-28T13:00:00Z") from error
    end = end if end.tzinfo is not None else end.replace(tzinfo=UTC)
    if end <= now:
        raise unprocessable(endTime="is over already")
    if end > now + LONGEST_SNOOZE:
        raise unprocessable(endTime=f"is more than {LONGEST_SNOOZE.days} days from now")
    return end


def _object(body: CutBody, encoding: str) -> dict[str, object] | None:
    value = next(iter(values(text_of(body, encoding))), None)
    return value if isinstance(value, dict) else None
