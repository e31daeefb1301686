"""Maintenance in the console: windows are made, moved and ended, and what waits says so."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response
from sqlalchemy import insert

from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from pager import Acknowledgement, Escalate
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import since_1970
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import maintenance_windows
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows

PATH = "/console/maintenance"
SERVICE = "/console/services/checkout-api"
HOURS = timedelta(hours=2)


@pytest.fixture
def installation(database: Database) -> Installation:
    """One service with two Levels."""
    installation = Installation(database)
    installation.policy("checkout-api", ("ada", "grace"), ("linus",))
    return installation


def windows_of(installation: Installation) -> SqlMaintenanceWindows:
    """The windows of the installation."""
    return installation.ports.maintenance


def made(installation: Installation, **fields: str) -> Response:
    """The answer to the form."""
    form = {"service": "checkout-api", "length": "2 h", "starts_at": "", "zone": "UTC"}
    return installation.client().submit(PATH, **{**form, "reason": "", **fields})


def test_a_window_is_made_moved_and_ended_without_a_script(installation: Installation) -> None:
    """Each page says what has happened, and a second press does no harm."""
    browser = installation.client()
    answer = made(installation, reason=" A <new>\n disk ")
    assert answer.status_code == 303
    address = answer.headers["location"].partition("?")[0]
    text = in_words(browser.get(answer.headers["location"]).text)
    assert "checkout-api is in maintenance." in text
    assert "A <new> disk" in text
    assert (
        timedelta(minutes=119) < (windows_of(installation).left("checkout-api") or HOURS) <= HOURS
    )
    moved = browser.submit(f"{address}/move", length="PT3H")
    assert "The window has another end:" in browser.get(moved.headers["location"]).text
    assert (windows_of(installation).left("checkout-api") or HOURS) > HOURS
    for word in ("The window is over.", "Nothing has changed:"):
        ended = browser.submit(f"{address}/end")
        assert word in browser.get(ended.headers["location"]).text
    assert windows_of(installation).left("checkout-api") is None
    again = browser.submit(f"{address}/move", length="PT3H")
    assert "Nothing has changed:" in browser.get(again.headers["location"]).text
    entries = SqlAuditLog(installation.database).last(3)
    assert [(entry.author, entry.action) for entry in entries] == [
        ("ada@example.com", "maintenance ended"),
        ("ada@example.com", "maintenance moved"),
        ("ada@example.com", "maintenance made"),
    ]


def test_a_window_is_planned_in_a_time_zone(installation: Installation) -> None:
    """As a person types it; and cancelled before it begins."""
    browser = installation.client()
    start = datetime.now(UTC).replace(hour=22, minute=0, second=0) + timedelta(days=40)
    typed = f"{start:%Y-%m-%dT%H:%M}"
    answer = made(installation, starts_at=typed, zone="Asia/Kolkata", length="90")
    address = answer.headers["location"].partition("?")[0]
    assert "The window is planned." in browser.get(answer.headers["location"]).text
    window = windows_of(installation).of(int(address.rpartition("/")[2]))
    assert f"{window.period.starts_at:%H:%M}" == "16:30"
    assert window.period.ends_at - window.period.starts_at == timedelta(minutes=90)
    cancelled = browser.submit(f"{address}/end")
    assert "The window is cancelled." in browser.get(cancelled.headers["location"]).text
    assert "Cancelled" in browser.get(PATH).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"service": "checkout api"}, "A service's name has letters"),
        ({"service": ""}, "A service's name has letters"),
        ({"service": "x" * 300}, "A service's name has letters"),
        ({"length": "soon"}, "Say how long, such as 2 h"),
        ({"length": ""}, "Say how long, such as 2 h"),
        ({"length": "999999 weeks"}, "30 days at the most"),
        ({"length": "31 days"}, "30 days at the most"),
        ({"length": "0"}, "The end is past"),
        ({"starts_at": "tomorrow"}, "Say when, such as"),
        ({"starts_at": "9999-12-31T23:59", "zone": "America/New_York"}, "Say when, such as"),
        ({"starts_at": "2999-01-01T00:00"}, "365 days from now"),
        ({"starts_at": "2999-01-01T00:00", "zone": "Mars/Olympus"}, "no such time zone"),
        ({"starts_at": "2999-01-01T00:00", "zone": "../../etc/passwd"}, "no such time zone"),
        ({"starts_at": "2999-01-01T00:00", "zone": "Europe"}, "no such time zone"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    installation: Installation, fields: dict[str, str], sentence: str
) -> None:
    """What was typed is kept, and nothing is stored."""
    answer = made(installation, reason="A <new> disk", **fields)
    assert answer.status_code == 422
    assert sentence in in_words(answer.text)
    assert 'value="A &lt;new&gt; disk"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "No service is in maintenance now." in answer.text


def test_another_end_that_cannot_be_is_refused(installation: Installation) -> None:
    """The window stays as it is."""
    number = windows_of(installation).add("checkout-api", HOURS)
    for length in ("soon", "31 days", "0", "-1 h"):
        answer = installation.client().submit(f"{PATH}/{number}/move", length=length)
        assert answer.status_code == 422
    assert (windows_of(installation).left("checkout-api") or timedelta(0)) > timedelta(minutes=119)


def test_only_engineers_change_windows(installation: Installation) -> None:
    """Viewers see them, and no form; what there is not is not found."""
    number = windows_of(installation).add("checkout-api", HOURS)
    viewer = installation.client("viewer")
    for path in (PATH, f"{PATH}/{number}"):
        page = viewer.get(path)
        assert page.status_code == 200
        assert f'method="post" action="{PATH}' not in page.text
        assert "End it now" not in page.text
    for path in (PATH, f"{PATH}/{number}/end", f"{PATH}/{number}/move"):
        assert viewer.submit(path, service="checkout-api", length="1 h").status_code == 403
    engineer = installation.client()
    for wrong in ("7", "x", str(2**64)):
        assert engineer.get(f"{PATH}/{wrong}").status_code == 404
        assert engineer.submit(f"{PATH}/{wrong}/end").status_code == 404
    assert windows_of(installation).left("checkout-api") is not None


def test_an_incident_that_waits_says_so_everywhere(installation: Installation) -> None:
    """And nothing claims that somebody was told."""
    windows_of(installation).add("checkout-api", HOURS)
    installation.receive(alert(), alert(message="all orders fail"))
    browser = installation.client()
    now = browser.get("/")
    assert "1 in maintenance" in in_words(now.text)
    assert "unanswered" not in in_words(now.text)
    assert "alarm.svg" not in now.text
    pages = {
        path: browser.get(path).text
        for path in (
            "/",
            SERVICE,
            "/incidents",
            "/incidents/checkout-api/1",
            f"{PATH}?search=checkout",
            "/incidents/checkout-api/1/post-mortem",
        )
    }
    for path, text in pages.items():
        words = in_words(text)
        assert "aintenance" in words, path
        assert "level 0" not in words.lower(), path
        assert "Unanswered</span>" not in text, path
    incident = in_words(pages["/incidents/checkout-api/1"])
    assert "nobody is told before" in incident
    assert "Who was told" not in incident
    assert "Tell level 1 now" in incident
    assert "again" not in incident
    assert "filter" not in browser.get("/incidents?state=maintenance").text.partition("<ol")[2]
    assert "p99 latency" in browser.get("/incidents?state=maintenance").text


def test_what_happened_is_told_in_words(installation: Installation) -> None:
    """The end of the maintenance, another end, and who did not wait."""
    windows = windows_of(installation)
    number = windows.add("checkout-api", HOURS)
    installation.receive(alert())
    windows.move_end(number, 2 * HOURS)
    installation.receive(timeout())
    windows.end(number)
    installation.receive(timeout(level=2))
    story = in_words(installation.client().get("/incidents/checkout-api/1").text)
    assert "In maintenance: nobody is told before it ends" in story
    assert "The maintenance goes on" in story
    assert "The maintenance was over: level 1" in story
    assert "level 0" not in story.lower()
    windows.add("search-api", HOURS)
    installation.policy("search-api", ("ada",), ("linus",))
    installation.receive(
        alert("search-api"),
        Escalate(service_id="search-api", incident=1, level=1, by="ada@example.com"),
    )
    story = in_words(installation.client().get("/incidents/search-api/1").text)
    assert "ada@example.com did not wait for the end of the maintenance: level 1" in story


def test_whoever_has_it_in_maintenance_may_hand_it_on(installation: Installation) -> None:
    """To level 1, which nobody has told; an undo would tell people, so there is none."""
    windows_of(installation).add("checkout-api", HOURS)
    installation.receive(
        alert(), Acknowledgement(service_id="checkout-api", incident=1, by="ada@example.com")
    )
    browser = installation.client()
    now = browser.get("/?done=acknowledged&service=checkout-api").text
    assert "You have checkout-api." in in_words(now)
    assert "Undo" not in now
    assert "Hand it on: tell level 1" in now
    assert "level 0" not in in_words(now).lower()


def test_an_alert_by_hand_says_that_nobody_is_told(installation: Installation) -> None:
    """It waits for the end as any other."""
    windows_of(installation).add("checkout-api", HOURS)
    browser = installation.client()
    assert "is told when the maintenance is over" in browser.get(SERVICE).text
    answer = browser.submit(f"{SERVICE}/alert", message="The disk is full")
    text = in_words(browser.get(answer.headers["location"]).text)
    assert "The alert is recorded, and nobody is told:" in text


def test_a_healthy_service_in_maintenance_says_until_when(installation: Installation) -> None:
    """On Now and on its page."""
    windows_of(installation).add("checkout-api", HOURS)
    browser = installation.client()
    assert "maintenance until" in in_words(browser.get("/").text)
    assert "Nobody is told of its alerts before." in in_words(browser.get(SERVICE).text)


def test_a_page_of_many_windows_is_small(installation: Installation) -> None:
    """And the past ones are on several."""
    now, day = since_1970(datetime.now(UTC)), 86_400_000
    rows = [
        {
            "service_id": f"{number:03}-{'x' * 190}",
            "starts_at": starts_at,
            "ends_at": starts_at + day,
            "author": "a" * 100,
            "reason": "<&> " * 50,
            "created_at": now,
        }
        for number in range(45)
        for starts_at in (now - 2 * day, now - day // 2, now + day)
    ]
    installation.database.write(lambda one: one.execute(insert(maintenance_windows), rows))
    browser = installation.client()
    first = browser.get(PATH)
    assert len(first.content) < LARGEST_PAGE
    assert "And 20 more." in in_words(first.text)
    assert "past=15" in first.text
    last = browser.get(f"{PATH}?past=30")
    assert "From the newest" in last.text
    assert "Earlier" not in last.text
