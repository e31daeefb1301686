"""MTTA and MTTR: which incidents count, and how."""

from datetime import UTC, datetime, timedelta
from statistics import fmean, median

from pager.response_times import Figure, IncidentTimes, response_times

NIGHT = datetime(2027, 1, 15, 3, tzinfo=UTC)


def incident(acknowledged: float | None, ended: float | None) -> IncidentTimes:
    """One that was acknowledged and ended so many minutes after it began."""
    moments = [
        None if minutes is None else NIGHT + timedelta(minutes=minutes)
        for minutes in (acknowledged, ended)
    ]
    return IncidentTimes(NIGHT, *moments)


def test_without_incidents_there_is_no_figure() -> None:
    """And not one of zero minutes."""
    figures = response_times([])
    assert (figures.incidents, figures.to_acknowledge, figures.to_resolve) == (0, None, None)


def test_the_median_and_the_mean_are_of_the_same_incidents() -> None:
    """One night that nobody answered for two hours moves the mean, and not the median."""
    figures = response_times([incident(2, 10), incident(4, 20), incident(120, 180)])
    assert figures.to_acknowledge == Figure(3, timedelta(minutes=4), timedelta(minutes=42))
    assert figures.to_resolve == Figure(3, timedelta(minutes=20), timedelta(minutes=70))


def test_of_an_even_number_the_median_is_between_the_middle_two() -> None:
    """As statistics has it."""
    figures = response_times([incident(1, 1), incident(2, 2), incident(4, 4), incident(100, 100)])
    assert figures.to_acknowledge is not None
    assert figures.to_acknowledge.median == timedelta(minutes=3)


def test_an_incident_that_nobody_acknowledged_is_counted_and_not_measured() -> None:
    """Its end is no answer: the monitor may have closed it."""
    figures = response_times([incident(2, 10), incident(None, 60)])
    assert figures.to_acknowledge == Figure(1, timedelta(minutes=2), timedelta(minutes=2))
    assert figures.never_acknowledged == 1
    assert figures.to_resolve is not None
    assert figures.to_resolve.incidents == 2


def test_an_incident_that_runs_is_counted_and_has_no_time_to_resolve() -> None:
    """Whether somebody acknowledged it or not; it is not called unanswered while it runs."""
    figures = response_times([incident(2, None), incident(None, None)])
    assert (figures.running, figures.never_acknowledged, figures.to_resolve) == (2, 0, None)
    assert figures.to_acknowledge is not None
    assert figures.to_acknowledge.incidents == 1


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    """It counts as zero."""
    figures = response_times([incident(-5, -1)])
    assert figures.to_acknowledge == Figure(1, timedelta(0), timedelta(0))
    assert figures.to_resolve == Figure(1, timedelta(0), timedelta(0))


def test_times_are_whole_seconds() -> None:
    """Rounded down: the list can be counted by the second, however long it is."""
    figures = response_times([incident(1.99 / 60, None)])
    assert figures.to_acknowledge == Figure(1, timedelta(seconds=1), timedelta(seconds=1))


def test_every_median_is_that_of_the_times_written_down_in_order() -> None:
    """Whichever times are there more than once."""
    for number in range(1, 9):
        times = [(each * 7) % 5 for each in range(number)]
        figures = response_times([incident(None, minutes) for minutes in times])
        assert figures.to_resolve is not None
        assert figures.to_resolve.median == timedelta(minutes=median(times))
        assert figures.to_resolve.mean == timedelta(minutes=fmean(times))
