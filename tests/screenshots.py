"""The pictures of the README and of docs/console.md, taken of the program as it is.

`tox -e screenshots` takes them again; `python -m screenshots FOLDER` writes them to another folder.
"""

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
"""Not used here, but set: with everything set up, the pages show no warning."""
DOCS = Path(__file__).parents[1] / "docs"


def main(folder: Path) -> None:
    """Start the program, let three services fail, and write the pictures to `folder`."""
    executable = chromium()
    if executable is None:
        sys.exit(HOW_TO_RUN)
    folder.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as directory,
        MailServer() as mail,
        Program(
            Path(directory), PAGER_PUBLIC_URL=PUBLIC_URL, **mail_settings(mail), **TWILIO
        ) as pager,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=[*FLAGS]) as browser,
    ):
        let_services_fail(pager)
        link = urlsplit(pager.wait_for_output(FIRST)[1])
        take_pictures(browser, pager, link.path, folder)


def let_services_fail(pager: Program) -> None:
    """Make one incident of each stage, beside services that are Healthy."""
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
    acknowledgement = {"service_id": "billing", "incident": 1, "by": "grace@example.com"}
    pager.http.post("/acknowledgements", json=acknowledgement).raise_for_status()
    pager.wait_until(lambda: pager.service("search")["exhausted"] is True, "nobody answers")
    pager.wait_until(lambda: pager.service("checkout")["level"] == 2, "the checkout escalates")
    pager.wait_until_settled("checkout")


def take_pictures(browser: Browser, pager: Program, link: str, folder: Path) -> None:
    """Make the first account by `link`; then Now on a desk, and one incident on a phone, dark."""
    desk = browser.new_context(
        base_url=str(pager.http.base_url), viewport={"width": 1024, "height": 768}
    )
    page = desk.new_page()
    page.goto(link)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_selector("article")
    page.screenshot(path=folder / "console.png", full_page=True)
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
    page.screenshot(path=folder / "console-phone.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
