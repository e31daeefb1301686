"""What `pager verify` writes for others: JUnit XML, annotations, a page, the steps."""

import re
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from browser import violations
from contract.verification.own_on_call import (
    CONFIGURATION,
    DOES_NOT_HOLD,
    FROM,
    PROPERTIES,
    verify,
)
from verify_page import PAGE, page


def test_results_are_written_as_junit_xml(folder: Path) -> None:
    """Each scenario has its own title, and that of its feature; however they are written."""
    text = DOES_NOT_HOLD.replace("Our wishes", "Our [own] a/b.py")
    folder.joinpath("wishes[1].feature").write_text(text, encoding="utf-8")
    with folder.joinpath("on-call.yaml").open("a", encoding="utf-8") as file:
        file.write("properties: ['orders-db: no Level is empty']\n")
    verify(folder, "--from", FROM, "--junit", "to/results.xml")
    top = ET.parse(folder / "to/results.xml").getroot()  # noqa: S314 - our own
    [suite] = top
    assert (top.tag, top.get("name"), suite.get("name")) == ("testsuites", *["pager verify"] * 2)
    assert (suite.get("tests"), suite.get("failures")) == ("25", "22")
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert not len(cases["Our on-call", "Somebody is woken on a Sunday night"])
    assert not len(cases["properties", "orders-db: no Level is empty"])
    [failure] = cases["Our [own] a/b.py", "Each Sunday by SMS"]
    assert failure.get("message", "").endswith("Reached: Grace Hopper by e-mail.")
    assert (failure.text or "").startswith("Scenario: Each Sunday by SMS\n")


@pytest.mark.proof
def test_the_page_shows_who_is_on_call_and_what_came_of_each_scenario(folder: Path) -> None:
    """Whatever stands in the files is text on it, and no markup."""
    title = "<script>alert('1')</script>"
    text = DOES_NOT_HOLD.replace("Each Sunday by SMS", title)
    folder.joinpath("wishes.feature").write_text(text, encoding="utf-8")
    on_call = folder / "on-call.yaml"
    on_call.write_text(CONFIGURATION + PROPERTIES, encoding="utf-8")
    assert verify(folder, "--from", FROM, "--page", "page.html").status == 1
    shown = folder.joinpath("page.html").read_text(encoding="utf-8")
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" in shown
    assert "Database: Ada Lovelace</h3>" in shown
    assert "<td>Grace Hopper</td><td>Monday 2026-11-30 09:00</td>" in shown
    assert "It is Sunday 2026-12-06 03:00 in Europe/Paris. Reached: Grace Hopper" in shown
    assert "<h3>somebody is reached by SMS within 10 minutes</h3>" in shown
    assert "3 of 26 hold" in shown


@pytest.mark.proof
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_page_is_for_everybody(
    browser: Browser, folder: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    """Axe finds nothing, and nothing is wider than the window, with everything unfolded."""
    folder.joinpath("wishes.feature").write_text(DOES_NOT_HOLD, encoding="utf-8")
    verify(folder, "--from", FROM, "--page", "page.html")
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page.goto(folder.joinpath("page.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert violations(page) == []
    inside = page.evaluate("document.documentElement.clientWidth")  # without the scroll bar
    assert page.evaluate("document.documentElement.scrollWidth") == inside
    page.close()


def test_github_is_told_file_and_line(folder: Path) -> None:
    """By itself in its Actions; no line of ours can be taken for another of its commands."""
    title = "50 %, or: ::error::"
    text = DOES_NOT_HOLD.replace("Each Sunday by SMS", title)
    folder.joinpath("wishes.feature").write_text(text, encoding="utf-8")
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder.parent)}
    output = verify(folder, "--from", FROM, "-k", "50 %", environment=environment).output
    [_, _, line] = [line for line in output.splitlines() if line.startswith("::")]
    assert line == (
        f"::error file={folder.name}/wishes.feature,line=7,title=50 %25%2C or%3A %3A%3Aerror%3A%3A"
        "::It is Sunday 2026-12-06 03:00 in Europe/Paris. Reached: Grace Hopper by e-mail."
    )
    assert "::error" not in verify(folder, "--from", FROM, "-k", "50 %").output.splitlines()[-2]


ODD = "::error::boo \x1b[31m\x07\x0b::error::\x85##[error]\N{RIGHT-TO-LEFT OVERRIDE}"
"""What a title may have: commands of GitHub, of a terminal, and characters that XML cannot hold."""


def test_no_text_of_a_team_is_a_command_of_github(folder: Path) -> None:
    """Lines that begin with `::` are: what the report says is between two that nobody can guess."""
    text = DOES_NOT_HOLD.replace("Each Sunday by SMS", ODD)
    folder.joinpath("::error::wishes.feature").write_text(text, encoding="utf-8", newline="\n")
    environment = {"GITHUB_ACTIONS": "true"}
    output = verify(folder, "--from", FROM, "-k", "boo", environment=environment).output
    first, *lines = output.splitlines()
    assert re.fullmatch("::stop-commands::[0-9a-f]{32}", first)
    end = lines.index(f"::{first.rpartition('::')[2]}::")
    assert any(line.startswith("::error::wishes.feature") for line in lines[:end])
    [annotation] = lines[end + 1 :]
    assert annotation.startswith("::error file=%3A%3Aerror%3A%3Awishes.feature,line=7,title=%3A%3A")
    assert annotation.isprintable()


def test_what_cannot_be_read_is_no_command_either(folder: Path) -> None:
    """No command is understood any more: whoever has named the file is not heard."""
    folder.joinpath("::error::wrong.feature").write_text("Feature: Nothing\n", encoding="utf-8")
    status, output = verify(folder, environment={"GITHUB_ACTIONS": "true"})
    first, *others = output.splitlines()
    assert (status, first.rpartition("::")[0]) == (2, "::stop-commands")
    assert others[0].startswith("::error::wrong.feature:1: There is no scenario")


@pytest.mark.proof
def test_junit_xml_can_be_read_whatever_a_name_has_in_it(folder: Path) -> None:
    """XML has no place for most control characters."""
    text = (
        DOES_NOT_HOLD.replace("Each Sunday by SMS", ODD)
        .replace("Our wishes", "Our \x01")
        .replace("stopped", "\x00\x08\ufffe")
    )
    folder.joinpath("odd\x01.feature").write_text(text, encoding="utf-8", newline="\n")
    verify(folder, "--from", FROM, "-k", "boo", "--junit", "results.xml")
    [case] = ET.parse(folder / "results.xml").findall(".//testcase")  # noqa: S314 - our own
    assert (case.get("classname"), case.get("file")) == ("Our \ufffd", "odd\ufffd.feature")
    assert case.get("name", "").startswith("::error::boo \ufffd[31m")


@pytest.mark.proof
def test_the_steps_are_listed_with_the_names_of_the_team(folder: Path) -> None:
    """Whoever writes a scenario sees what may stand in it."""
    status, output = verify(folder, "--steps")
    assert [line for line in output.splitlines() if line.endswith(" ")] == []
    lines = output.splitlines()
    assert status == 0
    assert "Given it is {moment}" in lines
    assert "Then {person} was reached[ by {channel}]" in lines
    assert any(re.fullmatch(r"\{person\} +Ada Lovelace, Grace Hopper", line) for line in lines)
    assert any("somebody is reached within 10 minutes" in line for line in lines)


def test_the_document_lists_the_steps() -> None:
    """If this fails: `python -m verify_page`."""
    assert page() == PAGE.read_text(encoding="utf-8")
