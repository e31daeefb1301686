"""How much is tried to verify one property, so that it never takes minutes."""

from pager.errors import PagerError

MOST_SITUATIONS = 40_000
"""Of one property, in all services together. They take about ten seconds."""


class TooMuchToTry(PagerError):
    """It is unclear whether it holds: {why}. Write it for one service, verify a shorter time, or \
give the policy fewer Levels, no repeats, and no Acknowledgement that expires."""

    def __init__(self, why: str) -> None:
        """`why` says what was not tried."""
        super().__init__(why=why)


class Effort:
    """Counts the situations that were looked at."""

    def __init__(self, most: int = MOST_SITUATIONS) -> None:
        """`most` is how many are looked at before it is given up."""
        self._most = most
        self.situations = 0

    def another(self) -> None:
        """One more is looked at. Raises TooMuchToTry."""
        if self.situations == self._most:
            raise TooMuchToTry(
                f"more than {self._most:,} different situations may follow from an Alert"
            )
        self.situations += 1
