"""`pager verify`: a team's scenarios and properties against its files, as a command."""

from pathlib import Path

import pytest

from contract.verification.own_on_call import (
    CONFIGURATION,
    DOES_NOT_HOLD,
    FROM,
    HOLDS,
    PROPERTIES,
    Verified,
    verify,
)


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """A run of scenarios and properties of which most do not hold."""
    top = tmp_path_factory.mktemp("violated")
    top.joinpath("on-call.yaml").write_text(CONFIGURATION + PROPERTIES, encoding="utf-8")
    top.joinpath("features").mkdir()
    top.joinpath("features/wishes.feature").write_text(DOES_NOT_HOLD, encoding="utf-8")
    return verify(top, "--from", FROM)


def test_what_holds_is_listed(folder: Path) -> None:
    """Chapter by chapter, with the sum of it; and the status is 0."""
    status, output = verify(folder, "--from", FROM)
    lines = output.splitlines()
    assert lines[:3] == [
        "on-call.feature",
        "  ✓ Somebody is woken on a Sunday night",
        "  ✓ Whenever it breaks",
    ]
    assert lines[-1].startswith("2 of 2 hold (")
    assert status == 0


def test_what_does_not_hold_is_the_status(violated: Verified) -> None:
    """And the names of all that does not are the last that is said."""
    assert violated.status == 1
    assert "1 of 24 hold (" in violated.output
    assert violated.output.endswith("  ✗ somebody is reached by SMS within 10 minutes\n")


def test_of_several_moments_the_first_that_fails_is_told(violated: Verified) -> None:
    """Ada is called on the first Sunday, when it is her week; Grace has no phone."""
    log = violated.of("Each Sunday by SMS")
    assert "begun      on Sunday 2026-12-06 03:00 in Europe/Paris" in log
    assert "sent       Grace Hopper by e-mail: incident 1, Level 1" in log
    assert log.rstrip().endswith("Reached: Grace Hopper by e-mail.")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("title", "answer"),
    [
        (
            "A name that nobody has",
            "There is no person “Ada Lovelac”. Did you mean Ada Lovelace?",
        ),
        (
            "A service that is misspelt",
            "There is no service “orders”. Did you mean orders-db?",
        ),
        (
            "A service of another team",
            "There is no service “api”. There are: orders-db, a service without a policy.",
        ),
        ("Nothing is asked", "Write a Then. If nobody is to be told: “Then nobody was reached”."),
        ("Nothing happens", "Write a When above the Then, such as “When 1 minute passes”."),
        ("It is so already", "If nothing is to happen, say so: “Then nobody was reached”."),
        ("A Given that is a When only", "Database for 2 hours” is a step. Write it below When.\n"),
        ("A property that is none", "{property}: somebody is reached within 10 minutes, "),
        ("No property", "below “When the next … months pass” each Then is a property, such as “"),
        ("A city alone", "“Berlin” is no time zone. One is Europe/Berlin."),
        ("A region alone", "“Europe” is no time zone. One is "),
        ("At too much", "Write “it is Sunday 03:00 in Europe/Paris”."),
        ("Any in short", "Write “it is any Monday at 03:00 in Europe/Paris”."),
        ("Any of many moments", "Remove “it is any …”, or say one."),
        ("Too far ahead", "Look ahead from 1 to 60 months."),
        ("No such day", "“2027-02-30 03:00 in Europe/Paris” is no moment: "),
        ("No such zone", "“Europe/Pari” is no time zone."),
        ("A time that the clocks skip", "There is no 02:30 on 2027-03-28 in Europe/Paris."),
        ("No policy and no fallback", "The Pager refused an Alert, and no Then says so."),
        ("A property of no time", "is about a time ahead. Write “When any service raises"),
    ],
)
def test_a_scenario_that_checks_nothing_says_what_to_write(
    violated: Verified, title: str, answer: str
) -> None:
    """Names that nobody has, steps that mean nothing, and what Pager's own may not be either."""
    assert answer in violated.of(title)


@pytest.mark.parametrize(
    "title", ["One service, by SMS", "somebody is reached by SMS within 10 minutes"]
)
def test_a_property_that_does_not_hold_has_a_counterexample(violated: Verified, title: str) -> None:
    """The moment, who, and what happens then; with the names of people."""
    log = violated.of(title)
    assert "orders-db: On Monday 2026-11-30 08:55 in Europe/Paris an Alert reaches nobody" in log
    assert "     0 min  received   the Alert" in log
    assert "sent       Ada Lovelace by e-mail: incident 1, Level 1" in log


