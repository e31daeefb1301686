"""The page of one incident: its state, who was told, what happened, notes, and its Markdown."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete, update

from contract.web.forms import FormPage, heading, in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.shared_policies import PAYMENTS, add_shared_policies
from pager import Acknowledgement, HealthyEvent
from pager.access.roles import Role
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.schema import decisions, incidents, monitored_services
from pager.adapters.store.incident_notes import LONGEST_NOTE, MOST_NOTES, IncidentNotes
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.urls import incident_path
from pager.adapters.web.console.text import linked
from pager.ports import Outcome

CHECKOUT = incident_path("checkout-api", 1)
TEXT = "p99 above 3 s\nrunbook: https://wiki.example.com/latency.\n<b>javascript:alert(1)</b>"


def html_of(installation: Installation, path: str = CHECKOUT, role: Role = "engineer") -> str:
    """The page."""
    answer = installation.client(role).get(path)
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return answer.text


def shown(installation: Installation, path: str = CHECKOUT, role: Role = "engineer") -> str:
    """The page, in one line."""
    return in_words(html_of(installation, path, role))


def story(page: str) -> str:
    """The timeline in plain words."""
    return page.partition("Newest first.")[2].partition("What the machine recorded")[0]


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was notified about checkout-api; Linus is next."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert(message=TEXT))
    installation.carry_out()
    return installation


def test_the_page_says_how_it_is_and_what_comes_next(unhealthy: Installation) -> None:
    """The state, the text, who was told, and who will be."""
    page = shown(unhealthy)
    assert "● Unanswered checkout-api · incident 1" in page
    assert "level 1/2" in page
    assert heading(html_of(unhealthy)) == "p99 above 3 s"
    assert re.search(r"Next at [\d: -]+ UTC: level 2, linus@example.com", page)
    assert "15 min later: nobody is left to tell" in page
    assert "Level 1 ada@example.com ✓ sent" in page


def test_the_timeline_is_in_plain_words_and_the_newest_first(unhealthy: Installation) -> None:
    """What the machine recorded is one fold below."""
    unhealthy.receive(timeout(), Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    page = shown(unhealthy)
    lines = ("Grace acknowledged", "15 min without an answer: level 2", "ada@example.com was")
    places = [story(page).index(line) for line in (*lines, "Alert p99 above 3 s")]
    assert places == sorted(places)
    assert "received the Acknowledgement of incident 1 by Grace" not in story(page)
    assert "received the Acknowledgement of incident 1 by Grace" in page


def test_an_answer_in_time_says_what_it_was_good_for(unhealthy: Installation) -> None:
    """Who would have been told, and when."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    page = shown(unhealthy)
    assert re.search(r"Grace acknowledged. Level 2 would have been told at \S+ \S+ UTC", page)
    assert "Grace has it. Nobody else is told." in page
    assert "acknowledged by Grace after 0 min" in page


def test_addresses_in_the_text_are_links_that_are_opened_safely(unhealthy: Installation) -> None:
    """Nothing else in it is."""
    html = html_of(unhealthy)
    link = '<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>.'
    assert link.format("https://wiki.example.com/latency") in html
    assert "&lt;b&gt;javascript:alert(1)&lt;/b&gt;" in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("message", "links"),
    [
        ("see https://a.example/x?y=1&z=2, or (http://b.example)", 2),
        ("HTTPS://a.example", 1),
        ("http:// https:/x ftp://a javascript://x https://", 0),
        ("https://a.example\n" * 500, 30),
        ('https://a.example/"onclick="x', 1),
    ],
)
def test_links_are_bounded_and_whole(installation: Installation, message: str, links: int) -> None:
    """Whatever stands around them."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert(message=f"down\n{message}"[:10_000]))
    html = html_of(installation)
    blocks = html.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert len(re.findall("<a href", blocks)) == links
    assert "onclick=" not in re.sub(r"&[^;]*;", "", " ".join(re.findall("<a [^>]*>", blocks)))


def test_an_address_that_was_cut_is_no_link() -> None:
    """It would lead elsewhere."""
    assert linked("see https://a.example/abc…") == "see https://a.example/abc…"


def test_a_long_text_is_cut_with_a_sign_and_a_way_to_all_of_it(
    installation: Installation,
) -> None:
    """Each character takes five bytes on the page."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert(message="&" * 10_000))
    page = shown(installation)
    assert "&…" in page
    assert "too long for this page: the whole text as a file" in page
    file = installation.client().get(f"{CHECKOUT}/post-mortem.md").text
    assert "&" * 10_000 in file


