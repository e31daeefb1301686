"""A team's own on-call: its configuration, what it expects of it, and `pager verify` on both."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import forked

CONFIGURATION = """\
people:
  Ada Lovelace:
    contact_methods:
      - email: ada@example.com
      - sms: "+33612345678"
        after: 5 min
  Grace Hopper:
    contact_methods:
      - email: grace@example.com
teams:
  Database: [Ada Lovelace, Grace Hopper]
schedules:
  Database:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - name: Weekly
            participants: [Ada Lovelace, Grace Hopper]
            starts: 2026-11-23 09:00
            shift_length: 7 days
policies:
  Database:
    levels:
      - targets: [{schedule: Database}]
        acknowledgement_delay: 10 min
      - targets: [{team: Database}, {email: ops@example.com}]
services:
  orders-db: {uses: Database}
"""
PROPERTIES = """\
properties:
  - somebody is reached within 10 minutes
  - somebody is reached by SMS within 10 minutes
"""
HOLDS = """\
Feature: Our on-call

  Scenario: Somebody is woken on a Sunday night
    Given it is 2026-11-29 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    And 9 minutes pass
    Then somebody of the team Database was reached by SMS
    And somebody on call in Database was reached
    And these Targets are notified:
      | Target                 |
      | Ada Lovelace by e-mail |
      | Ada Lovelace by SMS    |

  Scenario: Whenever it breaks
    When any service raises an Alert at any minute of the next 13 months
    Then somebody is reached within 10 minutes
    And no Level is empty
"""
DOES_NOT_HOLD = """\
Feature: Our wishes

  Scenario: Each Sunday by SMS
    Given it is any Sunday at 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    And 9 minutes pass
    Then somebody of the team Database was reached by SMS

  Scenario: A name that nobody has
    When orders-db raises the Alert "replication stopped"
    Then Ada Lovelac was reached

  Scenario: A service that is misspelt
    When orders raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: A service of another team
    When api raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: Nothing is asked
    When orders-db raises the Alert "replication stopped"

  Scenario: It is so already
    When 10 minutes pass
    Then orders-db is Healthy

  Scenario: Nothing happens
    Then nobody was reached

  Scenario: A Given that is a When only
    Given Grace Hopper takes over Database for 2 hours
    When orders-db raises the Alert "replication stopped"
    Then Grace Hopper was reached

  Scenario: A property that is none
    When the next 13 months pass
    Then somebody gets reached within 10 minutes

  Scenario: No property
    When any service raises an Alert at any minute of the next 13 months
    Then somebody was reached

  Scenario: A city alone
    Given it is Sunday 03:00 in Berlin
    When orders-db raises the Alert "replication stopped"
    Then somebody was reached

  Scenario: A region alone
    Given it is Sunday 03:00 in Europe
    When orders-db raises the Alert "replication stopped"
    Then somebody was reached

  Scenario: At too much
    Given it is Sunday at 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    Then somebody was reached

  Scenario: Any in short
    Given it is any monday at 3:00
    When orders-db raises the Alert "replication stopped"
    Then somebody was reached

  Scenario: A property of no time
    When orders-db raises the Alert "replication stopped"
    Then somebody is reached within 10 minutes

  Scenario: Any of many moments
    Given it is any Sunday at 03:00 in Europe/Paris
    When the next 13 months pass
    Then no Level is empty

  Scenario: Too far ahead
    When the next 61 months pass
    Then no Level is empty

  Scenario: No such day
    Given it is 2027-02-30 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: No such zone
    Given it is Sunday 03:00 in Europe/Pari
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: A time that the clocks skip
    Given it is 2027-03-28 02:30 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: No policy and no fallback
    When a service without a policy raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: One service, by SMS
    When orders-db raises an Alert at any minute of the next 2 months
    Then somebody is reached by SMS within 10 minutes
"""
FROM = "2026-11-24"
"""Ada Lovelace is on call."""


class Verified(NamedTuple):
    """What a run left."""

    status: int
    output: str

    def of(self, title: str) -> str:
        """What it says below that title."""
        [_, *found] = self.output.split(f" {title}\n\n", 1)
        text: str = found[0] if found else ""
        return text.split("\n  ✗ ", maxsplit=1)[0].split("\n  ✓ ", maxsplit=1)[0]


def verify(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> Verified:
    """Run the command in that folder."""
    inherited = {"PATH": os.environ["PATH"]}
    return Verified(*forked.run(folder, {**inherited, **(environment or {})}, "verify", *options))
