"""A scenario that would check nothing fails, and says what to write: all of them in one run."""

import os
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

CHAPTER = """\
Feature: What checks nothing
  It is promised. It is not kept.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |
"""
UNHEALTHY = "Given checkout-api is Unhealthy\n"
ALERT = 'When checkout-api raises the Alert "disk full"\n'
THEN = "Then checkout-api is Unhealthy\n"

VACUOUS = {
    "A misspelt When": (
        f"Wen checkout-api is Healthy\n{ALERT}{THEN}",
        "“Wen checkout-api is Healthy” is not run: it does not begin with Given, When, Then, And or"
        " But. Did you mean “When checkout-api is Healthy”?",
    ),
    "Only a Then": (
        "Then checkout-api is Healthy\n",
        "The scenario has no When, so nothing happens in it. Write a When above the Then, such"
        " as “When 1 minute passes”.",
    ),
    "No Then": (
        "When 15 minutes pass\n",
        "The scenario has no Then, so it checks nothing. Write a Then. If nobody is to be"
        " told: “Then the Pager doesn't notify any Target”.",
    ),
    "An Alert that is refused": (
        'When billing-api raises the Alert "x"\nThen billing-api is Healthy\n',
        "The Pager refused an Alert, and no Then says so.",
    ),
    "A placeholder": (
        f'When checkout-api raises the Alert "<text>"\n{THEN}',
        "Nothing fills in <text>. Write Examples with a column “text” below the scenario",
    ),
    "A Then that the Givens have brought about": (
        f"{UNHEALTHY}When 1 minute passes\n{THEN}",
        "Each Then is so before the first When already, so the scenario would pass without its"
        " Whens.",
    ),
    "Two states": (
        f"{UNHEALTHY}And checkout-api is Healthy\n{ALERT}{THEN}",
        "Two Givens say what the state of checkout-api is: “checkout-api is Unhealthy” and"
        " “checkout-api is Healthy”. Remove one of them.",
    ),
    "A state twice": (
        f"{UNHEALTHY}And checkout-api is Unhealthy\n{ALERT}Then checkout-api is exhausted\n",
        "Two Givens say what the state of checkout-api is",
    ),
    "Two policies": (
        "Given the Escalation Policy of checkout-api:\n"
        "  | Level | Targets    |\n  | 1     | Ada by SMS |\n"
        f"{ALERT}{THEN}",
        "Two Givens say what the Escalation Policy of checkout-api is",
    ),
    "A policy and none": (
        f"Given checkout-api has no Escalation Policy\n{ALERT}{THEN}",
        "Two Givens say what the Escalation Policy of checkout-api is",
    ),
    "A mail server that is both": (
        f"Given the mail server is down\nAnd the mail server loses its answers\n{ALERT}{THEN}",
        "Two Givens say what the mail server is: “the mail server is down” and",
    ),
    "A mail server that is up anyway": (
        f"Given the mail server is up again\n{ALERT}{THEN}",
        "The mail server is up again already.",
    ),
    "A state that a later Given ends": (
        f"{UNHEALTHY}And the Pager receives a Healthy event for checkout-api\n{ALERT}{THEN}",
        "“checkout-api is Unhealthy” is no longer so when the first When begins: a Given below it"
        " undoes it. Remove one of the two, or make the one below a When.",
    ),
    "A Healthy service that raised an Alert": (
        'Given checkout-api is Healthy\nAnd checkout-api raises the Alert "disk full"\n'
        "When 15 minutes pass\nThen checkout-api is exhausted\n",
        "“checkout-api is Healthy” is no longer so when the first When begins",
    ),
    "A state that cannot be": (
        "Given billing-api is Unhealthy\nWhen 15 minutes pass\nThen billing-api is Healthy\n",
        "billing-api has no Escalation Policy, so it cannot become Unhealthy. Write “Given the"
        " Escalation Policy of billing-api:” first.",
    ),
    "A refused Alert of a Given": (
        f'Given billing-api raises the Alert "x"\n{ALERT}{THEN}',
        "The Pager refused an Alert of a Given. Give its service an Escalation Policy first.",
    ),
    "What is not acknowledged is": (
        "Given checkout-api is acknowledged\nAnd the corresponding Alert is not Acknowledged\n"
        f"{ALERT}Then checkout-api is exhausted\n",
        "checkout-api is Unhealthy (incident 1, Level 1, acknowledged): the Givens above have led",
    ),
    "A table that nobody reads": (
        f"{UNHEALTHY}  | Level |\n  | 2     |\n"
        "When 15 minutes pass\nThen checkout-api is exhausted\n",
        "“Given checkout-api is Unhealthy” reads no table: what stands below it is not checked."
        " Remove the table, or write a step that reads it.",
    ),
    "A docstring that nobody reads": (
        f'{ALERT}  """\n  disk full\n  """\n{THEN}',
        "reads no docstring: what stands below it is not checked.",
    ),
    "A forgotten table": (
        f"{ALERT}Then these Targets are notified:\n",
        "“Then these Targets are notified:” needs a table below it. Columns: Target, and any of"
        " Service, Incident, Level, Message, Later Alerts, Escalated by, "
        "Told again by, Open troubles, Not reached, Begun again (how often the policy has),"
        " Expired Acknowledgement of.",
    ),
    "A table without rows": (
        f"{ALERT}Then these Targets are notified:\n  | Target |\n",
        "The table has columns and no row. Write a row for each Target; if there is to be none,"
        " “Then the Pager doesn't notify any Target”.",
    ),
    "A column twice": (
        f"{ALERT}Then these Targets are notified:\n  | Target | Level | Level |\n"
        "  | Ada by e-mail | 7 | 1 |\n",
        "The table has 2 columns “Level”. Keep one of them.",
    ),
    "One at the same moment": (
        f"When these arrive at the same moment for checkout-api:\n  | an Alert |\n{THEN}",
        "At the same moment arrive two messages or more, each in a row of its own.",
    ),
    "Two in one row": (
        "When these arrive at the same moment for checkout-api:\n  | an Alert | an Alert |\n"
        f"  | an Alert | an Alert |\n{THEN}",
        "At the same moment arrive two messages or more, each in a row of its own.",
    ),
    "A Given that is a When": (
        f"{UNHEALTHY}And Ada acknowledges checkout-api\n{ALERT}{THEN}",
        "“Given Ada acknowledges checkout-api” means nothing.\n  But “When Ada acknowledges"
        " checkout-api” is a step. Write it below When; or let it be a Given as well: write"
        " @given(Sentence(…)) above acknowledges, ",
    ),
    "A When that was written as And": (
        f"{UNHEALTHY}And Ada acknowledges checkout-api\nThen checkout-api is acknowledged\n",
        "But “When Ada acknowledges checkout-api” is a step. Write it below When; or let it be",
    ),
    "A gateway that nobody needs": (
        f"Given the SMS gateway is down\n{ALERT}{THEN}",
        "“the SMS gateway is down” matters to no page of this scenario. Leave it out.",
    ),
    "A refusal that nobody meets": (
        f"Given the mail server refuses Edsger\n{ALERT}{THEN}",
        "“the mail server refuses Edsger” matters to no page of this scenario. Leave it out.",
    ),
    "A Level that was notified after all": (
        f"{UNHEALTHY}And the last level has not been notified\nAnd 15 minutes pass\n"
        "When another 15 minutes pass\nThen checkout-api is exhausted\n",
        "“the last level has not been notified” is no longer so when the first When begins",
    ),
    "A colon without a table": (
        f"{ALERT}Then checkout-api is Unhealthy:\n",
        "Did you mean “Then checkout-api is Unhealthy”?",
    ),
    "A table without a colon": (
        f"{ALERT}Then these Targets are notified\n  | Target |\n  | Ada by e-mail |\n",
        "Did you mean “Then these Targets are notified:”?",
    ),
    "Quotation marks of a word processor": (
        f"When checkout-api raises the Alert “disk full”\n{THEN}",
        'Did you mean “When checkout-api raises the Alert "disk full"”?',
    ),
    "Another apostrophe": (
        f"{UNHEALTHY}When 1 minute passes\nThen the Pager doesn\u00b4t notify any Target\n",
        "Did you mean “Then the Pager doesn't notify any Target”?",
    ),
    "Two blanks": (
        f'When checkout-api  raises the Alert "disk full"\n{THEN}',
        'Did you mean “When checkout-api raises the Alert "disk full"”?',
    ),
    "A policy that was the same": (
        f"{UNHEALTHY}When the Escalation Policy of checkout-api becomes:\n"
        "  | Level | Targets          |\n  | 1     | Ada by e-mail    |\n"
        "  | 2     | Edsger by e-mail |\nThen checkout-api is exhausted\n",
        "checkout-api has this Escalation Policy already.",
    ),
    "A policy that is not there": (
        "When the Escalation Policy of billing-api is deleted\nThen billing-api is exhausted\n",
        "billing-api has no Escalation Policy.",
    ),
    "A mail server that was up": (
        f"{ALERT}And the mail server is up again\n{THEN}",
        "The mail server is up again already.",
    ),
    "A crash that does not come": (
        "Given the Pager will crash right after its next SMS\n" + ALERT + THEN,
        "The Pager did not crash, although a Given says that it will.",
    ),
    "A crash that nothing follows": (
        f"Given the Pager will crash right after its next decision\n{ALERT}{THEN}",
        "The Pager crashed, and the scenario does not restart it.",
    ),
    "A page that the Whens left alone": (
        "Given the mail server is down\nAnd checkout-api is Unhealthy\nWhen 1 second passes\n"
        "Then the page to Ada is waiting\n",
        "What the Whens made of the pages to Ada: none. They left alone what is: waiting (still).",
    ),
    "A page that the Whens did not leave alone": (
        f"{ALERT}Then the page to Ada is still sent\n",
        "What the Whens made of the pages to Ada: sent; what they left alone: none.",
    ),
    "Nobody at the last Level": (
        f"{UNHEALTHY}When 1 minute passes\n"
        "Then the Pager notifies all targets of the next level of the escalation policy\n",
        "checkout-api is Unhealthy (incident 1, Level 1).",
    ),
}


