"""An answer that takes long to read is kept for longer than one that does not."""

from pager.adapters.store.views.kept import TIMES, Kept


def test_an_answer_is_kept_for_as_long_as_it_is_worth() -> None:
    """A hundred times as long as it took, and no longer."""
    at = 0.0

    def clock() -> float:
        return at

    def read() -> float:
        nonlocal at
        at += 0.5
        return at

    kept = Kept[float](clock)
    assert kept.get(read) == 0.5
    at += TIMES * 0.5 - 0.01
    assert kept.get(read) == 0.5
    at += 0.01
    assert kept.get(read) == at
