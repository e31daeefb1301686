"""The first page of the console: how every Monitored Service is, those in trouble first."""

import re
from datetime import datetime, timedelta

import pytest

from contract.application import application_on
from contract.forms import in_words
from contract.house import LARGEST_PAGE, House, alert, timeout
from contract.people import signed_in
from pager import Acknowledgement, HealthyEvent
from pager.adapters.links import AcknowledgeLinks
from pager.adapters.sql.changes import SqlChanges
from pager.adapters.sql.database import Database
from pager.adapters.trials import SENT
from pager.ports import Outcome

HERE_ONLY = {
    "http://127.0.0.1:8080": True,
    "http://localhost:8080": True,
    "http://[::1]:8080": True,
    "http://192.0.2.1:8080": False,
    "https://pager.example.com": False,
}
"""Whether others cannot follow a link to it."""


def shown(house: House, query: str = "") -> str:
    """The page, in one line without its tags."""
    answer = house.client().get(f"/{query}")
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return in_words(answer.text)


def cards(house: House) -> list[str]:
    """The services that have one, from the top."""
    return re.findall(r'<h2 id="s-\d+"><a [^>]*>([^<]+)', house.client().get("/").text)


def test_a_service_in_trouble_says_what_people_ask_first(house: House) -> None:
    """Its Level, what is wrong, who was notified and whether it arrived, when it escalates."""
    house.policy("checkout-api", ("ada", "grace"), ("linus",))
    house.receive(alert())
    house.carry_out()
    page = shown(house)
    assert "checkout-api" in page
    assert "Unhealthy" in page
    assert "nobody has acknowledged" in page
    assert "Level 1 of 2" in page
    assert "p99 latency above 3 s" in page
    assert "ada@example.com (sent)" in page
    assert "grace@example.com (sent)" in page
    html = house.client().get("/").text
    assert re.search(r'Escalates to Level 2\s+<time data-countdown datetime="20\d\d-', html)


def test_who_is_half_awake_acknowledges_at_once(house: House) -> None:
    """The button names the incident; whoever may not press it has none."""
    house.policy("checkout-api", ("ada",))
    house.receive(alert())
    browser = house.client()
    html = browser.get("/").text
    assert 'action="/console/services/checkout-api/acknowledge"' in html
    assert 'name="incident" value="1"' in html
    assert browser.csrf() in html
    assert "Acknowledge" not in house.client("viewer").get("/").text


def test_who_acknowledged_is_told(house: House) -> None:
    """And nothing escalates any more."""
    house.policy("checkout-api", ("ada",), ("linus",))
    house.receive(alert(), Acknowledgement(service_id="checkout-api", incident=1, by="Grace H."))
    page = shown(house)
    assert "Acknowledged by Grace H." in page
    assert "scalates" not in page


def test_what_moves_under_a_thumb_is_acknowledged_by_mistake(house: House) -> None:
    """So a card keeps its place while nobody acknowledges: the oldest is first, a new one last."""
    house.advance(timedelta(hours=1))
    for name in ("c-old", "b-newer", "a-newest"):
        house.policy(name, ("ada",), ("linus",))
        house.receive(alert(name))
        house.advance(timedelta(minutes=5))
    before = cards(house)
    assert before == ["c-old", "b-newer", "a-newest"]
    house.receive(timeout("b-newer"), timeout("b-newer", 2), timeout("a-newest"))
    assert cards(house) == before
    house.receive(Acknowledgement(service_id="c-old", incident=1))
    assert cards(house) == ["b-newer", "a-newest", "c-old"]


def test_times_are_those_of_what_they_stand_beside(house: House) -> None:
    """When it became Unhealthy, and when somebody acknowledged or nobody was left."""
    for name in ("billing", "search-api"):
        house.policy(name, ("ada",))
        house.receive(alert(name))
    house.advance(timedelta(hours=1))
    house.receive(Acknowledgement(service_id="billing", incident=1, by="Grace"))
    house.advance(timedelta(hours=2))
    house.receive(timeout("search-api"))
    exhausted, acknowledged = re.findall(
        r"(?:Nobody answered|Acknowledged by Grace), (\S+ \S+) UTC .*? since (\S+ \S+) UTC",
        shown(house),
    )
    for (changed, begun), hours in ((exhausted, 3), (acknowledged, 1)):
        span = datetime.fromisoformat(changed) - datetime.fromisoformat(begun)
        assert timedelta(0) <= span - timedelta(hours=hours) < timedelta(minutes=30)


def test_an_exhausted_incident_is_the_loudest(house: House) -> None:
    """What is in hand comes after what is not, and the Healthy ones last."""
    for name in ("a-acknowledged", "b-escalating", "c-exhausted", "d-healthy"):
        house.policy(name, ("ada",))
    house.receive(*map(alert, ("a-acknowledged", "b-escalating", "c-exhausted")))
    house.receive(Acknowledgement(service_id="a-acknowledged", incident=1), timeout("c-exhausted"))
    page = shown(house)
    places = [page.index(name) for name in ("c-exhausted", "a-acknowledged", "d-healthy")]
    assert places == sorted(places)
    assert "Nobody answered" in page
    assert "3 Unhealthy, 2 unanswered" in page
    assert 'class="card exhausted"' in house.client().get("/").text


def test_a_page_that_was_not_sent_says_why(house: House) -> None:
    """And when it is tried again."""
    house.policy("checkout-api", ("ada",))
    house.receive(alert())
    house.carry_out(Outcome("failed", "451 try later", timedelta(minutes=5)))
    page = shown(house)
    assert "ada@example.com (failed: 451 try later; again" in page


