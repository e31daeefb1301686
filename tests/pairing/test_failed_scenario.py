"""The report of a failed scenario: what happened and what was expected, without internals."""
# ruff: noqa: E501 - lines as long as a terminal shows them

import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof

POLICY = """\
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |
"""
STEP_OF_ITS_OWN = """
from pytest_bdd import scenarios, when

@when("the sky falls")
def sky_falls():
    raise KeyError("sky")

scenarios(".")
"""


def report(folder: Path, steps: str) -> list[str]:
    """What pytest says of a scenario with the POLICY and these steps: line by line."""
    feature = f"Feature: A wish\n  Scenario: What I wish for\n{POLICY}{steps}"
    folder.joinpath("wish.feature").write_text(feature, encoding="utf-8")
    test = folder / "test_wish.py"
    test.write_text(STEP_OF_ITS_OWN, encoding="utf-8")
    with redirect_stdout(StringIO()) as screen:
        status = pytest.main(
            [
                *("-c", os.devnull, "--rootdir", str(folder), "--import-mode=importlib"),
                *("--disable-plugin-autoload", "-p", "pytest_bdd.plugin", "-p", "no:cacheprovider"),
                *("-p", "pager.testing.running", "-p", "pager.testing.steps"),
                *("-p", "acceptance.steps", "-p", "acceptance.conftest"),
                *("--disable-warnings", "--capture=no", "--tb=native"),
                f"-obdd_features_base_dir={folder}",
                str(test),
            ],
        )
    sys.modules.pop(test.stem)  # the next one has the same name
    output = screen.getvalue()
    assert status == pytest.ExitCode.TESTS_FAILED, output
    begin, end = output.index("Scenario: "), output.index("=== short test summary")
    return output[begin:end].splitlines()[:-1]


def test_a_wrong_table_is_shown_below_what_happened(tmp_path: Path) -> None:
    """At which minute the Pager received, decided, saved and sent; then what differs."""
    steps = """\
    When checkout-api raises the Alert "disk full"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Ada by e-mail    | 1     |
      | Barbara by SMS   | 1     |
      | Edsger by e-mail | 2     |
"""
    title, where, *log = report(tmp_path, steps)
    assert title == "Scenario: What I wish for"
    assert where.endswith("wish.feature:2")
    assert (
        "\n".join(log)
        == """
Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |
When checkout-api raises the Alert "disk full"
     0 min  received   the Alert "disk full" for checkout-api
            decided    checkout-api: Healthy → Unhealthy (incident 1, Level 1)
            saved      that, and to carry out: Ada by e-mail, Grace by SMS, a delay of 15 min
            sent       Ada by e-mail: incident 1, Level 1, "disk full"
            sent       Grace by SMS: incident 1, Level 1, "disk full"
            set        the Acknowledgement Timeout of incident 1, step 1 for checkout-api, due in 15 min
And 15 minutes pass
    15 min  received   the Acknowledgement Timeout of incident 1, step 1 for checkout-api
            decided    checkout-api: Unhealthy (incident 1, Level 1) → Unhealthy (incident 1, Level 2)
            saved      that, and to carry out: Edsger by e-mail, a delay of 15 min
            sent       Edsger by e-mail: incident 1, Level 2, "disk full"
            set        the Acknowledgement Timeout of incident 1, step 2 for checkout-api, due in 15 min
Then these Targets are notified:                                        FAILED

            | Target           | Level |
            | Ada by e-mail    | 1     |
            | Edsger by e-mail | 2     |
   missing  | Barbara by SMS   | 1     |
unexpected  | Grace by SMS     | 1     |"""
    )


def test_a_page_that_came_twice_is_one_too_many(tmp_path: Path) -> None:
    """The first is expected; the second is not."""
    steps = """\
    Given the Pager will crash right after its next e-mail
    When checkout-api raises the Alert "disk full"
    And the Pager restarts
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Grace by SMS  |
"""
    assert report(tmp_path, steps)[-4:] == [
        "            | Target        |",
        "            | Ada by e-mail |",
        "            | Grace by SMS  |",
        "unexpected  | Ada by e-mail |",
    ]


def test_a_wrong_state_is_named(tmp_path: Path) -> None:
    """As it is, below the race that led to it."""
    steps = """\
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement Timeout |
      | the Acknowledgement         |
    Then checkout-api is acknowledged by Ada
"""
    log = "\n".join(report(tmp_path, steps))
    assert log.endswith(
        """
            decided    checkout-api: Unhealthy (incident 1, Level 1) → Unhealthy (incident 1, Level 1, acknowledged)
            outrun     somebody was faster: that is not saved
            decided    checkout-api: Unhealthy (incident 1, Level 2) → Unhealthy (incident 1, Level 2, acknowledged)
            saved      that, and to carry out: nothing
            withdrawn  Edsger by e-mail: incident 1, Level 2, "something is wrong"
            withdrawn  the Acknowledgement Delay of incident 1, Level 2: 15 min
Then checkout-api is acknowledged by Ada                                FAILED

checkout-api is Unhealthy (incident 1, Level 2, acknowledged)."""
    )


def test_an_undefined_step_is_answered_with_the_nearest_ones(tmp_path: Path) -> None:
    """Right where it stands in the scenario."""
    steps = """\
    When checkout-api raises the Alert "disk full"
    And Ada acknowledged checkout-api
    Then checkout-api is acknowledged
"""
    log = report(tmp_path, steps)
    failed = log.index(f"{'And Ada acknowledged checkout-api':<72}FAILED")
    assert log[failed + 2 : failed + 4] == [
        "“When Ada acknowledged checkout-api” means nothing. The nearest steps are:",
        "  When {person} acknowledges {service}",
    ]


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        (
            "| Level | Targets |\n| 1 | Ada by phone |",
            "“Ada by phone” is no Target. There are: Ada",
        ),
        ("| Level | Targets |\n| 2 | Ada by SMS |", "Level 2 stands in the place of 1."),
        ("| Level | Whom |\n| 1 | Ada by SMS |", "The columns are Level, Targets, "),
        ("| Level | Targets |", "The edit is refused: There must be at least 1."),
        (
            "| Level | Targets | Acknowledgement Delay |\n| 1 | Ada by SMS | soon |",
            "“soon” is no duration.",
        ),
    ],
)
def test_a_table_that_cannot_be_read_says_what_it_may_be(
    tmp_path: Path, table: str, answer: str
) -> None:
    """In a sentence, without a traceback."""
    steps = f"""\
    Given the Escalation Policy of search-api:
{table}
    When search-api raises the Alert "disk full"
    Then search-api is Unhealthy
"""
    *_, explanation = report(tmp_path, steps)
    assert explanation.startswith(answer)


def test_what_is_not_a_matter_of_the_scenario_says_where_in_the_code(tmp_path: Path) -> None:
    """Its own lines only, none of pytest's."""
    steps = "    When the sky falls\n    Then checkout-api is Healthy\n"
    *_, wrong, place = report(tmp_path, steps)
    assert wrong == "This is not a matter of the scenario: KeyError: 'sky'"
    assert place.endswith('test_wish.py:6  raise KeyError("sky")')
