"""Text of somebody else's, made fit to be shown: cleaned of what nobody can see, and cut."""

import re


def printable(text: str) -> str:
    """`text` without what would steer a terminal; line breaks stay."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def one_line(text: str) -> str:
    """`text` as one line, without control characters: white space becomes a single space."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def shortened(text: str, longest: int, ellipsis: str = "…") -> str:
    """`text`, cut to `longest` characters; the `ellipsis`, which they include, says so."""
    return text if len(text) <= longest else text[: longest - len(ellipsis)] + ellipsis
