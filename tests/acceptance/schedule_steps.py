"""The step catalogue, second part: schedules, and who is on call."""

from pytest_bdd import given, then, when

from acceptance.schedules import Reading, expect_shifts, moment, read_schedule
from acceptance.world import SpecificationWorld as World
from pager.oncall.schedules import Schedule
from pager.testing.sentences import Sentence
from pager.testing.tables import DataTable


@given(Sentence("the schedule {schedule} in {zone}:"))
def the_schedule(world: World, schedule: str, zone: str, datatable: DataTable) -> None:
    """Columns: Rotation, Participants, Starts, Shift, and perhaps Layer, Hours, Ends.

    Hours are `daily 22:00-06:00`, `Monday to Friday 09:00-17:00`, `Friday 18:00 to Monday 09:00`,
    or several with commas between them.
    """
    written = read_schedule(schedule, zone, datatable)
    world.schedules.put(written)
    _let_policies_name(world, written)
    subject = f"the schedule {schedule}"
    world.claim(subject, f"{subject}:", lambda: world.schedules.of(schedule) == written)


@when(Sentence("{name} takes (?:{rotation} of )?{schedule} from {local_time} until {until}"))
def takes(  # noqa: PLR0917 - the nouns of one sentence
    world: World, name: str, schedule: str, local_time: str, until: str, rotation: str | None = None
) -> None:
    """The whole schedule, or one rotation."""
    world.schedules.override(schedule, name, local_time, until, rotation)
    _let_policies_name(world, world.schedules.of(schedule))


@when(Sentence("it is {local_time} in {zone}"))
def it_is(world: World, local_time: str, zone: str) -> None:
    world.schedules.now = moment(local_time, zone)


@when(Sentence("{schedule} is read from {local_time} until {until}"))
def is_read(world: World, schedule: str, local_time: str, until: str) -> None:
    world.schedules.reading = Reading(schedule, local_time, until)


@then(Sentence("these are its shifts:"))
def these_are_its_shifts(world: World, datatable: DataTable) -> None:
    """Columns: On call, From, Until; in the schedule's time zone. A gap is a shift of nobody."""
    expect_shifts(world.schedules.shifts(), datatable)


def _let_policies_name(world: World, schedule: Schedule) -> None:
    """Where its people can be reached; many scenarios ask only who is on call."""
    if schedule.people <= {*world.directory.directory().people}:
        world.directory.put(schedule)