def test_what_went_wrong_is_shown_where_not_all_is(house: House) -> None:
    """The page does not grow with the number of Targets."""
    names = tuple(f"person-{number}" for number in range(300))
    house.policy("checkout-api", names)
    house.receive(alert())
    [claim] = house.ports.outbox.claim("email", 1)
    house.ports.outbox.settle(claim, Outcome("refused", "550 no such mailbox"))
    house.carry_out()
    page = shown(house)
    assert "person-0@example.com (refused: 550 no such mailbox)" in page
    assert "and 294 more" in page


def test_a_hundred_services_in_trouble_fit_one_page_after_the_other(house: House) -> None:
    """However long their Alerts and their names are; the page stays small."""
    names = [f"service-{number:03}-" + "x" * 180 for number in range(45)]
    for name in names:
        house.policy(name, ("ada",))
        house.receive(alert(name, "long " * 2_000))
    seen = []
    for skip in (0, 20, 40):
        seen += re.findall(r"service-(\d+)-x+ ! Unhealthy", shown(house, f"?unhealthy={skip}"))
    assert seen == [f"{number:03}" for number in range(45)]
    assert "45 Unhealthy" in shown(house)


def test_many_healthy_services_come_in_parts(house: House) -> None:
    """And one of them can be looked for."""
    for number in range(150):
        house.policy(f"service-{number:03}", ("ada",))
    assert "service-099" in shown(house)
    assert "service-100" not in shown(house)
    assert "service-149" in shown(house, "?healthy=100")
    found = shown(house, "?search=CE-12")
    assert "service-120" in found
    assert "service-119" not in found


@pytest.mark.parametrize("query", ["?unhealthy=-1", "?healthy=x", "?healthy=99999999999999999999"])
def test_a_page_that_there_is_not_is_a_clear_error(house: House, query: str) -> None:
    """And no stack trace."""
    answer = house.client().get(f"/{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_a_service_that_nobody_could_be_paged_for_says_so(house: House) -> None:
    """Its policy was removed."""
    house.policy("checkout-api", ("ada",))
    house.receive(alert(), HealthyEvent(service_id="checkout-api"))
    house.ports.policies.remove("checkout-api")
    assert "no Escalation Policy" in shown(house)


def test_a_row_that_cannot_be_read_hides_no_other(house: House) -> None:
    """It is named, as loudly as it may be."""
    for name in ("checkout-api", "search-api"):
        house.policy(name, ("ada",))
        house.receive(alert(name))
    house.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE monitored_services SET state = '{}' WHERE service_id = 'search-api'"
        )
    )
    page = shown(house)
    assert "checkout-api ! Unhealthy" in page
    assert "cannot be read: search-api" in page
    house.receive(HealthyEvent(service_id="checkout-api"))
    for search in ("", "?search=zzz"):
        page = shown(house, search)
        assert page.startswith("The state of 1 service cannot be read")
        assert "All Healthy" not in page
        assert "three steps" not in page


def test_a_search_hides_no_trouble(house: House) -> None:
    """The heading counts all of it, whatever is looked for."""
    for name in ("checkout-api", "search-api"):
        house.policy(name, ("ada",))
    house.receive(alert())
    page = shown(house, "?search=zzz")
    assert page.startswith("1 Unhealthy")
    assert "No service has “zzz” in its name" in page


def test_a_newcomer_is_led(house: House) -> None:
    """To a first service with its policy, a test page, and a first Alert with a line to copy."""
    page = shown(house)
    assert "Give your first Monitored Service an Escalation Policy" in page
    house.policy("checkout-api", ("ada",))
    page = shown(house)
    assert "with an API key, which an administrator makes" in page
    assert "curl" in page
    assert "/alerts" in page
    assert "checkout-api" in page
    assert "✓ Done: a test page was sent" not in page
    SqlChanges(house.database).add("a test", SENT, "ada@example.com")
    assert "✓ Done: a test page was sent" in shown(house)
    house.receive(alert(), HealthyEvent(service_id="checkout-api"))
    assert "curl" not in shown(house)


@pytest.mark.parametrize("public_url", HERE_ONLY)
def test_where_links_open_on_this_machine_only_it_is_said(
    database: Database, public_url: str
) -> None:
    """Once, and quietly: who only tries it out needs no more."""
    app = application_on(database, links=AcknowledgeLinks(public_url, [b"a key"]))
    page = in_words(signed_in(app, database, "viewer").get("/").text)
    assert ("open on this machine only" in page) == HERE_ONLY[public_url]


def test_what_an_alert_says_is_text_and_no_html(house: House) -> None:
    """Nor is a name, or who acknowledged."""
    house.policy("checkout-api", ("ada",))
    script = "<script>alert(1)</script>"
    house.receive(
        alert(message=script), Acknowledgement(service_id="checkout-api", incident=1, by=script)
    )
    html = house.client().get("/").text
    assert script not in html
    assert html.count("&lt;script&gt;alert(1)") == 2


def test_nobody_sees_it_without_an_account(house: House) -> None:
    """They are asked to sign in."""
    answer = house.stranger().get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/login?then=%2F"


def test_an_address_without_its_slash_is_answered_to_people(house: House) -> None:
    """With a page, and not with a question for an API key."""
    answer = house.stranger().get("/console")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
