"""A specification with a fault is not published: the run fails, and its page says what is wrong.

To run a copy of the specification takes seconds, so one run has all the faults that pytest sees,
each with a test or a scenario of its own that fails, and another run those of the guarantees.
"""

import html
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from living_page.conftest import Change, Spec, run

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("living page")]  # its runs are shared

CHAPTER = "features/09_what_a_target_reads.feature"
GUARANTEES = "docs/guarantees.md"


def adding(text: str, file: str = CHAPTER) -> Change:
    """The change that adds `text` to the end of the file."""

    def change(top: Path) -> None:
        with (top / file).open("a", encoding="utf-8") as opened:
            opened.write(text)

    return change


def replacing(pattern: str, new: str, file: str = CHAPTER) -> Change:
    """The change that replaces the one match of `pattern` in the file."""

    def change(top: Path) -> None:
        text, replaced = re.subn(pattern, new, (top / file).read_text(encoding="utf-8"))
        assert replaced == 1
        (top / file).write_text(text, encoding="utf-8")

    return change


class Fault(NamedTuple):
    """A fault, and how it is found."""

    change: Change
    found_by: str
    """The scenario, or the test of the specification as a sentence, that fails."""
    answer: str
    """What the page says there."""


REST = "No line of the specification is without effect"
"""Finds what belongs to no scenario."""

FAULTS = {
    "a Then that is not so": Fault(
        replacing(r"\| Ada by e-mail \| 2        \|", "| Ada by e-mail | 3        |"),
        "A new incident has a message of its own",
        "unexpected  | Ada by e-mail | 2        | error rate above 5 % |",
    ),
    "a step that nobody defined": Fault(
        adding(
            "\n  Scenario: The moon\n    When the moon falls\n    Then checkout-api is Healthy\n"
        ),
        "The moon",
        "“When the moon falls” means nothing. The nearest steps are:",
    ),
    "a step that nobody uses": Fault(
        adding(
            '\n\n@when(Sentence("pigs fly"))\ndef pigs_fly() -> None:\n    """They do."""\n',
            "tests/acceptance/steps.py",
        ),
        "Every step definition is used",
        "when pigs fly",
    ),
    "a step that means two things": Fault(
        adding(
            '\n\n@when(Sentence("Ada acknowledges {service}"))\n'
            'def ada_acknowledges(service: str) -> None:\n    """Nothing."""\n',
            "tests/acceptance/steps.py",
        ),
        "An exhausted incident can still be acknowledged",
        "“When Ada acknowledges checkout-api” means 2 things: ",
    ),
    "a scenario without a Then": Fault(
        adding("\n  Scenario: No end\n    Given checkout-api is Unhealthy\n"),
        "No end",
        "The scenario has no Then, so it checks nothing.",
    ),
    "a title that there is twice": Fault(
        adding(
            "\n  Scenario: The Alert's message is what the Target reads\n"
            "    Given checkout-api is Unhealthy\n    Then checkout-api is Unhealthy\n"
        ),
        REST,
        "“The Alert's message is what the Target reads” is the title of another scenario too",
    ),
    "a title that there is twice, by another keyword": Fault(
        adding(
            "\n  Scenario Template: The next Level reads the message that the incident began with\n"
            "    Then checkout-api is <state>\n\n"
            "    Examples:\n      | state |\n      | Healthy |\n"
        ),
        REST,
        "“The next Level reads the message that the incident began with” is the title of another",
    ),
    "a scenario without a title": Fault(
        adding(
            "\n  Scenario:\n    Given checkout-api is Healthy\n    Then checkout-api is Healthy\n"
        ),
        REST,
        "Give the scenario a title.",
    ),
    "a Given that hides what happened": Fault(
        adding(
            '\n  Scenario: A late Given\n    When checkout-api raises the Alert "x"\n'
            "    Given checkout-api is Unhealthy\n    Then the Pager doesn't notify any Target\n"
        ),
        "A late Given",
        "A Given stands behind a When",
    ),
    "a crashed Pager that goes on": Fault(
        adding(
            "\n  Scenario: No restart\n"
            "    Given the Pager will crash right after its next decision\n"
            '    When checkout-api raises the Alert "x"\n    And 20 minutes pass\n'
            "    Then checkout-api is Unhealthy\n"
        ),
        "No restart",
        "The Pager has crashed: it does nothing until it restarts.",
    ),
    "keywords that are none": Fault(
        adding("\n  Scenario: In lower case\n    given checkout-api is Unhealthy\n"),
        "In lower case",
        "“given checkout-api is Unhealthy” is not run: it does not begin with Given, When, Then,",
    ),
    "a chapter that promises nothing": Fault(
        replacing(r"(?<=\n)  A page that only says(.|\n)+?\n(?=\n)", ""),
        REST,
        "The chapter does not say what it promises. Write two sentences below its title.",
    ),
    "a tag that would skip it": Fault(
        replacing(r"(?=  Scenario: A new incident has a message)", "  @skip\n"),
        REST,
        "Tags have no meaning here. Remove @skip.",
    ),
    "a step that is commented out": Fault(
        adding("    # And the page to Ada is sent\n"),
        REST,
        "“# And the page to Ada is sent” hides something that would be run.",
    ),
    "a table that nobody reads": Fault(
        adding(
            "\n  Scenario: A needless table\n    Given checkout-api is Unhealthy\n"
            "      | Level |\n      | 7     |\n    When 15 minutes pass\n"
            "    Then checkout-api is exhausted\n"
        ),
        "A needless table",
        "“Given checkout-api is Unhealthy” reads no table",
    ),
    "a scenario that needs no When": Fault(
        adding(
            "\n  Scenario: Nothing new\n    Given checkout-api is Unhealthy\n"
            "    When 15 minutes pass\n    Then checkout-api is Unhealthy\n"
        ),
        "Nothing new",
        "Each Then is so before the first When already",
    ),
    "a file that is not run": Fault(
        adding("Feature: F\n", "features/10_later.Feature"),
        REST,
        "features/10_later.Feature:1: Nothing in this file is run.",
    ),
}

