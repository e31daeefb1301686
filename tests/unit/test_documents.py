"""What the README and the other documents show is so: links, code, rules and where things are."""

import json
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
README = TOP / "README.md"
PAIRING = TOP / "docs" / "pairing.md"
ARCHITECTURE = TOP / "docs" / "architecture.md"
RESULTS = TOP / "docs" / "performance" / "results.json"
DOCUMENTS = [
    *sorted(TOP.glob("*.md")),
    *sorted((TOP / "docs").glob("*.md")),
    *sorted((TOP / "docs" / "clients").glob("*.md")),
]

TWO_SCREENS = 80
"""Lines."""

MOST_FILES = 2
"""That a newcomer has to open for an answer."""


def test_the_domain_in_eight_lines_prints_what_is_said() -> None:
    """Its last line is a comment with the output."""
    [snippet] = re.findall(r"```python\n(.*?)```", PAIRING.read_text(encoding="utf-8"), re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, check=True, encoding="utf-8"
    )
    assert snippet.splitlines()[-1] == f"# {run.stdout.strip()}"


def test_the_readmes_figures_of_a_storm_are_those_that_were_measured() -> None:
    """Pager's and Alertmanager's in the same runs, in whole tens."""
    storms = json.loads(RESULTS.read_text(encoding="utf-8"))["storms"]
    medians = {
        series["system"]: statistics.median(run["alerts_per_s"] for run in series["runs"])
        for series in storms
        if series["table"] == "storm"
    }
    figures = r"([0-9,]+) Alerts/s in a storm.*?in memory: ([0-9,]+)"
    [said] = re.findall(figures, README.read_text(encoding="utf-8"), re.DOTALL)
    measured = medians["pager"], medians["alertmanager"]
    assert said == tuple(f"{round(figure, -1):,.0f}" for figure in measured)


def test_the_readme_is_two_screens_long() -> None:
    """Everything else is in docs/."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= TWO_SCREENS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Relative links only, files and headings: the others are somebody else's."""
    links = re.findall(r"""(?:\]\(|src=")([^)":]+)[)"]""", prose(document))
    assert [link for link in links if not leads_somewhere(document, link)] == []


def test_a_link_to_a_heading_that_is_not_there_is_found(tmp_path: Path) -> None:
    """Anchors are spelt as GitHub spells them; a comment in a code block is no heading."""
    page = tmp_path / "page.md"
    page.write_text("# `What` is it?\n## Twice\n## Twice\n```sh\n# no heading\n```\n")
    links = ["#what-is-it", "page.md#twice", "#twice-1", "#twice-2", "#no-heading", "other.md"]
    assert [link for link in links if leads_somewhere(page, link)] == links[:3]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_environment_that_a_document_names_is_there(document: Path) -> None:
    """`tox -e NAME` is a command that can be run."""
    environments = re.findall(
        r"^\[testenv:(\w+)\]$", (TOP / "tox.ini").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = re.findall(r"\btox -e (\w+(?:,\w+)*)", document.read_text(encoding="utf-8"))
    assert {name for names in named for name in names.split(",")} <= {*environments}


def test_every_document_is_in_the_index() -> None:
    """What nobody links to, nobody reads."""
    index = TOP / "docs" / "README.md"
    linked = set(re.findall(r"\]\(([^)#:]+)\)", index.read_text(encoding="utf-8")))
    there = {path.name for path in (TOP / "docs").glob("*.md")} - {index.name}
    assert there <= linked


def test_every_room_is_on_the_map() -> None:
    """A package that the architecture does not name is one that nobody looks into."""
    links = re.findall(r"\]\(([^)#:]+)\)", prose(ARCHITECTURE))
    linked = {(ARCHITECTURE.parent / link).resolve() for link in links}
    rooms = {path.parent for path in (TOP / "pager").rglob("__init__.py")}
    # A migration is no place to look for anything, and the adapters are shown room by room.
    parts = {room for room in rooms if "migrations" in room.parts}
    halls = {TOP / "pager" / "adapters", TOP / "pager" / "adapters" / "store"}
    assert rooms - parts - halls - linked == set()


def test_a_newcomers_ten_questions_are_answered() -> None:
    """Each by two files at most, in which the names that it gives are really defined."""
    answers = dict(re.findall(r"^\| ([^|]+\?) \| ([^|]+) \|$", prose(ARCHITECTURE), re.MULTILINE))
    assert len(answers) == 10
    for question, answer in answers.items():
        places = re.findall(r"`([^`]+)` in \[[^]]+\]\(([^)]+)\)", answer)
        files = {file for _, file in re.findall(r"\[([^]]+)\]\(([^)]+)\)", answer)}
        assert files == {file for _, file in places}, question
        assert 1 <= len(files) <= MOST_FILES, question
        wrong = [(name, file) for name, file in places if not defines(ARCHITECTURE, file, name)]
        assert wrong == [], question


def test_the_rules_that_are_presented_are_the_rules() -> None:
    """The slide leaves out what each arm does, and no arm."""
    slides = (TOP / "docs" / "presentation.md").read_text(encoding="utf-8")
    rules = (TOP / "pager" / "decide.py").read_text(encoding="utf-8")
    [shown] = re.findall(r"```python\n(.*?)```", slides, re.DOTALL)
    assert arms(shown) == arms(rules)
    assert len(arms(shown)) == 11


def prose(document: Path) -> str:
    """The document without its code blocks."""
    text = document.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def leads_somewhere(document: Path, link: str) -> bool:
    """Whether the file is there, and has the heading."""
    file, _, anchor = link.partition("#")
    path = document.parent / file if file else document
    return path.exists() and (not anchor or anchor in anchors(path))


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def defines(document: Path, file: str, name: str) -> bool:
    """Whether the module defines that class, function, method or constant."""
    path = document.parent / file
    if not path.exists():
        return False
    definition = rf"^ *(?:(?:async )?def|class) {name}\b|^ *{name}(?:: [^=\n]+)? = "
    return re.search(definition, path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def arms(code: str) -> list[str]:
    """Each case, up to its colon, on one line."""
    return [
        " ".join(arm.split())
        for arm in re.findall(r"^ *(case .*?):(?: *#[^\n]*)?$", code, re.DOTALL | re.MULTILINE)
    ]


def test_what_lands_has_passed_the_readmes_own_test_command() -> None:
    """CI runs it to the letter."""
    [command] = re.findall(r"^.*tox -p 2$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert command in (TOP / ".ci" / "run").read_text(encoding="utf-8").splitlines()
