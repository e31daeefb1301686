"""What is written and not run is told, with a sentence that says what to write instead."""

from contextlib import suppress
from pathlib import Path

import pytest

from acceptance.faults import faults_of_files, repeated_numbers, without_promise
from pager.testing.checks.files import faults_of_file, repeated_titles
from pager.testing.gherkin.reader import LONGEST, Unreadable, read

HEAD = "Feature: A wish\n  It is promised. It is kept.\n\n"
SCENARIO = """\
  Scenario: One
    Given checkout-api is Healthy
    When 15 minutes pass
    Then checkout-api is Healthy
"""
OUTLINE = """\
  Scenario Outline: One
    Given checkout-api is Healthy
    When <number> minutes pass
    Then checkout-api is Healthy

    Examples:
"""


def faults(folder: Path, text: str) -> list[str]:
    """The faults of a feature file with that text: its line and its sentence each."""
    path = folder / "features" / "wish.feature"
    path.parent.mkdir()
    path.write_bytes(text.encode())
    found = [*faults_of_file(path)]
    with suppress(Unreadable):
        found += without_promise(read(path))
        found += repeated_titles([read(path)])
    return [f"{fault.line}: {fault.sentence}" for fault in found]


def scenario(*lines: str) -> str:
    """A chapter with one scenario, which has these lines."""
    return HEAD + "".join(f"  {line}\n" for line in ("Scenario: One", *lines))


SOUND = {
    "a scenario": HEAD + SCENARIO,
    "an outline": f"{HEAD}{OUTLINE}      | number |\n      | 15     |\n",
    "a Rule with a Background and prose": f"""{HEAD}
  Rule: A rule
    Because product said so.

    Background:
      Given checkout-api is Unhealthy

{SCENARIO}""",
    "a remark": f"{HEAD}  # That is for later.\n{SCENARIO}    # Nothing else.\n",
    "Windows line ends, tabs and trailing blanks": (HEAD + SCENARIO)
    .replace("    ", "\t")
    .replace("pass\n", "pass  \n")
    .replace("\n", "\r\n"),
    "prose that begins like a step": "Feature: F\n  It is so.\n  When nobody does, more is so.\n\n"
    + SCENARIO,
}

