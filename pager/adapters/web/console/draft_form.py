"""The fields of the form in which the draft of a policy is kept.

They are in the order of the page: the Targets of a Level, one on each line, whoever is added to
them, then its delay; and below the Levels how often the policy begins again, and when an
Acknowledgement expires.
"""

from collections.abc import Sequence

from pager.adapters.web.console.draft import Draft, LevelDraft
from pager.adapters.web.console.form import InvalidForm
from pager.errors import PagerError

OTHER_FIELDS = frozenset(
    {"csrf", "begun", "version", "acknowledged", "at", "zone", "seen", "do", "overruled"}
)
"""Fields of the editor's form beside those of the policy."""


class TooLarge(PagerError):
    """This is more than can be edited on a page, and nothing was saved: the API takes larger \
policies."""


def read_draft(fields: Sequence[tuple[str, str]]) -> Draft:
    """The draft in the fields of a form.

    Raises InvalidForm where it is not a form of ours, and TooLarge where no page can hold it.
    """
    typed = [(name, value) for name, value in fields if name not in OTHER_FIELDS]
    # The page of an older version has neither: what the policy says of them would be lost.
    if [name for name, _ in typed[-2:]] != ["repeat", "expiry"]:
        raise InvalidForm
    (_, repeat), (_, expiry) = typed[-2:]
    typed = typed[:-2]
    texts = [(name, value) for name, value in typed if name not in {"was", "add"}]
    targets, delays = texts[::2], texts[1::2]
    # A field that is not known here is of the page of a newer version: without it, what was typed
    # in it would be lost.
    if not texts or [name for name, _ in texts] != ["targets", "delay"] * (len(texts) // 2):
        raise InvalidForm
    # The page of an older version does not say which Level is which.
    numbers = [value for name, value in typed if name == "was"]
    numbers = numbers or [str(number) for number in range(1, len(targets) + 1)]
    # Whoever was chosen from the names is on a line of their own from now on.
    added = [value.strip() for name, value in typed if name == "add"] or [""] * len(targets)
    if not len(numbers) == len(added) == len(targets):
        raise InvalidForm
    levels = zip(targets, added, delays, numbers, strict=True)
    drafts = tuple(
        LevelDraft(f"{text}\n{new}" if new else text, delay, was)
        for (_, text), new, (_, delay), was in levels
    )
    draft = Draft(drafts, repeat, expiry)
    if not draft.fits:
        raise TooLarge
    return draft


def fields_of(draft: Draft) -> list[tuple[str, str]]:
    """The fields that hold the draft in a form."""
    levels = [field for level in draft.levels for field in level._asdict().items()]
    return [*levels, ("repeat", draft.repeat), ("expiry", draft.expiry)]
