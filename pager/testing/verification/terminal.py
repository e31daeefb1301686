"""What `pager verify` prints: each chapter, what holds and what does not, and a sum."""

from collections.abc import Callable, Sequence
from textwrap import indent

from pager.adapters.text import printable
from pager.testing.verification.results import Result

FORGET_LINE = "\r\x1b[2K"


class Progress:
    """Prints a line for each scenario and each property, and the log of what does not hold."""

    def __init__(self, write: Callable[[str], object], *, is_terminal: bool) -> None:
        """`write` prints text as it is; a terminal is shown what is looked at just now, too."""
        self._write = write
        self._is_terminal = is_terminal
        self._chapter = ""
        self.results: list[Result] = []

    def begins(self, chapter: str, title: str) -> None:
        """Name it."""
        if chapter != self._chapter:
            self._write(f"{printable(chapter)}\n")
            self._chapter = chapter
        if self._is_terminal:
            self._write(f"  … {printable(title)}")

    def ends(self, result: Result) -> None:
        """Say whether it holds, and if not, all that happened."""
        self.results.append(result)
        mark = "✓" if result.holds else "✗"
        forget = FORGET_LINE if self._is_terminal else ""
        self._write(f"{forget}  {mark} {printable(result.title)}\n")
        if not result.holds:
            self._write(f"\n{indent(printable(result.report), '      ')}\n\n")


def summary(results: Sequence[Result], seconds: float) -> str:
    """How many hold, how many do not, and which those are."""
    broken = [result for result in results if not result.holds]
    holding = len(results) - len(broken)
    text = f"{holding} of {len(results)} hold ({seconds:.1f} s)."
    if not broken:
        return text
    names = "\n".join(f"  ✗ {printable(result.title)}" for result in broken)
    return f"{text} What does not hold:\n{names}"
