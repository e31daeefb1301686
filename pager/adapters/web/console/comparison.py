"""The differences between two policies, or a policy and a draft: in words and side by side."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from pager.adapters.web.console.draft import Draft, LevelDraft, rule_texts
from pager.adapters.web.console.text import AnyLevel, AnyPolicy, address_of, first_of, key_of
from pager.adapters.web.console.typed_targets import NO_NAMES, Names
from pager.durations import in_words
from pager.oncall.policies import PolicyTarget, PolicyUse
from pager.words import times_in_words


class Pair(NamedTuple):
    """The Levels of two policies with the same number; None where a policy has fewer Levels."""

    number: int
    theirs: AnyLevel | None
    mine: AnyLevel | None

    def targets(self, side: AnyLevel) -> list[tuple[PolicyTarget, bool]]:
        """The Targets of `side`, and whether the other side lacks them: these come first."""
        other = self.mine if side is self.theirs else self.theirs
        missing = _keys(side) - (_keys(other) if other else frozenset())
        targets = [(target, key_of(target) in missing) for target in side.targets]
        return sorted(targets, key=lambda pair: not pair[1])


def side_by_side(theirs: AnyPolicy | None, mine: AnyPolicy) -> list[Pair]:
    """The Levels of both policies, in pairs; those that differ first."""
    their_levels: Sequence[AnyLevel] = theirs.levels if theirs else ()
    my_levels: Sequence[AnyLevel] = mine.levels
    pairs = [
        Pair(number, *pair)
        for number, pair in enumerate(zip_longest(their_levels, my_levels), start=1)
    ]
    return sorted(pairs, key=lambda pair: pair.theirs == pair.mine)


def differences(
    before: AnyPolicy | PolicyUse | None, after: AnyPolicy | PolicyUse | None
) -> list[str]:
    """What an edit changed, a sentence each; none where it changed nothing."""
    if after is None:
        return ["The policy was removed."] if before else []
    if isinstance(after, PolicyUse):
        return [] if before == after else [f"The shared policy {after.uses}{_instead_of(before)}."]
    levels = list(map(_compared, after.levels))
    if before is None or isinstance(before, PolicyUse):
        return [
            f"A new policy{_instead_of(before)}.",
            *_differences_of_levels((), levels),
            *_differences_of_rules(_NO_RULES, _rules(after)),
        ]
    return [
        *_differences_of_levels(list(map(_compared, before.levels)), levels),
        *_differences_of_rules(_rules(before), _rules(after)),
    ]


def _instead_of(former: AnyPolicy | PolicyUse | None) -> str:
    if isinstance(former, PolicyUse):
        return f" instead of the shared policy {former.uses}"
    return " instead of a policy of its own" if former else ""


def changes(stored: Draft | None, draft: Draft, names: Names = NO_NAMES) -> list[str]:
    """What saving `draft` would change, a sentence each; it need not be valid."""
    before, after = (
        [_compared_draft(level, names) for level in (each.levels if each else ())]
        for each in (stored, draft)
    )
    return [
        *_differences_of_levels(before, after),
        *_differences_of_rules(_typed_rules(stored) if stored else _NO_RULES, _typed_rules(draft)),
    ]


class _Rules(NamedTuple):
    """What a policy says besides its Levels, in words."""

    repeat: str
    expiry: str


_NO_RULES = _Rules("never", "never")


def _rules(policy: AnyPolicy) -> _Rules:
    return _typed_rules(Draft((), *rule_texts(policy)))


def _typed_rules(draft: Draft) -> _Rules:
    repeat, expiry = draft.parsed_repeat, draft.parsed_expiry
    if isinstance(repeat, str):
        repeat_in_words = f"“{repeat}” times"
    else:
        repeat_in_words = times_in_words(repeat) if repeat else "never"
    if isinstance(expiry, timedelta):
        expiry_in_words = f"after {in_words(expiry)}"
    else:
        expiry_in_words = f"after “{expiry}”" if expiry else "never"
    return _Rules(repeat_in_words, expiry_in_words)


def _differences_of_rules(before: _Rules, after: _Rules) -> Iterator[str]:
    if before.repeat != after.repeat:
        yield f"It begins again {after.repeat} instead of {before.repeat}."
    if before.expiry != after.expiry:
        yield f"An acknowledgement expires {after.expiry} instead of {before.expiry}."


class _Compared(NamedTuple):
    """A Level, as it is compared."""

    text: str
    """All of it: each Level is compared many times, and may have a thousand Targets."""
    targets: dict[str, str]
    """The address or the number of each Target, by its key."""
    delay: timedelta | str

    @property
    def delay_in_words(self) -> str:
        return in_words(self.delay) if isinstance(self.delay, timedelta) else f"“{self.delay}”"


def _compared(level: AnyLevel) -> _Compared:
    targets = {key_of(target): address_of(target) for target in level.targets}
    return _Compared(level.model_dump_json(), targets, level.acknowledgement_delay)


def _compared_draft(level: LevelDraft, names: Names) -> _Compared:
    targets = {}
    for text in level.target_texts(names):
        target = names.target_of(text)
        targets[key_of(target) if target else text] = address_of(target) if target else text
    delay = level.parsed_delay
    return _Compared("\n".join([*targets.values(), str(delay)]), targets, delay)


def _differences_of_levels(
    before: Sequence[_Compared], after: Sequence[_Compared]
) -> Iterator[str]:
    old_texts, new_texts = ([level.text for level in levels] for levels in (before, after))
    matcher = SequenceMatcher(a=old_texts, b=new_texts, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for old, new in zip_longest(range(start, end), range(new_start, new_end)):
            if new is None:
                yield f"The former level {old + 1} was removed: {_named(before[old].targets)}."
            elif old is None:
                yield f"Level {new + 1} is new: {_named(after[new].targets)}, {_delay(after[new])}."
            else:
                yield from _level_differences(f"Level {new + 1}", before[old], after[new])


def _level_differences(name: str, before: _Compared, after: _Compared) -> Iterator[str]:
    added = {key: text for key, text in after.targets.items() if key not in before.targets}
    removed = {key: text for key, text in before.targets.items() if key not in after.targets}
    if added and removed and len(added) == len(removed) == 1:
        yield f"{name}: {_named(added)} instead of {_named(removed)}."
    elif added or removed:
        if added:
            yield f"{name}: added {_named(added)}."
        if removed:
            yield f"{name}: removed {_named(removed)}."
    if before.delay != after.delay:
        yield f"{name}: {_delay(after)} instead of {before.delay_in_words}."
    elif not added and not removed:
        yield f"{name}: the same targets, in another order or spelling."


def _delay(level: _Compared) -> str:
    return f"{level.delay_in_words} to acknowledge"


def _named(targets: dict[str, str]) -> str:
    return first_of(list(targets.values())) or "nobody yet"


def _keys(level: AnyLevel) -> frozenset[str]:
    return frozenset(key_of(target) for target in level.targets)