def press(
    installation: Installation, button: str, incident: int = 1, role: Role = "engineer"
) -> str:
    """Where the form of a button of the page leads to."""
    answer = installation.client(role).submit(
        f"/console/services/checkout-api/{button}", incident=str(incident), page="incident"
    )
    return answer.headers.get("location", str(answer.status_code))


def test_the_buttons_lead_back_to_the_page(unhealthy: Installation) -> None:
    """It says what was done, and no longer has a button that does nothing."""
    assert 'name="page" value="incident"' in html_of(unhealthy)
    assert press(unhealthy, "acknowledge") == f"{CHECKOUT}?done=acknowledged"
    page = shown(unhealthy, f"{CHECKOUT}?done=acknowledged")
    assert "You have checkout-api. Nobody else is told." in page
    assert "Acknowledge incident" not in page
    assert press(unhealthy, "healthy") == f"{CHECKOUT}?done=healthy"
    page = shown(unhealthy, f"{CHECKOUT}?done=healthy")
    assert "checkout-api is healthy: its incident is closed." in page
    assert "✓ Over" in page
    assert "Close…" not in page
    assert press(unhealthy, "acknowledge") == f"{CHECKOUT}?done=late"
    assert "Nothing has changed" in shown(unhealthy, f"{CHECKOUT}?done=late")


def test_people_do_by_hand_what_now_offers(unhealthy: Installation) -> None:
    """Tell the next level now, and tell it again; then the page is shown again."""
    ada = unhealthy.client()
    page = FormPage(ada, ada.get(CHECKOUT)).press("Tell level 2 now")
    assert page.response.url.path == CHECKOUT
    assert "The next level is told" in page.text
    assert "ada@example.com did not wait for an answer: level 2" in story(page.text)
    page = page.press("Tell level 2 again")
    assert "Level 2, told again by ada@example.com" in page.text


def test_what_a_button_did_is_not_said_of_somebody_elses_acknowledgement(
    unhealthy: Installation,
) -> None:
    """An old tab shows what is true now."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    for done in ("acknowledged", "healthy"):
        assert "toast" not in html_of(unhealthy, f"{CHECKOUT}?done={done}")


def test_an_incident_that_is_over_keeps_its_story(unhealthy: Installation) -> None:
    """Beside the one that runs; they lead to each other."""
    unhealthy.advance(timedelta(minutes=7))
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="it is back"))
    first, second = shown(unhealthy), shown(unhealthy, incident_path("checkout-api", 2))
    assert "✓ Over checkout-api · incident 1" in first
    assert ", for 7 min" in first
    assert "nobody acknowledged" in first
    assert "Incident 2 → of this service" in first
    assert "it is back" not in first
    assert "● Unanswered checkout-api · incident 2" in second
    assert "← Incident 1 of this service" in second
    assert "Acknowledge incident 2" in second
    assert "Acknowledge incident" not in first


def test_the_policy_of_its_beginning_is_a_link(unhealthy: Installation) -> None:
    """Whatever the policy is by now."""
    unhealthy.policy("checkout-api", ("grace",))
    html = html_of(unhealthy)
    [path] = re.findall(r'href="(/console/services/checkout-api/policy/history/\d+)"', html)
    assert "ada@example.com" in unhealthy.client().get(path).text


def test_of_a_shared_policy_it_is_that_edit_with_its_author(installation: Installation) -> None:
    """The number of a version counts the edits of all policies: nobody knows one by it."""
    add_shared_policies(installation.database)
    on_call = SqlOnCall(installation.database)
    then = on_call.put(PAYMENTS, "grace@example.com")
    installation.receive(alert("shared-api"))
    on_call.put(PAYMENTS.model_copy(update={"repeat": 1}), "linus@example.com")
    html = html_of(installation, "/incidents/shared-api/1")
    assert "Policy at its beginning: Payments, as edited by grace@example.com, 2" in in_words(html)
    assert f'href="/console/shared-policies/Payments/history/{then}">as edited' in html
    text = installation.client().get("/incidents/shared-api/1/post-mortem.md").text
    assert "- Policy: Payments, as edited by grace@example.com, 2" in text


def note(installation: Installation, text: str, role: Role = "engineer") -> tuple[int, str]:
    """Send the form for a note: the status and the page, or where it leads."""
    answer = installation.client(role).submit(f"{CHECKOUT}/notes", note=text)
    return answer.status_code, answer.headers.get("location") or in_words(answer.text)


def test_an_engineer_adds_a_note_and_everybody_reads_it(unhealthy: Installation) -> None:
    """In the timeline, with its author; escaped, with links; and in the audit log."""
    text = "It was <b>me</b>.\r\nSee https://wiki.example.com/me"
    assert note(unhealthy, text) == (303, f"{CHECKOUT}?done=written#timeline")
    html = html_of(unhealthy, f"{CHECKOUT}?done=written", "viewer")
    assert "Your note is in the timeline." in html
    assert "It was &lt;b&gt;me&lt;/b&gt;.\nSee <a href" in html
    assert "ada@example.com noted It was <b>me</b>." in story(in_words(html))
    log = SqlAuditLog(unhealthy.database).last(10)
    added = [entry.author for entry in log if entry.action == "note added"]
    assert added == ["ada@example.com"]


def test_a_note_also_stands_in_an_incident_that_is_over(unhealthy: Installation) -> None:
    """Most are written the day after."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"))
    assert note(unhealthy, "The disk was full.")[0] == 303
    assert "noted The disk was full." in story(shown(unhealthy))


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_NOTE + 1)])
def test_a_note_that_is_refused_is_not_lost(unhealthy: Installation, text: str) -> None:
    """422, with what was typed and what is wrong with it."""
    status, page = note(unhealthy, text)
    assert status == 422
    assert "The note " in page
    assert text.strip() in page
    assert 'aria-invalid="true"' in unhealthy.client().submit(f"{CHECKOUT}/notes", note=text).text


