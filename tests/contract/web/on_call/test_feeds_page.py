"""Calendar feeds in the console: an address of one's own, shown once, and revoked."""

import re

import pytest
from fastapi import FastAPI

from contract.web.application import shared_application
from contract.web.forms import opened
from contract.web.people import GRACE, signed_in
from on_call_sample import fill
from pager.adapters.store.core.database import Database

PATH = "/console/me/feeds"


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application with the schedules of the sample."""
    fill(database)
    return shared_application(database)


def test_an_address_is_made_shown_once_and_revoked(app: FastAPI, database: Database) -> None:
    """Also by a viewer; a new one takes the place of the old one."""
    client = signed_in(app, database, "viewer")
    made = opened(client, f"{PATH}?kind=schedule&name=Database").press("Make an address")
    [url] = re.findall(r"http://testserver(/calendars/\S+\.ics)", made.response.text)
    assert client.get(url).text.startswith("BEGIN:VCALENDAR")
    again = opened(client, f"{PATH}?kind=schedule&name=Database")
    assert url not in again.response.text
    renewed = again.press("Make a new address")
    assert client.get(url).status_code == 404
    [url] = re.findall(r"http://testserver(/calendars/\S+\.ics)", renewed.response.text)
    [button] = [label for label in renewed.buttons if label.startswith("Revoke")]
    assert "None yet." in renewed.press(button).text
    assert client.get(url).status_code == 404


def test_nobody_sees_the_feeds_of_others(app: FastAPI, database: Database) -> None:
    """Each account has its own, of people and of schedules that there are."""
    ada = signed_in(app, database, "viewer")
    opened(ada, f"{PATH}?kind=person&name=Ada%20Lovelace").press("Make an address")
    assert "Ada Lovelace person, made" in opened(ada, PATH).text
    assert "None yet." in opened(signed_in(app, database, "viewer", GRACE), PATH).text
    assert ada.submit(PATH, kind="person", name="Nobody").status_code == 404
    assert ada.submit(PATH, kind="team", name="Core").status_code == 403
