"""The brief's scenarios as people live them: in a browser, with real e-mail."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from contract.channels.smtp_server import MailServer
from system.program import Program
from system.test_paging import acknowledge_link, mail_settings, recipients
from system.test_people import FIRST, NAME, PASSWORD

# The page renews itself every 5 s.
expect.set_options(timeout=30_000)


@pytest.fixture
def pager(tmp_path: Path, mail: MailServer) -> Iterator[Program]:
    """A program that sends to it, started for the first time."""
    with Program(tmp_path, **mail_settings(mail)) as program:
        yield program


@pytest.fixture
def context(browser: Browser, pager: Program) -> Iterator[BrowserContext]:
    """A browser's profile; errors and console messages of a page fail the test."""
    context = browser.new_context(base_url=str(pager.http.base_url))
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda message: complaints.append(message.text))
    yield context
    context.close()
    # A server that says 410, or that is gone, is what some of these tests are about.
    unexpected = [text for text in complaints if not text.startswith("Failed to load resource")]
    assert unexpected == []


@pytest.fixture
def console(context: BrowserContext, pager: Program) -> Page:
    """The console, in which the first account was just made."""
    page = context.new_page()
    page.goto(pager.wait_for_output(FIRST)[1])
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    return page


def give_a_policy(console: Page, service: str, *levels: str) -> None:
    """Each Level notifies one person."""
    console.goto(f"/console/services/{service}/policy")
    for number, address in enumerate(levels, 1):
        if number > 1:
            console.get_by_role("button", name="Add a Level").click()
        console.get_by_role("group", name=f"Level {number}").get_by_label(
            "Targets", exact=True
        ).fill(address)
    save(console)


def save(console: Page) -> None:
    """Save what is in the editor."""
    console.get_by_role("button", name="Save", exact=True).click()
    expect(console.get_by_role("status").filter(has_text="Saved")).to_be_visible()


@pytest.mark.proof
def test_from_an_alert_to_healthy_again(
    console: Page, context: BrowserContext, pager: Program, mail: MailServer
) -> None:
    """The Alert becomes an e-mail; its link acknowledges; the console shows each step by itself."""
    give_a_policy(console, "checkout-api", "ada@example.com", "grace@example.com")
    console.goto("/")
    expect(console.get_by_role("heading", level=1)).to_have_text("✓ All healthy")

    pager.raise_alert("checkout-api", "p99 latency above 3 s")
    expect(console.get_by_role("heading", level=1)).to_have_text(re.compile("^1 unanswered"))
    card = console.get_by_role("article", name="checkout-api")
    expect(card).to_contain_text("p99 latency above 3 s")
    expect(card).to_contain_text("ada@example.com ✓ sent")
    expect(card.locator("time[data-countdown]")).to_have_text(re.compile(r"in 1[45]:\d\d"))

    [received] = mail.wait_for_messages(1)
    link = context.new_page()
    link.goto(acknowledge_link(received))
    link.get_by_role("button", name="Acknowledge").click()
    expect(link.get_by_role("status")).to_contain_text("You have it")
    expect(card).to_contain_text("You have it")
    expect(card.locator("time[data-countdown]")).to_have_count(0)

    card.get_by_role("link", name="checkout-api").click()
    console.get_by_role("link", name="Incident 1: the whole story").click()
    expect(console.locator("#story")).to_contain_text("ada@example.com acknowledged by link")
    console.get_by_text("Close…").click()
    console.get_by_role("button", name="Close the incident").click()
    expect(console.get_by_role("status").first).to_contain_text("checkout-api is healthy")
    expect(console.locator("#story")).to_contain_text(f"{NAME} closed the incident")
    assert recipients(mail.messages) == {"ada@example.com": 1}
    # The open page follows by itself.
    expect(link.get_by_role("heading", level=1)).to_have_text("This incident is over")


