"""The differences between two policies, in words and side by side."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from pager.adapters.web.console.text import named
from pager.durations import in_words
from pager.model import EscalationPolicy, Level, Target


class Pair(NamedTuple):
    """The Levels of two policies that stand at the same number; None where one is shorter."""

    number: int
    theirs: Level | None
    mine: Level | None

    def targets(self, side: Level) -> list[tuple[Target, bool]]:
        """The Targets of one of the two, and whether only that one has them: these come first."""
        other = self.mine if side is self.theirs else self.theirs
        only = _keys(side) - (_keys(other) if other else frozenset())
        found = [(target, target.key in only) for target in side.targets]
        return sorted(found, key=lambda each: not each[1])


def side_by_side(theirs: EscalationPolicy | None, mine: EscalationPolicy) -> list[Pair]:
    """Level beside Level, those that differ first."""
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
    # Texts, since these are compared again and again, and a Level may have a thousand Targets.
    old_texts, new_texts = ([level.model_dump_json() for level in each] for each in (before, after))
    matcher = SequenceMatcher(a=old_texts, b=new_texts, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        old, new = range(start, end), range(new_start, new_end)
        for was, is_ in zip_longest(old, new):
            if is_ is None:
                yield f"The former Level {was + 1} was removed: {named(before[was].targets)}."
            elif was is None:
                yield f"Level {is_ + 1} is new: {named(after[is_].targets)}, {_delay(after[is_])}."
            else:
                yield from _level_differences(f"Level {is_ + 1}", before[was], after[is_])


def _level_differences(name: str, before: Level, after: Level) -> Iterator[str]:
    had, has = _keys(before), _keys(after)
    gone, come = had - has, has - had
    if come:
        yield f"{name}: added {named([each for each in after.targets if each.key in come])}."
    if gone:
        yield f"{name}: removed {named([each for each in before.targets if each.key in gone])}."
    if before.acknowledgement_delay != after.acknowledgement_delay:
        yield f"{name}: {_delay(after)} instead of {in_words(before.acknowledgement_delay)}."
    elif not gone and not come:
        yield f"{name}: the same Targets, in another order or spelling."


def _delay(level: Level) -> str:
    return f"{in_words(level.acknowledgement_delay)} to acknowledge"


def _keys(level: Level) -> frozenset[str]:
    return frozenset(target.key for target in level.targets)
