"""A clock that is moved by hand."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that only `advance` moves: `now` starts at zero, `moment` at `start`."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = timedelta(0)
        self.start = datetime(2027, 1, 15, tzinfo=UTC)

    @property
    def moment(self) -> datetime:
        """The date and time, in UTC."""
        return self.start + self.now

    def advance(self, by: timedelta) -> None:
        """Let `by` pass. Raises ValueError where it is negative."""
        if by < timedelta(0):
            raise ValueError("time passes forwards only")
        self.now += by