FAULTY = {
    # A keyword that is none.
    "Wen": (scenario("Wen 15 minutes pass"), "5: “Wen 15 minutes pass” is not run:", "“When 15"),
    "Givn": (scenario("Givn x", "When x", "Then x"), "5: “Givn x” is not run", "“Given x”?"),
    "when": (scenario("when x"), "5: “when x” is not run", "Did you mean “When x”?"),
    "a colon": (scenario("Given: x", "When x"), "5: “Given: x” is not run", "“Given x”?"),
    "a bullet": (scenario("- Given x", "When x"), "5: “- Given x” is not run", "“Given x”?"),
    "a tab": (scenario("Given\tx", "When x"), "5: “Given\tx” is not run", "“Given x”?"),
    "a word": (scenario("Suppose x"), "5: “Suppose x” is not run: it does not begin with Given,"),
    "Tehn, later": (HEAD + SCENARIO + "    Tehn x\n", "8: “Tehn x” begins with no keyword", "Then"),
    "and, later": (HEAD + SCENARIO + "    and x\n", "8: “and x” begins with no", "“And x”?"),
    "And first": (scenario("And x", "Then x"), "5: “And x” is the first step. Begin it with"),
    "And first, of a step": (
        scenario("And 15 minutes pass", "Then x"),
        "5: “And 15 minutes pass” is the first step. Begin it with Given, When or Then.",
    ),
    "* first": (scenario("* x", "Then x"), "5: “* x” is the first step. Begin it with Given"),
    # A title that is none.
    "Scenrio first": (f"{HEAD}  Scenrio: A\n    Given x\n", "4: “Scenrio: A” is taken as prose"),
    "Scenario without colon first": (
        f"{HEAD}  Scenario A\n    Given x\n",
        "4: “Scenario A” is taken as prose, and is not run. Did you mean “Scenario: A”?",
    ),
    "scenario first": (f"{HEAD}  scenario: A\n    Given x\n", "“scenario: A” is taken as prose"),
    "Scenrio": (f"{HEAD}{SCENARIO}  Scenrio: A\n", "8: “Scenrio: A” begins", "“Scenario: A”?"),
    "Scenario without colon": (
        f"{HEAD}{SCENARIO}  Scenario A\n",
        "8: “Scenario A”",
        "“Scenario: A”",
    ),
    "Exmples": (
        HEAD + OUTLINE.replace("Examples", "Exmples"),
        "9: “Exmples:” begins with no keyword that may stand here. Did you mean “Examples:”?",
    ),
    "Bakground": (f"{HEAD}  Bakground:\n    Given x\n{SCENARIO}", "4: “Bakground:” is taken as"),
    "Background too late": (
        f"{HEAD}{SCENARIO}  Background:\n    Given x\n",
        "8: “Background:” may not stand here. There is one Background, above the first scenario.",
    ),
    "Featur": ("Featur: F\n", "1: “Featur: F” begins with no keyword", "“Feature: F”?"),
    "Feature without colon": ("Feature F\n", "1: “Feature F” begins with no", "“Feature: F”?"),
    "two Features": (HEAD + SCENARIO + HEAD, "8: “Feature: A wish” may not stand here. Each"),
    "no Feature": ("", "1: The file is empty. Begin it with “Feature: …”."),
    "a file without an end": (
        f"{HEAD}{SCENARIO}{'#' * LONGEST}",
        "1: The file has more than 2,000,000 characters. Divide it.",
    ),
    "all of it commented out": ("# Feature: F\n", "1: The file is empty."),
    "a byte order mark": (
        f"\ufeff{HEAD}{SCENARIO}",
        "1: An invisible mark stands before the first",
    ),
    "French": ("# language: fr\nFonctionnalité: F\n", "1: Feature files are in English. Remove"),
    "a language that is none": (
        f"# language: xx\n{HEAD}",
        "1: Feature files are in English. Remove the line",
    ),
    "a table with a short row": (
        scenario("Given x:", "| a | b |", "| c |"),
        "7: Each row of a table",
    ),
    "a docstring without an end": (scenario("Given x:", '"""', "y"), "The docstring has no end."),
    "a tag at the end": (f"{HEAD}{SCENARIO}  @skip\n", "9: The file ends here, below a tag."),
    "a tag of two words": (f"{HEAD}  @not now\n{SCENARIO}", "4: Tags have no meaning here."),
    # What stands where nothing is run.
    "a step in the prose": (
        f"Feature: F\n  It is so. And so.\n  Given checkout-api is Healthy\n{SCENARIO}",
        "3: “Given checkout-api is Healthy” is taken as prose, and is not run.",
    ),
    "a misspelt step in the prose": (
        f"Feature: F\n  It is so. And so.\n  Wen 15 minutes pass\n{SCENARIO}",
        "3: “Wen 15 minutes pass” is taken as prose, and is not run. Did you mean “When 15",
    ),
    "a scenario without its title": (
        f"{HEAD}    Given the moon is full\n    Then nobody sleeps\n{SCENARIO}",
        "4: “Given the moon is full” is taken as prose",
        "5: “Then nobody sleeps” is taken as prose",
    ),
    "a table in the prose": (f"{HEAD}  | a |\n{SCENARIO}", "4: “| a |” is taken as prose"),
    "a step in a Rule": (f"{HEAD}  Rule: R\n    Givn 15 minutes pass\n{SCENARIO}", "5: “Givn 15"),
    "a step in a Background": (
        f"{HEAD}  Background:\n    Givn x\n    Given y\n{SCENARIO}",
        "5: “Givn x” is not run",
    ),
    "a step in the Examples": (
        f"{HEAD}{OUTLINE}      Then x\n      | number |\n      | 15     |\n",
        "10: “Then x” is not run",
    ),
    "a step in a comment": (scenario("Given x", "# When x", "Then x"), "6: “# When x” hides"),
    "a misspelt step in a comment": (
        scenario("Given x", "#Wen 1 minute passes"),
        "6: “# Wen 1 min",
    ),
    "a row in a comment": (scenario("Given x:", "  | a |", "  # | b |"), "7: “# | b |” hides"),
    "a scenario in a comment": (f"{HEAD}{SCENARIO}  # Scenario: B\n", "8: “# Scenario: B” hides"),
    "a tag": (f"{HEAD}  @skip\n{SCENARIO}", "4: Tags have no meaning here. Remove @skip."),
    "a tag of the Feature": (f"@wip\n{HEAD}{SCENARIO}", "1: Tags have no meaning here"),
    "a tag of the Examples": (
        HEAD
        + OUTLINE.replace("Examples", "@xfail\n    Examples")
        + "      | number |\n      | 15     |\n",
        "9: Tags have no meaning here. Remove @xfail.",
    ),
    # A scenario that checks nothing.
    "no steps": (f"{HEAD}  Scenario: One\n", "4: The scenario has no steps."),
    "no Then": (
        scenario("Given x", "When x"),
        "4: The scenario has no Then, so it checks nothing.",
    ),
    "no When": (
        scenario("Given x", "Then x"),
        "4: The scenario has no When, so nothing happens in",
    ),
    "a Then only": (scenario("Then x"), "4: The scenario has no When"),
    "a Then before the When": (scenario("Then x", "When x"), "6: A When stands behind a Then."),
    "a Given behind the When": (scenario("When x", "Given x"), "6: A Given stands behind a When"),
    "a Given behind the Then": (
        scenario("When x", "Then x", "Given x"),
        "7: A Given stands behind a Then. Write it above the first When.",
    ),
    "a When in a Background": (
        f"{HEAD}  Background:\n    Given x\n    When x\n{SCENARIO}",
        "6: “When x” stands in the Background, where each step is a Given.",
    ),
    "an And of a Then in a Background": (
        f"{HEAD}  Background:\n    Then x\n    And y\n{SCENARIO}",
        "6: “And y” stands in the Background",
    ),
    "a Background without steps": (f"{HEAD}  Background:\n{SCENARIO}", "4: The Background has no"),
    "no scenario": (HEAD, "1: There is no scenario below “Feature:”, so nothing is tried."),
    "a Rule without scenarios": (f"{HEAD}{SCENARIO}  Rule: R\n", "8: The Rule has no scenario"),
    "no promise": (f"Feature: F\n{SCENARIO}", "1: The chapter does not say what it promises."),
    "no title of the chapter": (
        "Feature:\n  It is. So.\n" + SCENARIO,
        "1: Give the file a title",
    ),
    "no title": (HEAD + SCENARIO.replace(" One", ""), "4: Give the scenario a title."),
    "one title twice": (HEAD + SCENARIO * 2, "8: “One” is the title of another scenario too, in "),
    "almost one title twice": (
        HEAD + SCENARIO + SCENARIO.replace("One", "one!"),
        "8: “one!” is the title of another scenario too",
    ),
    # Examples.
    "a placeholder without a column": (
        f"{HEAD}{OUTLINE}      | minutes |\n      | 15      |\n",
        "9: Nothing fills in <number>. Add a column “number” to the Examples.",
        "9: No step says <minutes>, so the column “minutes” changes nothing.",
    ),
    "a placeholder in a table": (
        f"{HEAD}  Scenario: One\n    When x:\n      | <a> |\n    Then y\n",
        "5: Nothing fills in <a>. Write Examples with a column “a”",
    ),
    "a placeholder in a Background": (
        f"{HEAD}  Background:\n    Given <a>\n{SCENARIO}",
        "5: Nothing fills in <a> in a Background.",
    ),
    "no Examples": (
        HEAD + OUTLINE.replace("\n    Examples:\n", ""),
        "4: The Scenario Outline has no Examples.",
        "6: Nothing fills in <number>.",
    ),
    "Examples without a table": (HEAD + OUTLINE, "9: The Examples have no row."),
    "Examples without rows": (
        f"{HEAD}{OUTLINE}      | number |\n",
        "9: The Examples have",
    ),
    "a row twice": (
        f"{HEAD}{OUTLINE}      | number |\n      | 15 |\n      | 15 |\n",
        "9: The row “15” stands 2 times in the Examples.",
    ),
    "a column twice": (
        f"{HEAD}{OUTLINE}      | number | number |\n      | 15 | 16 |\n",
        "9: The Examples have 2 columns “number”. Keep one of them.",
    ),
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_what_is_sound_has_no_fault(text: str, tmp_path: Path) -> None:
    """Everything that Gherkin can say and that is run."""
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "answers"), [(text, rest) for text, *rest in FAULTY.values()], ids=FAULTY.keys()
)
def test_what_is_not_run_is_told(text: str, answers: list[str], tmp_path: Path) -> None:
    """In which line, and what to write."""
    found = "\n".join(faults(tmp_path, text))
    assert [answer for answer in answers if answer not in found] == [], found


