"""`pager rehearse`, of a service's policy beside its server, and of a policy in a file."""

import json
from pathlib import Path

import pytest

from pager.model import FALLBACK
from system.program import Program, emails, run

POLICY = {"service_id": "checkout-api", "levels": [emails("ada", "grace"), emails("edsger")]}
HEADING = "An Alert of checkout-api, rehearsed: nobody is paged."
FIRST = "+0 min Level 1 ada@example.com, grace@example.com"
SECOND = "+15 min Level 2 edsger@example.com"
NOBODY_IS_LEFT = "+30 min nobody is left: every Level was notified and nobody answered"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a policy that no server has."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY), encoding="utf-8")
    return path


def lines(shown: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines()]


def test_a_services_policy_is_rehearsed_beside_its_server(tmp_path: Path) -> None:
    """As it was last edited; and nothing happens to the service."""
    with Program(tmp_path) as pager:
        pager.put_policy("checkout-api", emails("barbara"))
        pager.put_policy("checkout-api", *POLICY["levels"])
        status, shown = run(tmp_path, "rehearse", "checkout-api")
        assert (status, lines(shown)) == (0, [HEADING, FIRST, SECOND, NOBODY_IS_LEFT])
        assert pager.service("checkout-api")["incident"] == 0
        assert "NOT SENT" not in pager.output


@pytest.mark.proof
def test_a_service_without_a_policy_can_page_nobody(tmp_path: Path) -> None:
    """What to do about it is said; unless there is a fallback policy, which is rehearsed then."""
    with Program(tmp_path) as pager:
        status, shown = run(tmp_path, "rehearse", "search-api")
        pager.put_policy(FALLBACK, emails("ada"))
        _, by_fallback = run(tmp_path, "rehearse", "search-api")
    assert status == 1
    assert shown.startswith("search-api has no Escalation Policy, so nobody would be paged: give")
    assert "search-api has no policy of its own: the fallback policy is used." in by_fallback
    assert "ada@example.com" in by_fallback


def test_a_policy_in_a_file_needs_no_server(file: Path) -> None:
    """Nor a database, and it leaves none behind."""
    status, shown = run(file.parent, "rehearse", "--file", "policy.json")
    assert (status, lines(shown)) == (0, [HEADING, FIRST, SECOND, NOBODY_IS_LEFT])
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("duration", ["PT10M", "10 min", "10"])
def test_a_policy_can_be_piped_in_and_an_acknowledgement_chosen(
    tmp_path: Path, duration: str
) -> None:
    """Said as on the console, or in ISO 8601. Nobody is paged after it."""
    command = ("rehearse", "--file", "-", "--acknowledged-after", duration)
    status, shown = run(tmp_path, *command, typed=json.dumps(POLICY))
    acknowledged = "+10 min acknowledged"
    assert (status, lines(shown)) == (0, [HEADING, FIRST, acknowledged])


def test_a_rehearsal_can_be_read_by_a_program(file: Path) -> None:
    """One JSON object a step."""
    _, shown = run(
        file.parent, "rehearse", "--file", "policy.json", "--json", "--acknowledged-after", "PT15M"
    )
    steps = [json.loads(line) for line in shown.splitlines()]
    assert [(step["after"], step["level"], step["stage"]) for step in steps] == [
        ("PT0S", 1, "escalating"),
        ("PT15M", 2, "escalating"),
        ("PT15M", 2, "acknowledged"),
    ]
    assert steps[1]["notified"] == [{"type": "email", "address": "edsger@example.com"}]


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ("", ["the file: Invalid JSON: EOF while parsing a value at line 1 column 0"]),
        ("[]", ["the file: Input should be an object"]),
        (
            json.dumps({"levels": [emails(), emails("ada"), emails("ada", delay="15:00")]}),
            [
                "service_id: Field required",
                "levels.0.targets: There must be at least 1.",
                "levels.2.acknowledgement_delay: An ISO 8601 duration is expected, such as PT15M "
                "(15 minutes).",
            ],
        ),
        (
            json.dumps({**POLICY, "\x1b[2J": 1}),
            ["\N{REPLACEMENT CHARACTER}[2J: Extra inputs are not permitted"],
        ),
        (" " * 1_048_577, ["it has more than 1,048,576 bytes"]),
        (
            '{"levels": [], "levels": []}',
            ["levels: This key stands twice in one object: it is not clear which one counts."],
        ),
    ],
    ids=["nothing", "no object", "wrong fields", "an unknown field", "too much", "a key twice"],
)
def test_what_is_wrong_with_a_policy_is_said_field_by_field(
    tmp_path: Path, typed: str, problems: list[str]
) -> None:
    """In words; nothing in it steers the terminal."""
    status, shown = run(tmp_path, "rehearse", "--file", "-", typed=typed)
    assert status == 1
    assert lines(shown) == ["The standard input is not an Escalation Policy:", *problems]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what the system says of it."""
    status, shown = run(tmp_path, "rehearse", "--file", "plicy.json")
    assert (status, lines(shown)) == (
        1,
        [
            "plicy.json is not an Escalation Policy:",
            "it cannot be read (No such file or directory)",
        ],
    )


@pytest.mark.parametrize(
    "duration", ["soon", "20 parsecs", "-20", "PT", "-PT5M", "PT9999999999999999H"]
)
def test_a_moment_that_is_no_duration_is_refused(file: Path, duration: str) -> None:
    """With an example of one."""
    status, shown = run(
        file.parent, "rehearse", "--file", "policy.json", f"--acknowledged-after={duration}"
    )
    assert status == 2
    assert f"{duration!r} is no duration such as 20 min or PT20M." in shown


@pytest.mark.parametrize("named", [(), ("checkout-api", "--file", "policy.json")])
def test_one_policy_is_rehearsed_at_a_time(file: Path, named: tuple[str, ...]) -> None:
    """Of a service or of a file: neither goes before the other."""
    status, shown = run(file.parent, "rehearse", *named)
    assert status == 2
    assert "Name a SERVICE, or a --file with an Escalation Policy." in shown
