"""The list of incidents over all services: filters, figures, a plot, pages."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import insert, update

from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert
from pager import Acknowledgement, HealthyEvent
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.schema import decisions, incidents

NO_FIGURE = "\N{EN DASH}"


def html_of(installation: Installation, query: str = "") -> str:
    """The page."""
    answer = installation.client("viewer").get(f"/incidents{query}")
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return answer.text


def listed(html: str) -> Sequence[str]:
    """The services of the rows, and the numbers of their incidents."""
    return re.findall(r'<div class="text"><a href="/incidents/([^"]*)"', html)


@pytest.fixture
def full(installation: Installation) -> Installation:
    """One incident that nobody has acknowledged, one that Grace has, one that is over."""
    for service_id in ("checkout-api", "search-api", "billing"):
        installation.policy(service_id, ("ada",), ("linus",))
    installation.receive(alert("billing", "Card payments fail"))
    installation.advance(timedelta(minutes=4))
    installation.receive(
        Acknowledgement(service_id="billing", incident=1, by="grace@example.com"),
        alert("search-api", "No results\nat all"),
    )
    installation.advance(timedelta(minutes=8))
    installation.receive(
        HealthyEvent(service_id="billing"),
        Acknowledgement(service_id="search-api", incident=1, by="grace@example.com"),
        alert("checkout-api", "<b>p99</b> above 3 s"),
    )
    return installation


def rows(installation: Installation, number: int, days: float = 1) -> None:
    """So many incidents, one after the other, which began so many days ago."""
    now = datetime.now(UTC).timestamp() * 1_000
    first = int(now) - milliseconds(timedelta(days=days))
    values = [
        {
            "service_id": f"service-{n:05}",
            "incident": 1,
            "version": 2,
            "level": 1,
            "begun_at": first + n,
            "ended_at": first + n + 60_000,
            "state": "over",
            "title": f"incident {n}",
        }
        for n in range(number)
    ]
    installation.database.write(lambda connection: connection.execute(insert(incidents), values))


def exactly(installation: Installation, service_id: str, **minutes: int) -> None:
    """Let these times of its incident be so long after its beginning, and not a second more."""
    times = {
        f"{name}_at": incidents.c.begun_at + milliseconds(timedelta(minutes=after))
        for name, after in minutes.items()
    }
    change = update(incidents).where(incidents.c.service_id == service_id).values(times)
    installation.database.write(lambda connection: connection.execute(change))


def test_a_row_tells_the_state_the_text_the_service_and_who(full: Installation) -> None:
    """The newest first; the text is a link to the incident, and escaped."""
    html = html_of(full)
    assert listed(html) == ["checkout-api/1", "search-api/1", "billing/1"]
    page = in_words(html)
    assert "● Unanswered <b>p99</b> above 3 s Service: checkout-api Began" in page
    assert "<b>" not in html
    assert "◐ grace has it No results … Service: search-api" in page
    assert re.search(r"✓ Over Card payments fail .*Lasted 12 min Acknowledged by grace", page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?search=PAYMENTS", ["billing/1"]),
        ("?search=search", ["search-api/1"]),
        ("?search=%00", ["checkout-api/1", "search-api/1", "billing/1"]),
        ("?state=running", ["checkout-api/1", "search-api/1"]),
        ("?state=over&person=grace", ["billing/1"]),
        ("?service=search-api", ["search-api/1"]),
        ("?service=search", []),
        ("?since=2037-01-01", []),
        ("?since=&until=2000-01-01", []),
        ("?since=&until=9999-12-31", ["checkout-api/1", "search-api/1", "billing/1"]),
        ("?state=&search=&person=&since=", ["checkout-api/1", "search-api/1", "billing/1"]),
    ],
)
def test_the_form_filters_without_a_script(
    full: Installation, query: str, expected: Sequence[str]
) -> None:
    """A field that is empty filters nothing."""
    assert listed(html_of(full, query)) == expected


def test_the_form_keeps_what_was_asked_for(full: Installation) -> None:
    """Escaped."""
    html = html_of(full, "?search=%22%3E%3Cscript%3E&state=over&since=2026-01-02&person=x")
    assert 'value="&#34;&gt;&lt;script&gt;"' in html
    assert '<option value="over" selected>' in html
    assert 'value="2026-01-02"' in html
    assert "<details open>" in html


@pytest.mark.parametrize(
    "query",
    [
        "?state=lost",
        "?since=yesterday",
        "?since=2026-13-01",
        "?before=x",
        "?before=1.x.checkout-api",
        "?before=1.1.",
        "?before=99999999999999999999.1.a",
        "?search=" + "x" * 201,
    ],
)
def test_a_wrong_field_is_answered_with_a_page(full: Installation, query: str) -> None:
    """422, and it says which one."""
    answer = full.client().get(f"/incidents{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert query[1:].partition("=")[0] in answer.text


def test_at_first_the_last_thirty_days_are_shown(full: Installation) -> None:
    """An empty first day shows all."""
    rows(full, 1, days=40)
    assert "service-00000/1" not in listed(html_of(full))
    assert "service-00000/1" in listed(html_of(full, "?since="))


def test_the_figures_are_of_all_that_is_selected(full: Installation) -> None:
    """The median stands first, and what is not counted is said."""
    exactly(full, "billing", acknowledged=4, ended=12)
    exactly(full, "search-api", acknowledged=8)
    rows(full, 100)
    page = in_words(html_of(full))
    assert "Incidents 103 2 running" in page
    assert re.search(r"Until acknowledged 6 min median, MTTA \(mean\) 6 min", page)
    assert "100 never acknowledged, not counted here" in page
    assert re.search(r"Until over 1 min median, MTTR \(mean\) 1 min 6 s", page)
    assert "Incidents 1 1 running" in in_words(html_of(full, "?service=search-api"))
    assert in_words(html_of(full, "?service=search-api")).count(NO_FIGURE) == 1


def test_the_plot_has_a_bar_a_week_and_says_so_in_words(full: Installation) -> None:
    """For those who do not see it, and as a table."""
    rows(full, 7, days=15)
    html = html_of(full)
    assert re.search(r'role="img" aria-label="Incidents a week: 7, 0, (0, )?3"', html)
    assert html.count("<rect ") in (3, 4)
    assert html.count('<th scope="row">') in (3, 4)
    assert "Weeks begin on Monday, UTC." in html


def test_without_an_incident_the_page_says_what_to_do(installation: Installation) -> None:
    """And has no figure."""
    page = in_words(html_of(installation))
    assert "Until acknowledged" not in page
    assert "No incident matches. Choose an earlier day" in page
    assert "<svg class" not in html_of(installation)


def test_a_long_list_comes_in_pages(full: Installation) -> None:
    """None is missing, none is twice, and the filters stay."""
    rows(full, 230)
    path, pages = "?search=service-00", 0
    seen: list[str] = []
    while path:
        html = html_of(full, path)
        seen += listed(html)
        pages += 1
        earlier = re.search(r'href="/incidents([^"]*)">Earlier →', html)
        path = unescape(earlier[1]) if earlier else ""
        assert not earlier or "search=service-00" in path
        assert ("From the newest" in html) == (pages > 1)
    assert seen == [f"service-{n:05}/1" for n in reversed(range(230))]
    assert pages == 5


def test_the_largest_page_is_small(installation: Installation) -> None:
    """Texts that take five times as many bytes on a page."""
    now = int(datetime.now(UTC).timestamp() * 1_000)
    values = [
        {
            "service_id": f"{n:02}{'x' * 198}",
            "incident": 10**18 + n,
            "version": 2,
            "begun_at": now - n,
            "state": "acknowledged",
            "title": "&" * 200,
            "level": 1,
            "acknowledged_at": now,
            "acknowledged_by": "'" * 320,
        }
        for n in range(60)
    ]
    installation.database.write(lambda connection: connection.execute(insert(incidents), values))
    html = html_of(installation)
    last = listed(html)[-1]
    earlier = re.search(r'href="/incidents([^"]*)">Earlier →', html)
    assert earlier
    following = listed(html_of(installation, unescape(earlier[1])))
    assert int(following[0][:2]) == int(last[:2]) + 1


def test_the_page_says_that_something_is_missing(installation: Installation) -> None:
    """After an upgrade, until the journal was read."""
    installation.database.write(
        lambda connection: connection.execute(
            insert(decisions).values(
                service_id="a", version=1, incident=1, decided_at=1, message="{}", after="{}"
            )
        )
    )
    assert "still adding incidents from before an upgrade" in html_of(installation)


@pytest.mark.parametrize("state", ["unknown", "of a newer version"])
def test_a_state_that_is_not_known_is_said_to_be_unknown(
    installation: Installation, state: str
) -> None:
    """And what has no title has its number."""
    now = int(datetime.now(UTC).timestamp() * 1_000)
    row = {"service_id": "a", "incident": 7, "version": 1, "begun_at": now, "level": 0}
    installation.database.write(
        lambda connection: connection.execute(
            insert(incidents).values(state=state, title="", **row)
        )
    )
    assert "? Unknown Incident 7 Service: a" in in_words(html_of(installation))
