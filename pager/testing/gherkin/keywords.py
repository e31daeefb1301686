"""The keywords of Gherkin, and which of them a line was probably meant to begin with."""

import re
from difflib import get_close_matches

STEP = ("Given", "When", "Then", "And", "But")
BLOCK = ("Feature", "Background", "Rule", "Scenario", "Scenario Outline", "Examples")
SYNONYMS = ("Example", "Scenarios", "Scenario Template", "Ability", "Business Need")
STEPS_IN_WORDS = "Given, When, Then, And or But"


def meant(line: str) -> str | None:
    """`line` with the keyword that is misspelt or incomplete in it; None if nothing is like one."""
    return with_block_keyword(line) or with_step_keyword(line)


def with_block_keyword(line: str) -> str | None:
    """As in `Scenrio: x`, `scenario: x`, `Scenario x` and `Scenario : x`."""
    before, colon, title = line.partition(":")
    if not colon:
        before, _, title = line.partition(" ")
        if title.lower().startswith(("outline", "template")):
            second, _, title = title.partition(" ")
            before = f"{before} {second}"
    if len(before.split()) > 2:
        return None
    close = get_close_matches(_in_capitals(before), (*BLOCK, *SYNONYMS), n=1, cutoff=0.75)
    return f"{close[0]}: {title.strip()}".strip() if close else None


def with_step_keyword(line: str) -> str | None:
    """As in `Wen x`, `when x`, `Given: x` and `- Given x`."""
    first, text = split(line)
    close = get_close_matches(_in_capitals(first), STEP, n=1, cutoff=0.6)
    return f"{close[0]} {text}" if close and text else None


def split(line: str) -> tuple[str, str]:
    """The first word of a line, which may be a keyword, and the rest; without bullets."""
    first, _, text = " ".join(line.lstrip("-*•0123456789.) \t").split()).partition(" ")
    return first.rstrip(":"), text


def _in_capitals(words: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", words).split()).title()
