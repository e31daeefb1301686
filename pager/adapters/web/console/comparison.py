"""The differences between two policies, in words and side by side."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from pager.adapters.web.console.text import named
from pager.durations import in_words
from pager.model import EscalationPolicy, Level, Target


class Pair(NamedTuple):
    """The Levels of two policies with the same number; None where a policy has fewer Levels."""

    number: int
    theirs: Level | None
    mine: Level | None

    def targets(self, side: Level) -> list[tuple[Target, bool]]:
        """The Targets of `side`, and whether the other side lacks them: these come first."""
        other = self.mine if side is self.theirs else self.theirs
        missing = _keys(side) - (_keys(other) if other else frozenset())
        targets = [(target, target.key in missing) for target in side.targets]
        return sorted(targets, key=lambda pair: not pair[1])


def side_by_side(theirs: EscalationPolicy | None, mine: EscalationPolicy) -> list[Pair]:
    """The Levels of both policies, in pairs; those that differ first."""
    levels = theirs.levels if theirs else ()
    pairs = [
        Pair(number, *pair) for number, pair in enumerate(zip_longest(levels, mine.levels), start=1)
    ]
    return sorted(pairs, key=lambda pair: pair.theirs == pair.mine)


def differences(before: EscalationPolicy | None, after: EscalationPolicy | None) -> list[str]:
    """What an edit changed, a sentence each; none where it changed nothing."""
    if after is None:
        return ["The policy was removed."] if before else []
    if before is None:
        return ["A new policy.", *_differences_of_levels((), after.levels)]
    return list(_differences_of_levels(before.levels, after.levels))


def _differences_of_levels(before: Sequence[Level], after: Sequence[Level]) -> Iterator[str]:
    # As texts: each is compared many times, and a Level may have a thousand Targets.
    old_texts, new_texts = (
        [level.model_dump_json() for level in levels] for levels in (before, after)
    )
    matcher = SequenceMatcher(a=old_texts, b=new_texts, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for old, new in zip_longest(range(start, end), range(new_start, new_end)):
            if new is None:
                yield f"The former Level {old + 1} was removed: {named(before[old].targets)}."
            elif old is None:
                yield f"Level {new + 1} is new: {named(after[new].targets)}, {_delay(after[new])}."
            else:
                yield from _level_differences(f"Level {new + 1}", before[old], after[new])


def _level_differences(name: str, before: Level, after: Level) -> Iterator[str]:
    added, removed = _keys(after) - _keys(before), _keys(before) - _keys(after)
    if added:
        yield f"{name}: added {named([target for target in after.targets if target.key in added])}."
    if removed:
        lost = [target for target in before.targets if target.key in removed]
        yield f"{name}: removed {named(lost)}."
    if before.acknowledgement_delay != after.acknowledgement_delay:
        yield f"{name}: {_delay(after)} instead of {in_words(before.acknowledgement_delay)}."
    elif not added and not removed:
        yield f"{name}: the same Targets, in another order or spelling."


def _delay(level: Level) -> str:
    return f"{in_words(level.acknowledgement_delay)} to acknowledge"


def _keys(level: Level) -> frozenset[str]:
    return frozenset(target.key for target in level.targets)
