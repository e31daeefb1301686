"""The pictures of the README and of docs/console.md: the console with the services of the sample.

`tox -e screenshots` takes them again; `python -m screenshots FOLDER` writes them to another folder.
"""

import base64
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from browser import FLAGS, HOW_TO_RUN, chromium
from contract.web.application import link
from contract.web.people import COOKIE
from html_mail import html_of
from sample import Sample, sample
from sample_emails import MAILS

DOCS = Path(__file__).parents[1] / "docs"
SERVICE = "/console/services/checkout-api"
SCHEDULE = "/console/schedules/Database"
PAGES = {
    "Now": "/",
    "The link in an e-mail": urlsplit(link()).path,
    "An incident": "/incidents/checkout-api/1",
    "Incidents": "/incidents",
    "Text for a post-mortem": "/incidents/billing/1/post-mortem",
    "A service": SERVICE,
    "A policy": f"{SERVICE}/policy",
    "Its history": f"{SERVICE}/policy/history",
    "Test pages": f"{SERVICE}/policy/test",
    "Removing a policy": f"{SERVICE}/policy/remove",
    "Copying a policy": f"{SERVICE}/policy/copy",
    "Policies": "/console/policies",
    "Where somebody is notified": "/console/policies?target=edsger@example.com",
    "One target for another, everywhere": "/console/policies/replace"
    "?target=edsger@example.com&action=replace&by=barbara@example.com",
    "A policy that services share": "/console/shared-policies/Storage",
    "Services that use it": "/console/shared-policies/Storage/services",
    "Who is told, and why": "/console/explanation?service=kafka-eu&at=Sunday+03:00"
    "&person=Grace+Hopper",
    "On call": "/console/on-call",
    "A schedule": SCHEDULE,
    "Its editor": f"{SCHEDULE}/edit",
    "A new schedule": "/console/on-call/new",
    "People": "/console/people",
    "A person": "/console/people/Grace%20Hopper",
    "A team": "/console/teams/Storage",
    "Your account": "/console/me",
    "Your calendar feeds": "/console/me/feeds",
    "Maintenance": "/console/maintenance",
    "Checks": "/console/checks",
    "Heartbeats": "/console/heartbeats",
    "Accounts": "/console/accounts",
    "API keys": "/console/keys",
    "Integrations": "/console/integrations",
    "A new integration": "/console/integrations/new?protocol=grafana",
    "An integration": "/console/integrations/2",
    "Audit log": "/console/audit-log",
    "Sign in": "/console/login",
}
"""The pages on the contact sheet. People see the one to sign in without a session."""
PICTURES = {"/": "console", SCHEDULE: "schedule"}
"""The pages of which the documents show pictures, and what these are called."""

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


class Shot(NamedTuple):
    """A page as a browser shows it."""

    title: str
    scheme: Scheme
    width: int
    kilobytes: float
    image: bytes


def main(folder: Path) -> None:
    """Serve the sample, and write the pictures to `folder`."""
    executable = chromium()
    if executable is None:
        sys.exit(HOW_TO_RUN)
    folder.mkdir(exist_ok=True)
    with (
        sample() as served,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=[*FLAGS]) as browser,
    ):
        take_pictures(browser, served, folder)
        taken = [*shots(browser, served), *email_shots(browser)]
        contact_sheet(browser, taken, folder / "console-pages.jpeg")


def take_pictures(browser: Browser, served: Sample, folder: Path) -> None:
    """Now and a schedule on a desk, and on a phone at night."""
    with signed_in(browser, served, DESK, "light") as desk:
        for path, name in PICTURES.items():
            page = desk.new_page()
            page.goto(path)
            page.screenshot(path=folder / f"{name}.png")
    with signed_in(browser, served, PHONE, "dark", scale=2) as phone:
        for path, name in PICTURES.items():
            page = phone.new_page()
            page.goto(path)
            page.screenshot(path=folder / f"{name}-phone.png")


def shots(browser: Browser, served: Sample) -> Iterator[Shot]:
    """Every page, wide and narrow, light and dark."""
    for viewport in (DESK, PHONE):
        for scheme in SCHEMES:
            with signed_in(browser, served, viewport, scheme) as context:
                for title, path in PAGES.items():
                    if title == "Sign in":
                        context.clear_cookies()
                    page = context.new_page()
                    answer = page.goto(path)
                    assert answer is not None
                    assert answer.ok, f"{path}: {answer.status}"
                    size = len(answer.body()) / 1_000
                    yield Shot(title, scheme, viewport["width"], size, page.screenshot())
                    page.close()


def email_shots(browser: Browser) -> Iterator[Shot]:
    """Every e-mail, wide and narrow, light and dark."""
    for viewport in (DESK, PHONE):
        for scheme in SCHEMES:
            with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
                for name, content in MAILS.items():
                    page = context.new_page()
                    page.set_content(html_of(content))
                    size = len(content) / 1_000
                    yield Shot(name, scheme, viewport["width"], size, page.screenshot())
                    page.close()


def signed_in(
    browser: Browser, served: Sample, viewport: ViewportSize, scheme: Scheme, scale: int = 1
) -> BrowserContext:
    """The browser of an administrator."""
    context = browser.new_context(
        base_url=served.url, viewport=viewport, color_scheme=scheme, device_scale_factor=scale
    )
    context.add_cookies([{"name": COOKIE, "value": served.session, "url": served.url}])
    return context


def contact_sheet(browser: Browser, taken: list[Shot], path: Path) -> None:
    """Write one picture that has all of them: a row a page, with its size."""
    rows = []
    for title in dict.fromkeys(shot.title for shot in taken):
        own = [shot for shot in taken if shot.title == title]
        images = "".join(
            f'<img width="{shot.width // 4 if shot.width > 500 else 104}" '
            f'src="data:image/png;base64,{base64.b64encode(shot.image).decode()}">'
            for shot in own
        )
        rows.append(f"<h2>{escape(title)}, {own[0].kilobytes:.0f} kB</h2><div>{images}</div>")
    with browser.new_context(viewport=ViewportSize(width=940, height=600)) as context:
        page = context.new_page()
        page.set_content(
            "<style>body { font: 14px system-ui; background: #8b909a; margin: 16px }"
            "h2 { font-size: 14px; margin: 16px 0 6px } div { display: flex; gap: 12px }"
            f"img {{ object-fit: cover; object-position: top }}</style>{''.join(rows)}"
        )
        page.screenshot(path=path, full_page=True, type="jpeg", quality=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
