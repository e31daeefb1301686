"""An incident as Markdown: what others wrote cannot pass for a part of the document."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.adapters.store.views.incident_markdown import (
    IncidentFacts,
    escaped,
    fenced,
    markdown,
)
from pager.adapters.store.views.page_story import Line

NIGHT = datetime(2027, 1, 15, 23, 59, tzinfo=UTC)
FACTS = IncidentFacts(
    service_id="checkout-api",
    incident=12,
    state="over",
    begun_at=NIGHT,
    acknowledged_at=NIGHT + timedelta(minutes=17),
    acknowledged_by="grace_h@example.com",
    ended_at=NIGHT + timedelta(hours=1),
    level=2,
    policy="version 7",
    message="p99 above 3 s\nrunbook: https://wiki.example.com",
)
STORY = [
    Line(NIGHT, "Alert from API key ci", quote="p99 above 3 s"),
    Line(NIGHT + timedelta(minutes=2), "ada was e-mailed"),
    Line(
        NIGHT + timedelta(minutes=3),
        "ada acknowledged",
        then="Level 2 would have been told",
        then_at=NIGHT + timedelta(minutes=15),
    ),
]


def test_the_document_has_facts_text_and_timeline() -> None:
    """In the order in which a post-mortem is read."""
    assert (
        markdown(FACTS, STORY, is_whole=True)
        == """\
# Incident 12 of checkout-api

- State: over
- Began: 2027-01-15 23:59:00 UTC
- Acknowledged: 2027-01-16 00:16:00 UTC, after 17 min, by grace\\_h@example.com
- Ended: 2027-01-16 00:59:00 UTC, after 1 h
- Highest Level told: 2
- Policy: version 7

## What the alert says

```text
p99 above 3 s
runbook: https://wiki.example.com
```

## Timeline (UTC)

- 2027-01-15 23:59:00 Alert from API key ci:

  ```text
  p99 above 3 s
  ```

- 2027-01-16 00:01:00 ada was e-mailed
- 00:02:00 ada acknowledged. Level 2 would have been told at 00:14:00
"""
    )


def test_an_incident_that_runs_has_no_end_and_a_part_says_so() -> None:
    """Nothing is left out without a sign."""
    facts = FACTS._replace(acknowledged_at=None, ended_at=None, begun_at=None, policy="")
    text = markdown(facts, STORY, is_whole=False)
    assert "- Acknowledged: never\n- Highest Level told: 2\n" in text
    assert "Ended" not in text
    assert "Began" not in text
    assert "\n- … what was before is left out here" in text


@pytest.mark.parametrize(
    ("text", "fence"),
    [("down", "```"), ("a ``` b", "````"), ("`````\n# a heading\n", "``````"), ("~~~", "```")],
)
def test_no_text_ends_its_own_block(text: str, fence: str) -> None:
    """The fence is longer than any run of backticks in it."""
    first, *inside, last = fenced(text)
    assert (first, last) == (f"{fence}text", fence)
    assert "\n".join(inside) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada", "ada"),
        ("*_`[x](y)", r"\*\_\`\[x\](y)"),
        ("<script>&amp;", r"\<script\>\&amp;"),
        ("a\n# heading", r"a \# heading"),
        (
            "see https://evil.example or www.evil.example",
            r"see https\://evil.example or www\.evil.example",
        ),
        ("a\\", r"a\\"),
        ("a|b ~~c~~ ![d]", r"a\|b \~\~c\~\~ \!\[d\]"),
    ],
)
def test_nothing_in_a_line_is_markdown(text: str, expected: str) -> None:
    """Neither emphasis nor links nor HTML nor a line of its own."""
    assert escaped(text) == expected


def test_control_characters_are_replaced() -> None:
    """Also in a block."""
    assert fenced("a\x1b[31m\x00")[1] == "a\ufffd[31m\ufffd"