def test_a_full_incident_takes_no_more_notes(unhealthy: Installation) -> None:
    """It says so, and its pages stay small."""
    notes = IncidentNotes(unhealthy.database)
    for number in range(MOST_NOTES):
        notes.add("checkout-api", 1, "ada", f"note {number}" + "&" * (LONGEST_NOTE - 10))
    status, page = note(unhealthy, "one more")
    assert status == 422
    assert "takes no more" in page
    path, seen = CHECKOUT, set()
    while path:
        html = html_of(unhealthy, path)
        seen |= set(re.findall(r"<blockquote>(note \d+)&", html))
        earlier = re.search(r'href="([^"#]*)#timeline">Earlier', html)
        path = unescape(earlier[1]) if earlier else ""
    assert len(seen) == MOST_NOTES


def test_a_viewer_writes_nothing(unhealthy: Installation) -> None:
    """There is no form, and one that was sent without it is refused."""
    assert "<form" not in html_of(unhealthy, role="viewer").partition("<main")[2]
    assert note(unhealthy, "hello", "viewer")[0] == 403
    assert "noted" not in shown(unhealthy)


def test_a_form_of_another_site_adds_no_note(unhealthy: Installation) -> None:
    """It has no token of the session."""
    answer = unhealthy.client().post(f"{CHECKOUT}/notes", data={"note": "x", "csrf": "guess"})
    assert answer.status_code == 403


def test_a_note_about_an_incident_that_is_not_kept_is_refused(unhealthy: Installation) -> None:
    """There is no such page."""
    answer = unhealthy.client().submit("/incidents/checkout-api/7/notes", note="x")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/incidents/checkout-api/7",
        "/incidents/checkout-api/0",
        "/incidents/checkout-api/x",
        "/incidents/checkout-api/1e3",
        "/incidents/checkout-api/99999999999999999999",
        "/incidents/unknown/1",
        "/incidents/%3Cscript%3E/1",
        "/incidents/checkout-api",
        "/incidents/checkout-api/1/nowhere",
        "/incidents/checkout-api/7/post-mortem",
        "/incidents/checkout-api/7/post-mortem.md",
    ],
)
def test_an_unknown_incident_is_answered_with_a_page(unhealthy: Installation, path: str) -> None:
    """404, whatever somebody has made of the address."""
    answer = unhealthy.client().get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", [CHECKOUT, f"{CHECKOUT}/post-mortem", "/incidents"])
def test_strangers_sign_in_first(unhealthy: Installation, path: str) -> None:
    """And then see the page that they came for."""
    answer = unhealthy.stranger().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login?then=%2Fincidents")


