"""How much is tried to verify one property, so that it never takes minutes."""

from pager.errors import PagerError

MOST_SITUATIONS = 30_000
"""Of one property, in all services together. They take about seven seconds."""
MOST_READINGS = 200_000
"""Of all policies together: how often one of them is read differently than before. They take about
four seconds."""


class TooMuchToTry(PagerError):
    """It is unclear whether it holds: {why}. Write it for one service, verify a shorter time, or \
give the policy fewer Levels, no repeats, and no Acknowledgement that expires."""

    def __init__(self, why: str) -> None:
        """`why` says what was not tried."""
        super().__init__(why=why)


class Effort:
    """Counts what was looked at."""

    def __init__(
        self,
        most: int = MOST_SITUATIONS,
        of: str = "different situations may follow from an Alert",
    ) -> None:
        """`most` of these are looked at before it is given up."""
        self._most = most
        self._of = of
        self.spent = 0

    def spend(self, number: int = 1) -> None:
        """So many more are looked at. Raises TooMuchToTry, from then on each time."""
        if self.spent + number > self._most:
            self.spent = self._most
            raise TooMuchToTry(f"more than {self._most:,} {self._of}")
        self.spent += number
