"""A specification that lies is not published: the run fails, and its page says what is wrong."""

import html
import re
from pathlib import Path

import pytest

from living_page.conftest import Falsify, Spec, run

CHAPTER = "features/09_what_a_target_reads.feature"


def adding(text: str, file: str = CHAPTER) -> Falsify:
    def falsify(top: Path) -> None:
        with (top / file).open("a", encoding="utf-8") as opened:
            opened.write(text)

    return falsify


def replacing(old: str, new: str, file: str = CHAPTER) -> Falsify:
    def falsify(top: Path) -> None:
        text = (top / file).read_text(encoding="utf-8")
        assert old in text
        (top / file).write_text(text.replace(old, new), encoding="utf-8")

    return falsify


PROSE = """\
  A page that only says "something is wrong" makes people open three dashboards in the dark.
  The Alert's own message reaches every Target of every Level; of Alerts that came later in the
  same incident, nobody is sent another page.
"""

LIES = {
    "a Then that is not so": (
        replacing("| Ada by e-mail | 2        |", "| Ada by e-mail | 3        |"),
        "unexpected  | Ada by e-mail | 2        | error rate above 5 % |",
    ),
    "a step that nobody defined": (
        adding("\n  Scenario: New\n    When pigs fly\n    Then checkout-api is Healthy\n"),
        "“When pigs fly” means nothing. The nearest steps are:",
    ),
    "a step that nobody uses": (
        adding(
            '\n\n@when(Sentence("pigs fly"))\ndef pigs_fly() -> None:\n    """They do."""\n',
            "tests/acceptance/steps.py",
        ),
        "when pigs fly",
    ),
    "a scenario without a Then": (
        adding("\n  Scenario: New\n    Given checkout-api is Unhealthy\n"),
        "The scenario has no Then, so it checks nothing.",
    ),
    "a title that there is twice": (
        adding(
            "\n  Scenario: A new incident has a message of its own\n"
            "    Given checkout-api is Unhealthy\n    Then checkout-api is Unhealthy\n"
        ),
        "No two scenarios share a title",
    ),
    "a title that there is twice, by another keyword": (
        adding(
            "\n  Scenario Template: A new incident has a message of its own\n"
            "    Then checkout-api is <state>\n\n"
            "    Examples:\n      | state |\n      | Healthy |\n"
        ),
        "No two scenarios share a title",
    ),
    "a scenario without a title": (
        adding(
            "\n  Scenario:\n    Given checkout-api is Healthy\n    Then checkout-api is Healthy\n"
        ),
        "has a scenario without a title",
    ),
    "a Given that hides what happened": (
        adding(
            '\n  Scenario: New\n    When checkout-api raises the Alert "x"\n'
            "    Given checkout-api is Unhealthy\n    Then the Pager doesn't notify any Target\n"
        ),
        "A Given stands behind a When",
    ),
    "a crashed Pager that goes on": (
        adding(
            "\n  Scenario: New\n    Given the Pager will crash right after its next decision\n"
            '    When checkout-api raises the Alert "x"\n    And 20 minutes pass\n'
            "    Then checkout-api is Unhealthy\n"
        ),
        "The Pager has crashed: it does nothing until it restarts.",
    ),
    "a guarantee without a proof": (
        replacing(
            "[an audit finds what was changed behind the pagers back]"
            "(tests/contract/store/test_journal.py), "
            "[an audit agrees with a server that was killed](tests/system/test_journal.py)",
            "",
            "README.md",
        ),
        "names no proof",
    ),
    "keywords that are none": (
        adding("\n  Scenario: New\n    given checkout-api is Unhealthy\n"),
        "Every scenario that is written is run",
    ),
    "a chapter that promises nothing": (
        replacing(PROSE, ""),
        "09_what_a_target_reads.feature does not say what it promises",
    ),
    "a proof that is not there": (
        replacing("[a stale timer never escalates]", "[a stale timer never sleeps]", "README.md"),
        "a stale timer never sleeps",
    ),
}


def test_a_specification_that_holds_is_published(spec: Spec) -> None:
    """With the version, and without a word of failure."""
    assert spec.status == 0, spec.output
    page = spec.page.read_text(encoding="utf-8")
    assert "all of them hold" in page
    assert "Version 0." in page
    assert "✗" not in page


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_fails_the_run_and_is_shown(lie: str, tmp_path: Path) -> None:
    """In the words that say what to do about it."""
    falsify, told = LIES[lie]
    spec = run(tmp_path, falsify)
    assert spec.status == 1, spec.output
    page = html.unescape(spec.page.read_text(encoding="utf-8"))
    assert told in page
    assert "all of them hold" not in page


def test_the_step_that_does_not_hold_is_marked(tmp_path: Path) -> None:
    """It alone, in its scenario."""
    falsify, _ = LIES["a Then that is not so"]
    page = run(tmp_path, falsify).page.read_text(encoding="utf-8")
    assert page.count('<li class="fails">') == 1
    marked = page[page.index('<li class="fails">') :]
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
    """A Rule with a Background of its own, a description, Examples in two tables, and markup."""
    spec = run(
        tmp_path,
        adding(
            """
  Rule: A rule <b>of its own</b>
    Because product said so.

    Background:
      Given checkout-api is Unhealthy

    Scenario Outline: A new wish & its answer
      It has a description.

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
    assert "It has a description." in wish
    assert re.findall(r"<td>(\d)</td><td><span class=\"mark (\w+)", wish) == [
        ("3", "holds"),
        ("7", "holds"),
    ]


def test_a_chapter_that_cannot_be_read_leaves_no_page(tmp_path: Path) -> None:
    """Neither a new one nor an old one, and the terminal says in which line."""

    def falsify(top: Path) -> None:
        adding("\n  Nonsense\n")(top)
        (top / "spec.html").write_text("all of them hold", encoding="utf-8")

    spec = run(tmp_path, falsify)
    assert spec.status != 0
    assert "No living page: a chapter cannot be read." in spec.output
    assert "features/09_what_a_target_reads.feature:34 cannot be read: " in spec.output
    assert "Nonsense" in spec.output
    assert not spec.page.exists()
