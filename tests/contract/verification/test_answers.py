"""What `pager verify` answers where a scenario says something else than its author means."""

from pathlib import Path

import pytest

from contract.verification.own_on_call import CONFIGURATION, FROM, verify

SCOPED = """\
Feature: One service

  Scenario: Of a schedule
    When orders-db raises an Alert at any minute of the next 2 months
    Then nobody is on call more than 7 days running

  Scenario: Of another one
    When orders-db raises an Alert at any minute of the next 2 months
    Then Database: nobody is on call more than 7 days running

  Scenario: Of a service that is not the one of the When
    When orders-db raises an Alert at any minute of the next 2 months
    Then checkout-api: no Level is empty

  Scenario: Of the same
    When orders-db raises an Alert at any minute of the next 2 months
    Then orders-db: no Level is empty

  Scenario: Of a team that is misspelt
    When orders-db raises an Alert at any minute of the next 2 months
    Then somebody of the team Databse is reached within 10 minutes
"""


def test_a_property_is_about_what_its_when_is_about(folder: Path) -> None:
    """One that is about something else is refused, with what to write."""
    folder.joinpath("on-call.feature").write_text(SCOPED, encoding="utf-8")
    verified = verify(folder, "--from", FROM)
    about = " and the When above it about orders-db alone."
    assert f"“nobody is on call more than 7 days running” is about schedules,{about}" in (
        verified.of("Of a schedule")
    )
    assert "Write “When the next 2 months pass” above it" in verified.of("Of another one")
    assert f"“checkout-api: no Level is empty” is about checkout-api,{about}" in (
        verified.of("Of a service that is not the one of the When")
    )
    assert "Did you mean Database?" in verified.of("Of a team that is misspelt")
    assert "✓ Of the same" in verified.output


ZOE, ZOE_OF_MACOS = "Zo\u00eb", "Zoe\u0308"
"""The same name to everybody who reads it, in three characters and in four."""
NAMED = """\
Feature: Names

  Scenario: Zoe
    Given it is 2026-11-29 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped by Zoe"
    Then Zoe was reached by e-mail
    And somebody of the team Zoe was reached
    And Zoe is on call in Zoe
    And these Targets are notified:
      | Target        | Message                    |
      | Zoe by e-mail | replication stopped by Zoe |

  Scenario: The properties
    When the next 2 months pass
    Then Zoe: nobody is on call more than 8 days running
    And somebody of the team Zoe is reached within 10 minutes
"""


@pytest.mark.proof
@pytest.mark.parametrize(("of_yaml", "of_feature"), [(ZOE, ZOE_OF_MACOS), (ZOE_OF_MACOS, ZOE)])
def test_a_name_is_found_in_whichever_characters_it_is_written(
    folder: Path, of_yaml: str, of_feature: str
) -> None:
    """In steps and tables, and from one YAML file to another."""
    people, rest = CONFIGURATION.split("teams:\n")
    rest = rest.replace("Database", of_feature)
    (folder / "on-call.yaml").write_text(
        people.replace("Ada Lovelace", of_yaml), encoding="utf-8", newline="\n"
    )
    (folder / "rest.yaml").write_text(
        "teams:\n" + rest.replace("Ada Lovelace", of_feature), encoding="utf-8", newline="\n"
    )
    (folder / "on-call.feature").write_text(
        NAMED.replace("Zoe", of_feature), encoding="utf-8", newline="\n"
    )
    assert verify(folder, "--from", FROM, "-k", of_yaml).status == 0
    (folder / "on-call.feature").write_text(NAMED.replace("Zoe", of_yaml), encoding="utf-8")
    verified = verify(folder, "--from", FROM)
    assert verified.status == 0, verified.output


UNSAID = """\
Feature: What is not so

  Scenario: Without a policy
    Given a service without a policy is Unhealthy
    When 5 minutes pass
    Then nobody was reached

  Scenario: Refused
    When a service without a policy raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: Refused as it is to be
    When a service without a policy raises the Alert "replication stopped"
    Then the Pager refused an Alert of a service without a policy, which had no Escalation Policy

  Scenario: No SMS
    When the carrier delivers the SMS to Ada Lovelace
    Then Ada Lovelace was reached by SMS

  Scenario: Nobody
    When Ada Lovelace takes over Database for 2 hours
    Then somebody was reached

  Scenario: No table
    When orders-db raises the Alert "replication stopped"
    Then these Targets are notified:
"""


def test_what_is_not_so_is_answered_with_what_to_write(folder: Path) -> None:
    """In the words of a team, which writes its policies in YAML."""
    folder.joinpath("on-call.feature").write_text(UNSAID, encoding="utf-8")
    verified = verify(folder, "--from", FROM)
    assert "Give it one below `services` in your YAML files" in verified.of("Without a policy")
    assert (
        "If that is right, write “Then the Pager refused an Alert of a service without a policy,"
        " which had no Escalation Policy”."
    ) in verified.of("Refused")
    assert "✓ Refused as it is to be" in verified.output
    assert "The SMS gateway has taken no SMS for Ada Lovelace yet." in verified.of("No SMS")
    assert "Reached: nobody." in verified.of("Nobody")
    assert "needs a table below it. Columns: Target, and any of Service" in verified.of("No table")