@pytest.mark.proof
def test_acknowledging_in_the_console_is_silence(console: Page, pager: Program) -> None:
    """On the first page, by keyboard alone."""
    give_a_policy(console, "checkout-api", "ada@example.com", "grace@example.com")
    pager.raise_alert("checkout-api")
    console.goto("/")
    console.get_by_role("button", name="Acknowledge incident 1 of checkout-api").press("Enter")
    expect(console.get_by_role("status").first).to_contain_text("You have checkout-api")
    assert pager.service("checkout-api")["acknowledged_by"] == NAME


@pytest.mark.proof
def test_a_console_without_a_connection_says_so(console: Page, pager: Program) -> None:
    """What it shows is what it was: nobody should believe that all is well."""
    notice = console.locator("#connection")
    expect(notice).to_be_hidden()
    pager.kill()
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("No connection to Pager since")


SCRIPT = "</title></textarea>'\"><img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.mark.proof
def test_nothing_that_anybody_writes_is_run(
    console: Page, context: BrowserContext, pager: Program, mail: MailServer
) -> None:
    """Neither what an Alert says, nor who acknowledged, nor what stands in a field."""
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        # Whether to leave what is not saved, the page asks itself.
        dialogs.extend([dialog.message] if dialog.type != "beforeunload" else [])
        dialog.accept()

    context.on("dialog", note)
    give_a_policy(console, "checkout-api", "ada@example.com")
    pager.raise_alert("checkout-api", SCRIPT)
    by = {"service_id": "checkout-api", "incident": 1, "by": SCRIPT}
    [received] = mail.wait_for_messages(1)
    for _ in range(2):
        for path in ("/", "/console/services/checkout-api", acknowledge_link(received)):
            console.goto(path)
            expect(console.locator("main")).to_contain_text("onerror=alert(1)")
        pager.http.post("/acknowledgements", json=by).raise_for_status()
    console.goto("/console/services/checkout-api/policy")
    console.get_by_label("Targets", exact=True).fill(SCRIPT)
    console.get_by_label("If nobody acknowledges within").fill(SCRIPT[:50])
    console.get_by_role("button", name="Save", exact=True).click()
    expect(console.get_by_label("Targets", exact=True)).to_have_value(SCRIPT)
    console.goto("/")
    console.get_by_label("Find a service").fill(SCRIPT)
    console.get_by_role("button", name="Find").click()
    expect(console.get_by_text("No service has")).to_contain_text("onerror=alert(1)")
    assert dialogs == []


class ForeignPage(BaseHTTPRequestHandler):
    """A page of somebody else's that presses a button of ours, and frames our console."""

    target = ""

    def do_GET(self) -> None:
        """The page, for its author's browser."""
        body = (
            f'<iframe src="{self.target}/"></iframe>'
            f'<form method="post" action="{self.target}/console/services/checkout-api/healthy">'
            '<input name="incident" value="1"><input name="csrf" value=""><button>Win</button>'
            "</form>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def foreign_page(pager: Program) -> Iterator[str]:
    """Where it is: on a site of another name."""
    ForeignPage.target = str(pager.http.base_url)
    with ThreadingHTTPServer(("127.0.0.1", 0), ForeignPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.proof
def test_a_page_of_somebody_else_can_press_no_button(
    console: Page, browser: Browser, pager: Program, foreign_page: str
) -> None:
    """Though the browser that shows it is signed in here; nor can it frame the console."""
    give_a_policy(console, "checkout-api", "ada@example.com")
    pager.raise_alert("checkout-api")
    context = browser.new_context(storage_state=console.context.storage_state())
    page = context.new_page()
    page.goto(f"{pager.http.base_url}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^1 unanswered"))
    page.goto(foreign_page)
    assert "unanswered" not in "".join(frame.content() for frame in page.frames[1:])
    page.get_by_role("button", name="Win").click()
    page.wait_for_url(f"{pager.http.base_url}/**")
    assert pager.service("checkout-api")["state"] == "unhealthy"
    context.close()


@pytest.mark.proof
def test_each_page_of_the_console_asks_to_sign_in_first(context: BrowserContext) -> None:
    """Whichever page it is."""
    page = context.new_page()
    for path in ("/", "/console/services/checkout-api", "/console/policies", "/console/me"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Pager")
        assert page.locator("nav").count() == 0