@pytest.mark.proof
@pytest.mark.parametrize(
    ("file", "text", "answer"),
    [
        (
            "wrong.yaml",
            "services:\n  orders-db: {uses: [}\n",
            "wrong.yaml:2:22: This is not YAML: a bracket is closed here that is not open",
        ),
        ("wrong.yaml", "properties: [it rains never]\n", "wrong.yaml:1:14: 'it rains never' is no"),
        ("wrong.feature", "Featur: Nothing\n", "wrong.feature:1: “Featur: Nothing” begins with"),
        ("wrong.feature", f"{HOLDS}\n  Scenario: Whenever it breaks\n", "wrong.feature:"),
        ("wrong.feature", f"{HOLDS}\n    # When 5 minutes pass\n", "hides something that would"),
        ("wrong.feature", "Feature: Nothing\n", "wrong.feature:1: There is no scenario below"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    folder: Path, file: str, text: str, answer: str
) -> None:
    """Nothing is run, and the status is 2."""
    folder.joinpath(file).write_text(text, encoding="utf-8")
    status, output = verify(folder)
    assert (status, "✓" in output) == (2, False)
    assert answer in output
    assert "Traceback" not in output


@pytest.mark.proof
def test_nothing_to_verify_is_no_success(folder: Path) -> None:
    """A wrong folder, or a title that there is not, would else pass for ever."""
    status, output = verify(folder, "-k", "Saturday")
    assert status == 2
    assert "No title has “Saturday”. There are: Somebody is woken on a Sunday night; " in output
    folder.joinpath("on-call.feature").unlink()
    outputs = ("--page", "page.html", "--junit", "results.xml")
    status, output = verify(folder, *outputs)
    assert (status, output.startswith("There is nothing to verify")) == (2, True)
    assert not any((folder / file).exists() for file in outputs)


@pytest.mark.proof
def test_a_property_of_nobody_does_not_hold(folder: Path) -> None:
    """The service that it is about may have been renamed."""
    with folder.joinpath("on-call.yaml").open("a", encoding="utf-8") as file:
        file.write("properties:\n  - 'orders: somebody is reached within 10 minutes'\n")
    status, output = verify(folder, "--from", FROM)
    assert status == 1
    assert "'orders'" in output
    assert "not a matter of the scenario" not in output


def test_a_property_of_nothing_does_not_hold(folder: Path) -> None:
    """Without a service or a schedule each property would hold, and say nothing."""
    folder.joinpath("on-call.feature").unlink()
    text = "properties: [no Level is empty]\npeople: {}\n"
    folder.joinpath("on-call.yaml").write_text(text, encoding="utf-8")
    status, output = verify(folder)
    assert status == 1
    assert "“no Level is empty” is about nothing that is in this configuration" in output


@pytest.mark.proof
def test_only_some_titles_are_verified(folder: Path) -> None:
    """Those that have the text in them."""
    status, output = verify(folder, "--from", FROM, "-k", "SUNDAY")
    assert (status, "1 of 1 hold" in output) == (0, True)


def test_a_time_with_too_many_handovers_is_told_in_one_sentence(tmp_path: Path) -> None:
    """The scenario fails with what to do, and without lines of Pager's own code."""
    rotation = "{name: r, participants: [Ada], starts: 2026-11-23 09:00, shift_length: 1 hour}"
    hourly = f"{{time_zone: UTC, layers: [{{rotations: [{rotation}]}}]}}"
    schedules = "".join(f"  Hourly {number}: {hourly}\n" for number in range(40))
    tmp_path.joinpath("on-call.yaml").write_text(
        f"people: {{Ada: {{contact_methods: []}}}}\nschedules:\n{schedules}", encoding="utf-8"
    )
    tmp_path.joinpath("ahead.feature").write_text(
        "Feature: Ahead\n\n  Scenario: Five years\n    When the next 60 months pass\n"
        "    Then somebody is on call at every moment\n",
        encoding="utf-8",
    )
    said = verify(tmp_path).of("Five years")
    assert "      The schedules change hands more than 200,000 times" in said
    assert ".py" not in said
