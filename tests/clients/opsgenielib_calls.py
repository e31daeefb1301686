"""Calls of the package opsgenielib from PyPI, by a program of its own: URL and key are arguments.

opsgenie-sdk has no maintenance; this has. It prints what each call led to, as JSON. (The package
has no types.)
"""

# mypy: ignore-errors

import json
import sys
from datetime import UTC, datetime, timedelta

from opsgenielib import Opsgenie
from requests import HTTPError

POLICY = "e14dda76-488e-4e98-a1c7-78cda1900e27"


def main(url: str, key: str) -> None:
    """Pauses from their making to their end."""
    opsgenie = Opsgenie(key, url)
    told = {}
    window = opsgenie.set_maintenance_hours("team", 2, "policy", "A new disk", "enabled", POLICY)
    told["made"] = [window.status, window.description]
    told["hours"] = round((window.end_date - window.start_date) / timedelta(hours=1), 2)
    start = datetime.now(UTC) + timedelta(days=1)
    dates = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, start + timedelta(hours=1))]
    made = opsgenie.set_maintenance_schedule(
        "team", *dates, "integration", "Tomorrow", "disabled", [POLICY]
    )
    planned = made.json()["data"]["id"]
    told["planned"] = made.json()["data"]["status"]
    found = opsgenie.get_maintenance(planned)["data"]
    told["found"] = [found["description"], found["rules"][0]["entity"]["type"]]
    told["listed"] = [each.status for each in opsgenie.list_maintenance(non_expired=True)]
    told["cancelled"] = opsgenie.cancel_maintenance(window.id)["result"]
    told["deleted"] = opsgenie.delete_maintenance([planned]).json()["result"]
    told["past"] = [each.status for each in opsgenie.list_maintenance(past=True)]
    told["open"] = opsgenie.list_maintenance(non_expired=True)
    try:
        opsgenie.set_maintenance_hours("team", 2, "team", "", "disabled", POLICY)
    except HTTPError as error:
        told["refused"] = [error.response.status_code, *error.response.json()["errors"]]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