def run(folder: Path, text: str) -> str:
    """What pytest prints of a chapter with that text."""
    folder.joinpath("wish.feature").write_text(text, encoding="utf-8")
    test = folder / f"test_{folder.name}.py"
    test.write_text('from pytest_bdd import scenarios\nscenarios(".")\n', encoding="utf-8")
    with redirect_stdout(StringIO()) as screen:
        pytest.main(
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
    return screen.getvalue()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says of each of these scenarios, by its title."""
    scenarios = [f"\n  Scenario: {title}\n{steps}" for title, (steps, _) in VACUOUS.items()]
    output = run(tmp_path_factory.mktemp("vacuous"), CHAPTER + "".join(scenarios))
    parts = re.split(r"^Scenario: ", output, flags=re.MULTILINE)[1:]
    return {title: rest for title, _, rest in (part.partition("\n") for part in parts)}


@pytest.mark.proof
@pytest.mark.parametrize("title", VACUOUS)
def test_a_scenario_that_would_check_nothing_fails(title: str, reports: dict[str, str]) -> None:
    """With a sentence for its author, and not by an error of the code."""
    _, answer = VACUOUS[title]
    assert answer in reports[title]
    assert "This is not a matter of the scenario" not in reports[title]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("    Whn 1 minute passes", "“Whn 1 minute passes” begins with no keyword that may stand"),
        (
            "  Scenario: B\n    And x",
            "“And x” is the first step. Begin it with Given, When or Then",
        ),
    ],
)
def test_what_pytest_bdd_refuses_is_told_in_words(tmp_path: Path, line: str, answer: str) -> None:
    """Without the internals of a parser."""
    output = run(tmp_path, f"{CHAPTER}\n  Scenario: A\n    {ALERT}    {THEN}{line}\n")
    assert answer in output
    assert "Error:" not in output
    assert "site-packages" not in output
