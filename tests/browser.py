"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from npm import installed

if TYPE_CHECKING:  # every environment has this fixture, and not every one has Playwright
    from playwright.sync_api import Browser, Page

AXE = "axe-core@4.14.1"
NAMES = ("chromium", "chromium-browser", "google-chrome")
RENEWED_EVERY = 5_000
"""Milliseconds: how often a page of the console looks what has happened."""
HOW_TO_RUN = "This needs Chromium on the PATH: on Debian, `apt-get install chromium`."
# As root, as in many a container, Chromium starts only without its sandbox. The other two: it
# shows our own pages here, and has nothing to look up elsewhere.
FLAGS = (
    "--no-sandbox",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
)


def chromium() -> str | None:
    """Where it is on this machine; None where it is not."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running Chromium, by the URL that Playwright connects to.

    Skips the test where there is no Chromium, and fails it where CI promises that there is.
    """
    found = chromium()
    if found is None:
        if "CI" in os.environ:
            pytest.fail(HOW_TO_RUN)
        pytest.skip(HOW_TO_RUN)
    profile = tmp_path_factory.mktemp("chromium")
    with subprocess.Popen(
        [found, "--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}", *FLAGS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        try:
            yield _listens_on(running)
        finally:
            running.terminate()


def _listens_on(running: "subprocess.Popen[str]") -> str:
    """What Chromium says about itself, once it listens."""
    assert running.stderr is not None
    lines = []
    for line in running.stderr:
        lines.append(line)
        if found := re.search(r"DevTools listening on (ws://\S+)", line):
            # Somebody has to read on, or Chromium would wait for a reader.
            threading.Thread(target=running.stderr.read, daemon=True).start()
            return found[1]
    pytest.fail(f"Chromium did not start:\n{''.join(lines)}")


# Playwright keeps an event loop running in its thread, where tests of other modules start theirs:
# it is there for one module, and Chromium for all of them.
@pytest.fixture(scope="module")
def browser(chromium_url: str) -> "Iterator[Browser]":
    """Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - as above

    with sync_playwright() as playwright:
        connected = playwright.chromium.connect_over_cdp(chromium_url)
        yield connected
        connected.close()


def violations(page: "Page") -> list[str]:
    """What axe has to say against the page as it stands; its context must bypass the CSP."""
    axe = installed(AXE) / "node_modules/axe-core/axe.min.js"
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html']}" for each in found]
