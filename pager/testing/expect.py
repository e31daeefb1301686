"""How a step says that a scenario does not hold: in words, for its author."""


class Unmet(AssertionError):
    """What a step expects does not hold. The text says what does."""


def expect(truth: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like an assert
    """Raise Unmet with the sentence `otherwise`, unless it is so."""
    if not truth:
        raise Unmet(otherwise)
