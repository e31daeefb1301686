"""What a newer version of Pager has stored survives the editors of this one."""

from typing import TypeVar

from pager.adapters.store.core.codecs import has_unknown_fields
from pager.adapters.web.console.draft import Draft
from pager.adapters.web.console.text import key_of
from pager.adapters.web.parsing import number_in
from pager.model import EscalationPolicy, Value
from pager.oncall.policies import SharedPolicy

P = TypeVar("P", EscalationPolicy, SharedPolicy)
V = TypeVar("V", bound=Value)


def keep_unknown(policy: P, draft: Draft, base: P | None) -> P:
    """`policy`, which was typed as `draft`, with what only a newer version knows of `base`.

    `base` is the policy with which the work began. What it has beside the fields that can be edited
    stays with its Level, wherever that was moved, and with its Target.
    """
    if base is None or not has_unknown_fields(base):
        return policy
    targets = {key_of(target): target for level in base.levels for target in level.targets}
    levels = []
    for typed, level in zip(draft.levels, policy.levels, strict=True):
        kept = tuple(updated(targets.get(key_of(target)), target) for target in level.targets)
        number = number_in(typed.was)
        former = base.levels[number - 1] if number and number <= len(base.levels) else None
        levels.append(updated(former, level.model_copy(update={"targets": kept})))
    return updated(base, policy.model_copy(update={"levels": tuple(levels)}))


def updated(former: V | None, value: V) -> V:
    """`value`, with the unknown fields of `former`."""
    if former is None:
        return value
    known = {name: getattr(value, name) for name in type(value).model_fields}
    return former.model_copy(update=known)
