"""How a step is read: a sentence with nouns in it.

A pattern is a regular expression in which `{person}` stands for any value of the noun person. What
the nouns may be depends on the world in part, so a sentence is compiled when it is first asked for.
"""

import re
from collections.abc import Mapping
from functools import lru_cache, partial

from pytest_bdd import parsers

from pager.configuration.spelling import composed
from pager.testing.nouns import NOUNS, Noun


class Vocabulary:
    """The nouns of the sentences: those of every world, and the names of one."""

    def __init__(self) -> None:
        self.nouns: Mapping[str, Noun] = NOUNS

    def use(self, names: Mapping[str, Noun]) -> None:
        """Let the sentences be read with these, too, from now on."""
        self.nouns = {**NOUNS, **names}

    def pattern(self, sentence: str) -> str:
        """The regular expression of the sentence, with a group for each noun."""
        return re.sub(r"\{([a-z_]+)\}", partial(self._group, nested=False), sentence)

    def loose_pattern(self, sentence: str) -> str:
        """The same, where nouns may be misspelt."""
        return re.sub(
            r"\{([a-z_]+)\}",
            lambda noun: (
                f"(?P<{noun[1]}>{self.nouns[noun[1]].misspelt})"
                if self.nouns[noun[1]].misspelt
                else self._group(noun, nested=False)
            ),
            sentence,
        )

    def _group(self, found: re.Match[str], *, nested: bool) -> str:
        inner = re.sub(
            r"\{([a-z_]+)\}", partial(self._group, nested=True), self.nouns[found[1]].pattern
        )
        return f"(?:{inner})" if nested else f"(?P<{found[1]}>{inner})"

    def is_one(self, noun: str, text: str) -> bool:
        """Whether `text` is a value of the noun."""
        return re.fullmatch(self.pattern(f"{{{noun}}}"), text) is not None


VOCABULARY = Vocabulary()
"""pytest-bdd asks a step whether it matches without saying of which world: there is one a run."""


class Sentence(parsers.StepParser):
    """One step of the catalogue, however its letters, apostrophes and its end are written."""

    examples: tuple[str, ...] = ()
    """What it may be, where the pattern does not say that."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern
        self._read_with: Mapping[str, Noun] = {}
        self._regex = re.compile("")

    def parse_arguments(self, name: str) -> dict[str, object]:
        """The values of its nouns that are said."""
        found = self._match(name)
        assert found is not None
        return {
            noun: VOCABULARY.nouns[noun].read(text)
            for noun, text in found.groupdict().items()
            if text is not None
        }

    def is_matching(self, name: str) -> bool:
        """Whether `name` is this sentence."""
        return self._match(name) is not None

    def misnamed(self, name: str) -> list[tuple[str, str]]:
        """If it is this sentence but for nouns that are misspelt: those, each with its noun."""
        loose = re.compile(VOCABULARY.loose_pattern(self.pattern))
        found = loose.fullmatch(_plain(name))
        return [
            (noun, text)
            for noun, text in (found.groupdict() if found else {}).items()
            if text is not None and not VOCABULARY.is_one(noun, text)
        ]

    def _match(self, name: str) -> re.Match[str] | None:
        if self._read_with is not VOCABULARY.nouns:
            self._read_with = VOCABULARY.nouns
            self._regex = re.compile(VOCABULARY.pattern(self.pattern))
        return self._regex.fullmatch(_plain(name))


@lru_cache  # each step is compared with every sentence
def _plain(text: str) -> str:
    return composed(text).replace("’", "'").rstrip(",.")