UNPROVEN = {
    "a guarantee without a proof": (
        replacing(r"(?<=\| )\[old decisions are made.*\) \|", " |", GUARANTEES),
        "names no proof",
    ),
    "a proof that is not there": (
        replacing(r"\[a stale timer never escalates\]", "[a stale timer never sleeps]", GUARANTEES),
        "a stale timer never sleeps",
    ),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """A run with every fault that pytest sees."""
    changes = (fault.change for fault in FAULTS.values())
    return run(tmp_path_factory.mktemp("faulty"), *changes)


@pytest.fixture(scope="module")
def unproven(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """A run with every fault of the guarantees, which pytest knows nothing of."""
    changes = (change for change, _ in UNPROVEN.values())
    return run(tmp_path_factory.mktemp("unproven"), *changes)


def read(spec: Spec, status: int = 1) -> str:
    """The page of a specification that does not hold."""
    assert spec.status == status, spec.output
    page = html.unescape(spec.page.read_text(encoding="utf-8"))
    assert "all of them hold" not in page
    return page


def part(page: str, heading: str) -> str:
    """What stands on the page below the heading of a scenario or of a fault."""
    starts = [f"<h3>{heading}</h3>", f">{heading}</a></h3>"]
    [start] = [page.index(start) for start in starts if start in page]
    return re.split("</article>|</pre>\\s*<h3>|</section>", page[start:])[0]


def test_a_specification_that_holds_is_published(spec: Spec) -> None:
    """With the version, and without a word of failure."""
    assert spec.status == 0, spec.output
    page = spec.page.read_text(encoding="utf-8")
    assert "all of them hold" in page
    assert "Version 0." in page
    assert "✗" not in page


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_fails_the_run_and_is_shown(fault: Fault, faulty: Spec) -> None:
    """A test fails, which fails the run; the page says in words what to do about it."""
    failed = re.findall(r"^FAILED \S+::test_(\w+)", faulty.output, re.MULTILINE)
    assert re.sub(r"\W", "_", fault.found_by.lower()) in failed
    assert fault.answer in part(read(faulty), fault.found_by)


@pytest.mark.parametrize("answer", [answer for _, answer in UNPROVEN.values()], ids=UNPROVEN.keys())
def test_a_guarantee_that_is_not_proven_fails_the_run_and_is_shown(
    answer: str, unproven: Spec
) -> None:
    """Although every test passes."""
    assert " failed" not in unproven.output
    assert answer in read(unproven)


def test_the_step_that_does_not_hold_is_marked(faulty: Spec) -> None:
    """It alone, in its scenario."""
    scenario = part(read(faulty), FAULTS["a Then that is not so"].found_by)
    assert scenario.count('<li class="fails">') == 1
    marked = scenario[scenario.index('<li class="fails">') :]
    assert "these Targets are notified:" in marked[: marked.index("</li>")]


def test_what_was_not_run_does_not_hold(tmp_path: Path) -> None:
    """Not even where one of its Examples was."""
    spec = run(tmp_path, options=["-k", "exhausted and next_alert"])
    assert spec.status == 1, spec.output
    page = html.unescape(spec.page.read_text(encoding="utf-8"))
    outline = page[page.index("from the first Level</a></h3>") :]
    outline = outline[: outline.index("</article>")]
    assert "✗ was not run whole" in outline
    assert "<td>exhausted</td><td><span" in outline
    assert "<td>Unhealthy</td>" not in outline
    assert "all of them hold" not in page
    assert "✗ was not run<" in page


def test_what_gherkin_can_say_is_shown(tmp_path: Path) -> None:
    """A Rule with a Background and prose of its own, Examples in two tables, and markup."""
    spec = run(
        tmp_path,
        adding(
            """
  Rule: A rule <b>of its own</b>
    Because product said so.

    Background:
      Given checkout-api is Unhealthy

    Scenario Outline: A new wish & its answer
      When <minutes> minutes pass
      * 1 minute passes
      Then checkout-api is Unhealthy
      But doesn't set an acknowledgement delay

      Examples: short ones
        | minutes |
        | 3       |

      Examples: longer ones
        | minutes |
        | 7       |
"""
        ),
    )
    assert spec.status == 0, spec.output
    page = spec.page.read_text(encoding="utf-8")
    assert "Rule: A rule &lt;b&gt;of its own&lt;/b&gt;</strong> Because product said so." in page
    assert "In every scenario of this rule:" in page
    wish = page[page.index(">A new wish &amp; its answer<") :]
    wish = wish[: wish.index("</article>")]
    assert re.findall(r"<td>(\d)</td><td><span class=\"mark (\w+)", wish) == [
        ("3", "holds"),
        ("7", "holds"),
    ]


def test_a_chapter_that_cannot_be_run_is_shown_with_the_reason(tmp_path: Path) -> None:
    """No scenario was run, and the page does not say so alone."""
    spec = run(tmp_path, adding("\n  Scenario: A\n    And checkout-api is Healthy\n"))
    page = read(spec, status=2)
    assert "“And checkout-api is Healthy” is the first step. Begin it with" in page
    assert "✓ holds" not in page


def test_a_chapter_that_cannot_be_read_leaves_no_page(tmp_path: Path) -> None:
    """Neither a new one nor an old one, and the terminal says in which line."""

    def leave_an_old_page(top: Path) -> None:
        (top / "spec.html").write_text("all of them hold", encoding="utf-8")

    spec = run(tmp_path, adding("\n  Nonsense\n"), leave_an_old_page)
    assert spec.status != 0
    assert "No living page: a chapter cannot be read." in spec.output
    line = len(Path(CHAPTER).read_text(encoding="utf-8").splitlines()) + 2
    assert (
        f"{CHAPTER}:{line}: “Nonsense” begins with no keyword that may stand here." in spec.output
    )
    assert not spec.page.exists()
