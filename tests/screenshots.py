"""The pictures of the README: `tox -e screenshots` takes them anew, of the program as it is."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from browser import FLAGS, HOW_TO_RUN, chromium
from contract.channels.smtp_server import MailServer
from system.program import Program, emails
from system.test_paging import TWILIO, mail_settings
from system.test_people import FIRST, NAME, PASSWORD

PUBLIC_URL = "http://pager.example.com"
"""Where nobody looks at it here. With all of it set up, nothing is warned of."""
DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Let things go wrong at a shop, and look at them in the light and on a phone."""
    found = chromium()
    if found is None:
        sys.exit(HOW_TO_RUN)
    with (
        TemporaryDirectory() as directory,
        MailServer() as mail,
        Program(
            Path(directory), PAGER_PUBLIC_URL=PUBLIC_URL, **mail_settings(mail), **TWILIO
        ) as pager,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=found, args=[*FLAGS]) as browser,
    ):
        go_wrong(pager)
        link = urlsplit(pager.wait_for_output(FIRST)[1])
        take(browser, pager, link.path)


def go_wrong(pager: Program) -> None:
    """One incident of each kind, and services that are well."""
    for service in ("billing", "login", "reports", "shipping"):
        pager.put_policy(service, emails("ada", "grace"), emails("linus"))
    pager.put_policy("search", emails("ada", delay="PT1S"), emails("grace", delay="PT1S"))
    pager.put_policy(
        "checkout", emails("ada", "grace", delay="PT2S"), emails("linus"), emails("barbara")
    )
    pager.raise_alert("search", "No results at all since 03:02")
    pager.raise_alert("checkout", "p99 latency above 3 s in eu-west-1")
    pager.raise_alert("billing", "Card payments fail: 502 from the provider")
    for service in ("billing", "checkout"):
        pager.wait_until_settled(service)
    taken = {"service_id": "billing", "incident": 1, "by": "grace@example.com"}
    pager.http.post("/acknowledgements", json=taken).raise_for_status()
    pager.wait_until(lambda: pager.service("search")["exhausted"] is True, "nobody answers")
    pager.wait_until(lambda: pager.service("checkout")["level"] == 2, "the checkout escalates")
    pager.wait_until_settled("checkout")


def take(browser: Browser, pager: Program, link: str) -> None:
    """The pictures."""
    desk = browser.new_context(
        base_url=str(pager.http.base_url), viewport={"width": 1024, "height": 768}
    )
    page = desk.new_page()
    page.goto(link)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_selector("article")
    page.screenshot(path=DOCS / "console.png", full_page=True)
    phone = browser.new_context(
        base_url=str(pager.http.base_url),
        storage_state=desk.storage_state(),
        color_scheme="dark",
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
    )
    page = phone.new_page()
    page.goto("/console/services/checkout")
    page.wait_for_selector("text=Healthy: close")
    page.screenshot(path=DOCS / "console-phone.png")


if __name__ == "__main__":
    main()
