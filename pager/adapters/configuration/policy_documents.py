"""Shared policies, and the policies of single services, in a document."""

import operator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from pager.adapters.configuration.fields import Document, Duration, Fields, is_none
from pager.adapters.configuration.targets import (
    AddressDocument,
    TargetDocument,
    address_document,
    by_key,
    target_document,
)
from pager.model import EscalationPolicy
from pager.oncall.names import Name
from pager.oncall.policies import PolicyUse, ServicePolicy, SharedPolicy

_DELAY = timedelta(minutes=15)


class _Rules(Document):
    """What a policy says besides its Levels."""

    repeat: Annotated[int, Field(exclude_if=operator.not_)] = 0
    """How many times it begins again after nobody has answered the last Level."""
    acknowledgement_expiry: Annotated[Duration | None, Field(exclude_if=is_none)] = None
    """How long an Acknowledgement is good for; left out: as long as the incident lasts."""


class LevelDocument(Document):
    """One step of a shared policy."""

    targets: tuple[TargetDocument, ...]
    acknowledgement_delay: Duration = _DELAY
    """How long they have to acknowledge, before the next Level is notified."""


class PolicyDocument(_Rules):
    """An Escalation Policy with a name, for every service that uses it."""

    levels: tuple[LevelDocument, ...]

    @classmethod
    def of(cls, policy: SharedPolicy) -> "PolicyDocument":
        """As the domain has it."""
        levels = tuple(
            LevelDocument(
                targets=tuple(map(target_document, level.targets)),
                acknowledgement_delay=level.acknowledgement_delay,
            )
            for level in policy.levels
        )
        return cls(
            levels=levels,
            repeat=policy.repeat,
            acknowledgement_expiry=policy.acknowledgement_expiry,
        )

    def entry(self, name: str) -> SharedPolicy:
        """As the domain has it. Raises ValidationError."""
        levels = tuple(map(_level_fields, self.levels))
        return SharedPolicy.model_validate({**dict(self), "levels": levels, "name": name})


class OwnLevelDocument(Document):
    """One step of a policy that only one service has: it names addresses."""

    targets: tuple[AddressDocument, ...]
    acknowledgement_delay: Duration = _DELAY
    """How long they have to acknowledge, before the next Level is notified."""


class OwnPolicyDocument(_Rules):
    """A policy that only one service has."""

    levels: tuple[OwnLevelDocument, ...]

    @classmethod
    def of(cls, policy: EscalationPolicy) -> "OwnPolicyDocument":
        """As the domain has it."""
        levels = tuple(
            OwnLevelDocument(
                targets=tuple(map(address_document, level.targets)),
                acknowledgement_delay=level.acknowledgement_delay,
            )
            for level in policy.levels
        )
        return cls(
            levels=levels,
            repeat=policy.repeat,
            acknowledgement_expiry=policy.acknowledgement_expiry,
        )

    def entry(self, service_id: str) -> EscalationPolicy:
        """As the domain has it. Raises ValidationError."""
        levels = tuple(map(_level_fields, self.levels))
        return EscalationPolicy.model_validate(
            {**dict(self), "levels": levels, "service_id": service_id}
        )


def _level_fields(level: LevelDocument | OwnLevelDocument) -> Fields:
    return {**dict(level), "targets": tuple(target.target for target in level.targets)}


class UseDocument(Document):
    """A service uses a shared policy."""

    uses: Name
    """The name of the shared policy."""

    def entry(self, service_id: str) -> PolicyUse:
        """As the domain has it."""
        return PolicyUse(service_id=service_id, uses=self.uses)


ServiceDocument = Annotated[
    Annotated[UseDocument, Tag("/uses")] | Annotated[OwnPolicyDocument, Tag("/levels")],
    Discriminator(
        by_key("uses", "levels"),
        custom_error_type="service_policy",
        custom_error_message="A policy is expected: uses (the name of a shared one) or levels.",
    ),
]
"""The policy of one service."""

FallbackDocument = Annotated[
    Annotated[UseDocument, Tag("/uses")]
    | Annotated[OwnPolicyDocument, Tag("/levels")]
    | Annotated[Literal["none"], Tag("/none")],
    Discriminator(
        lambda value: "/none" if value == "none" else by_key("uses", "levels")(value),
        custom_error_type="fallback_policy",
        custom_error_message="A policy is expected: uses or levels; or none.",
    ),
]
"""The policy of services that have none, or whose policy reaches nobody; `none` for none."""


def service_document(policy: ServicePolicy) -> UseDocument | OwnPolicyDocument:
    """The policy of a service, as a document has it."""
    if isinstance(policy, PolicyUse):
        return UseDocument(uses=policy.uses)
    return OwnPolicyDocument.of(policy)