def test_the_page_tells_what_the_table_lacks(unhealthy: Installation) -> None:
    """An older version has no table: the journal and the state of the service are enough."""
    unhealthy.database.write(lambda connection: connection.execute(delete(incidents)))
    page = shown(unhealthy)
    assert "● Unanswered checkout-api · incident 1" in page
    unhealthy.receive(HealthyEvent(service_id="checkout-api"))
    unhealthy.database.write(lambda connection: connection.execute(delete(incidents)))
    assert "✓ Over checkout-api · incident 1" in shown(unhealthy)


def test_an_incident_that_an_older_node_has_closed_is_over(unhealthy: Installation) -> None:
    """Whatever the table says: the state of the service counts."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"))
    unhealthy.database.write(
        lambda connection: connection.execute(
            update(incidents).values(ended_at=None, state="escalating")
        )
    )
    page = shown(unhealthy)
    assert "✓ Over checkout-api" in page
    assert "Acknowledge incident" not in page


def test_a_state_that_cannot_be_read_hides_no_story(unhealthy: Installation) -> None:
    """The page says so, and has no button."""
    unhealthy.database.write(
        lambda connection: connection.execute(update(monitored_services).values(state="{}"))
    )
    page = shown(unhealthy)
    assert "The state of checkout-api cannot be read" in page
    assert "ada@example.com was e-mailed" in page
    assert "Acknowledge incident" not in page


def test_a_text_that_cannot_be_read_is_not_made_up(unhealthy: Installation) -> None:
    """The title that the table has is all that is left."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"))
    unhealthy.database.write(
        lambda connection: connection.execute(update(decisions).values(after="{}"))
    )
    assert heading(html_of(unhealthy)) == "p99 above 3 s …"
    assert "A decision that this version of Pager cannot read" in shown(unhealthy)


def test_the_answer_of_a_mail_server_is_shown(installation: Installation) -> None:
    """An operator needs it to mend the fault; it is escaped."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    installation.carry_out(Outcome("failed", "451 <b>try</b> later", timedelta(minutes=5)))
    html = html_of(installation)
    assert "could not be sent yet: 451 &lt;b&gt;try&lt;/b&gt; later" in html
    assert "<b>" not in html
    assert "It is tried again at" in in_words(html)


def test_a_long_timeline_is_shown_in_parts(unhealthy: Installation) -> None:
    """No entry is missing, and each page stays small."""
    names = tuple(f"person-{number}" for number in range(120))
    unhealthy.policy("checkout-api", ("ada",), names)
    unhealthy.receive(timeout())
    unhealthy.carry_out()
    notified, path, parts = [], CHECKOUT, 0
    while path:
        html = html_of(unhealthy, path)
        recorded = in_words(html).partition("What the machine recorded")[2]
        notified += re.findall(r"sent (person-\d+)@", recorded)
        parts += 1
        earlier = re.search(r'href="([^"#]*)#timeline">Earlier', html)
        path = unescape(earlier[1]) if earlier else ""
    assert sorted(notified) == sorted(names)
    assert parts > 2


@pytest.mark.parametrize("before", ["x", "bnVsbA", "WzFd4", "!", "a" * 2_000])
def test_a_wrong_place_in_the_timeline_is_answered_with_a_page(
    unhealthy: Installation, before: str
) -> None:
    """422, whatever somebody has made of the link."""
    answer = unhealthy.client().get(f"{CHECKOUT}?before={before}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_the_post_mortem_is_text_to_copy_and_a_file(unhealthy: Installation) -> None:
    """The same in both; the file is never shown as a page of ours."""
    note(unhealthy, "```\n# Not a heading\n")
    page = unhealthy.client().get(f"{CHECKOUT}/post-mortem")
    answer = unhealthy.client().get(f"{CHECKOUT}/post-mortem.md")
    [shown_text] = re.findall(r'<pre id="markdown"[^>]*>\n(.*?)</pre>', page.text, re.DOTALL)
    assert unescape(shown_text) == answer.text
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="incident-1.md"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "# Incident 1 of checkout-api" in answer.text
    assert "````text\n  ```\n  # Not a heading\n  ````" in answer.text
    assert re.search(r"- Policy: as edited [-0-9]{10} [:0-9]{8} UTC\n", answer.text)


def test_the_old_address_of_a_note_leads_to_the_page(unhealthy: Installation) -> None:
    """A browser that reloads the form asks for it."""
    answer = unhealthy.client().get(f"{CHECKOUT}/notes")
    assert (answer.status_code, answer.headers["location"]) == (303, CHECKOUT)
