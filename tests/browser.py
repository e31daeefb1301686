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
REFRESH_INTERVAL = 5_000
"""Milliseconds: how often a page of the console refreshes itself."""
HOW_TO_RUN = "This needs Chromium on the PATH: on Debian, `apt-get install chromium`."
# As root, as in many containers, Chromium starts only without its sandbox. The other two: it shows
# our own pages here, and needs nothing from the internet.
FLAGS = (
    "--no-sandbox",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
)


def chromium() -> str | None:
    """The path of Chromium on this machine; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running Chromium, by the URL that Playwright connects to.

    Skips the test where there is no Chromium, and fails it where CI promises that there is.
    """
    executable = chromium()
    if executable is None:
        if "CI" in os.environ:
            pytest.fail(HOW_TO_RUN)
        pytest.skip(HOW_TO_RUN)
    profile = tmp_path_factory.mktemp("chromium")
    with subprocess.Popen(
        [
            executable,
            "--headless",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            *FLAGS,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield _devtools_url(process)
        finally:
            process.terminate()


def _devtools_url(process: "subprocess.Popen[str]") -> str:
    """The URL that Chromium prints once it listens."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if match := re.search(r"DevTools listening on (ws://\S+)", line):
            # Go on reading: Chromium stops when the pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return match[1]
    pytest.fail(f"Chromium did not start:\n{''.join(lines)}")


# Playwright keeps an event loop running in its thread, in which tests of other modules start their
# own: so Playwright lives as long as one module, and Chromium as long as the whole run.
@pytest.fixture(scope="module")
def browser(chromium_url: str) -> "Iterator[Browser]":
    """Chromium, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - as above

    # Its own five seconds are few on a busy machine.
    expect.set_options(timeout=30_000)

    with sync_playwright() as playwright:
        connected = playwright.chromium.connect_over_cdp(chromium_url)
        yield connected
        connected.close()


def violations(page: "Page") -> list[str]:
    """The rules of axe that the page breaks; its context must bypass the CSP."""
    axe = installed(AXE) / "node_modules/axe-core/axe.min.js"
    page.evaluate(axe.read_text(encoding="utf-8"))
    # What a page does right is as long as the page.
    broken = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
    )
    return [f"{rule['id']}: {rule['help']}: {rule['nodes'][0]['html']}" for rule in broken]
