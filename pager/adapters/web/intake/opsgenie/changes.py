"""What a client can change of its alert: fields that mean nothing to the domain."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pager.adapters.store.alerts.fields import (
    LONGEST_DESCRIPTION,
    LONGEST_MESSAGE,
    LONGEST_USER,
    PRIORITIES,
    AlertFields,
    bounded,
    bounded_details,
    bounded_tags,
)
from pager.adapters.web.intake.opsgenie.answers import unprocessable
from pager.adapters.web.intake.opsgenie.bodies import Body


class Change(NamedTuple):
    """How the fields of an alert change."""

    apply: Callable[[AlertFields], AlertFields]
    """From what they are when it is written."""
    status: str
    """What became of it, in a sentence."""
    says: str = ""
    """What people have to read of it."""


def _message(body: Body) -> Change:
    message = bounded(body.message or "", LONGEST_MESSAGE)
    if not message:
        raise unprocessable(message="may not be empty")
    return Change(lambda fields: fields._replace(message=message), "Updated message", message)


def _description(body: Body) -> Change:
    if body.description is None:
        raise unprocessable(description="may not be null")
    description = bounded(body.description, LONGEST_DESCRIPTION)
    return Change(
        lambda fields: _with(fields, description=description), "Updated description", description
    )


def _priority(body: Body) -> Change:
    priority = body.priority.strip().upper()
    if priority not in PRIORITIES:
        raise unprocessable(priority=f"is one of {', '.join(PRIORITIES)}")
    return Change(lambda fields: fields._replace(priority=priority), "Updated priority")


def _added_tags(body: Body) -> Change:
    if body.tags is None:
        raise unprocessable(tags="may not be null")
    tags = body.tags
    return Change(
        lambda fields: fields._replace(tags=bounded_tags([*fields.tags, *tags])), "Added tags"
    )


def _removed_tags(body: Body) -> Change:
    if body.tags is None:
        raise unprocessable(tags="may not be null")
    removed = set(bounded_tags(body.tags))
    return Change(
        lambda fields: fields._replace(
            tags=tuple(tag for tag in fields.tags if tag not in removed)
        ),
        "Removed tags",
    )


def _added_details(body: Body) -> Change:
    if body.details is None:
        raise unprocessable(details="may not be null")
    added = body.details

    def apply(fields: AlertFields) -> AlertFields:
        return _with(fields, details=bounded_details({**fields.more.details, **added}))

    return Change(apply, "Added details")


def _removed_details(body: Body) -> Change:
    if body.keys is None:
        raise unprocessable(keys="may not be null")
    removed = {key.strip() for key in body.keys}

    def apply(fields: AlertFields) -> AlertFields:
        details = fields.more.details.items()
        return _with(fields, details={key: text for key, text in details if key not in removed})

    return Change(apply, "Removed details")


def _owner(body: Body) -> Change:
    owner = bounded(body.owner or "", LONGEST_USER)
    if not owner:
        raise unprocessable(owner="may not be null")
    return Change(
        lambda fields: _with(fields, owner=owner), "Noted the owner: Pager pages by its policy"
    )


def _nothing(_body: Body) -> Change:
    return Change(lambda fields: fields, "Nothing changed: Pager pages by its policy")


CHANGES: Mapping[tuple[str, str], Callable[[Body], Change]] = {
    ("PUT", "message"): _message,
    ("PUT", "description"): _description,
    ("PUT", "priority"): _priority,
    ("POST", "tags"): _added_tags,
    ("DELETE", "tags"): _removed_tags,
    ("POST", "details"): _added_details,
    ("DELETE", "details"): _removed_details,
    ("POST", "assign"): _owner,
    ("POST", "responders"): _nothing,
    ("POST", "teams"): _nothing,
}
"""By the method and the action. Each raises ProblemError (422) where what it needs is missing."""


def _with(fields: AlertFields, **more: object) -> AlertFields:
    return fields._replace(more=fields.more.model_copy(update=more))
