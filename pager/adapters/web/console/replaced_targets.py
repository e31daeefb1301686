"""One Target in the place of another in a policy, or none in its place."""

from enum import Enum
from typing import NamedTuple

from pager.adapters.store.views.target_uses import TargetUse
from pager.model import EscalationPolicy, Level, Target


class LeftAlone(Enum):
    """Why a policy is not changed."""

    EMPTY_LEVEL = "a level would notify nobody"
    UNREADABLE = "this version of Pager cannot read it"


class Replaced(NamedTuple):
    """What becomes of a policy."""

    policy: EscalationPolicy | None
    """The new one; None where it is left alone."""
    levels: tuple[int, ...] = ()
    """The numbers of the Levels that have the former Target."""
    merged: tuple[int, ...] = ()
    """Those that have the new one as well: they name it once."""
    emptied: tuple[int, ...] = ()
    """Those that would notify nobody."""
    left_alone: LeftAlone | None = None


def replaced_in(use: TargetUse, key: str, new: Target | None) -> Replaced:
    """The policy with `new` for the Target with that `key`; without it, where `new` is None."""
    if use.policy is None:
        return Replaced(None, left_alone=LeftAlone.UNREADABLE)
    levels = tuple(use.levels(key))
    changed = [
        _replaced(level, key, new) if number in levels else level
        for number, level in enumerate(use.policy.levels, start=1)
    ]
    emptied = tuple(number for number in levels if not changed[number - 1].targets)
    if emptied:
        return Replaced(None, levels, (), emptied, LeftAlone.EMPTY_LEVEL)
    merged = tuple(number for number in levels if _has(use.policy.levels[number - 1], new))
    policy = use.policy.model_copy(update={"levels": tuple(changed)})
    return Replaced(policy, levels, merged)


def _replaced(level: Level, key: str, new: Target | None) -> Level:
    """The Level with `new` at the place of the former Target, unless it has `new` already."""
    if new is None or _has(level, new):
        targets = [target for target in level.targets if target.key != key]
    else:
        targets = [new if target.key == key else target for target in level.targets]
    # What only a newer version knows of the Level stays with it.
    return level.model_copy(update={"targets": tuple(targets)})


def _has(level: Level, new: Target | None) -> bool:
    return new is not None and any(target.key == new.key for target in level.targets)
