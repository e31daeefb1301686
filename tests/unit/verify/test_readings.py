"""What a policy is at each moment, as far as that is looked at."""

from datetime import datetime

import pytest

from pager.oncall.policy_at import policy_now
from pager.verify import TooMuchToTry
from pager.verify.course import Course
from pager.verify.effort import Effort
from pager.verify.readings import Reading, people_on_call, readings
from unit.oncall.entries import DATABASE, MINUTE, USE, level, shared
from unit.verify.prospects import TEN, database, on_call


def test_a_policy_that_is_read_differently_too_often_is_unclear() -> None:
    """It stays so: nothing is said of moments that were not looked at."""
    turns = [("Ada", 2 * number, 2 * number + 1) for number in range(20)]
    people = on_call(*turns, also=(shared(level(DATABASE)),))

    def read(moment: datetime) -> Reading:
        return Reading(*policy_now(USE, None, people, moment), moment)

    def course(most: int) -> Course[Reading]:
        effort = Effort(most, "times the policy is read differently")
        return readings(read, [people_on_call(database(*turns), TEN)], TEN, effort)

    # Two of the forty are not known before, and count three times.
    assert len([*course(most=44).between(TEN, TEN + 39 * MINUTE)]) == 39
    too_much = course(most=43)
    for _ in range(2):
        with pytest.raises(TooMuchToTry, match="more than 43 times the policy is read differently"):
            too_much.at(TEN)