@pytest.mark.parametrize(
    "name",
    [
        "features/wish.Feature",
        "features/wish.feature.txt",
        "features/wish.md",
        "features/.wish.feature",
        "features/.old/wish.feature",
        "docs/wish.feature",
        "tests/wish.FEATURE",
        "wish.feature",
    ],
)
def test_a_file_that_is_not_run_is_told(name: str, tmp_path: Path) -> None:
    """By its name or its folder it is none of the chapters."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + SCENARIO, encoding="utf-8")
    [fault] = faults_of_files(tmp_path)
    assert fault.path == path
    (tmp_path / "features").mkdir(exist_ok=True)
    (tmp_path / "features" / "notes.yaml").touch()  # they are no team's for that
    assert fault in faults_of_files(tmp_path)
    assert fault.sentence.startswith(
        "Nothing in this file is run. A chapter is a file in features/"
    )


def test_a_chapter_in_a_folder_is_run(tmp_path: Path) -> None:
    """And nobody looks at what others have installed, and at what an editor keeps."""
    for name in (
        *("features/part/wish.feature", ".venv/wish.feature", "build/wish.feature"),
        *("features/.wish.feature.swp", "features/wish.feature~", "features/.#wish.feature"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + SCENARIO, encoding="utf-8")
    assert [*faults_of_files(tmp_path)] == []


@pytest.mark.parametrize("name", ["FOLDER/oncall.feature", "FOLDER/nights/oncall.feature"])
def test_what_a_team_tests_in_a_clone_is_none_of_the_chapters(name: str, tmp_path: Path) -> None:
    """Its scenarios are beside its YAML files, as the README says: `pager verify` runs them."""
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + SCENARIO, encoding="utf-8")
    (tmp_path / "FOLDER" / "oncall.yaml").touch()
    assert [*faults_of_files(tmp_path)] == []


def test_two_chapters_with_one_number_are_told(tmp_path: Path) -> None:
    """Two people have written a chapter each."""
    names = ("07_one.feature", "08_one.feature", "08_other.feature", "wish.feature")
    [fault] = repeated_numbers([tmp_path / name for name in names])
    assert fault.path.name == "08_other.feature"
    assert fault.sentence == "08_one.feature has the number 08 too. Give it another one."


def test_a_file_that_is_not_utf_8_cannot_be_read(tmp_path: Path) -> None:
    """It says how to save it."""
    path = tmp_path / "wish.feature"
    path.write_bytes("Feature: é".encode("latin-1"))
    with pytest.raises(Unreadable, match="Save it as UTF-8"):
        read(path)
