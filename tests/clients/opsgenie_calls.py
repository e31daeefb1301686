"""Calls of the package opsgenie-sdk from PyPI, by a program of its own: URL and key are arguments.

It prints what each call led to, as JSON. (The package has no types.)
"""

# mypy: ignore-errors

import json
import sys
from datetime import UTC, datetime, timedelta

import opsgenie_sdk
from opsgenie_sdk.exceptions import get_all_exceptions

ALIAS = "checkout-api/latency"


def main(url: str, key: str) -> None:
    """An alert from its creation to its end, and what it is asked about meanwhile."""
    configuration = opsgenie_sdk.Configuration()
    configuration.host = url
    configuration.api_key["Authorization"] = key
    configuration.short_polling_max_retries = 0
    configuration.retry_enabled = False
    api = opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(configuration))
    named = {"identifier": ALIAS, "identifier_type": "alias"}

    def created(**more):
        payload = opsgenie_sdk.CreateAlertPayload(message="p99 latency above 3 s", **more)
        return api.create_alert(create_alert_payload=payload)

    def status(accepted):
        return accepted.retrieve_result().data.status

    def alert(identifier=ALIAS, kind="alias"):
        return api.get_alert(identifier=identifier, identifier_type=kind).data

    told = {}
    first = created(
        alias=ALIAS,
        description="p99 of checkout-api is 3.4 s",
        responders=[{"name": "platform", "type": "team"}],
        tags=["eu"],
        details={"region": "eu"},
        entity="checkout-api",
        priority="P1",
        user="ada",
        note="n",
    )
    told["created"] = status(first)
    told["same id"] = first.id == alert().id == alert(alert().tiny_id, "tiny").id
    told["again"] = status(created(alias=ALIAS))
    told["count"] = alert().count
    told["acknowledged"] = status(
        api.acknowledge_alert(
            **named, acknowledge_alert_payload=opsgenie_sdk.AcknowledgeAlertPayload(user="ada")
        )
    )
    told["owner"] = alert().owner
    told["unacknowledged"] = status(api.un_acknowledge_alert(**named))
    told["escalated"] = status(
        api.escalate_alert(
            **named,
            escalate_alert_to_next_payload=opsgenie_sdk.EscalateAlertToNextPayload(
                escalation={"name": "p"}
            ),
        )
    )
    end = datetime.now(UTC) + timedelta(hours=1)
    told["snoozed"] = status(
        api.snooze_alert(
            **named, snooze_alert_payload=opsgenie_sdk.SnoozeAlertPayload(end_time=end)
        )
    )
    until = alert().snoozed_until
    told["until"] = abs((until - end).total_seconds()) < 1
    told["noted"] = status(
        api.add_note(
            **named,
            add_note_to_alert_payload=opsgenie_sdk.AddNoteToAlertPayload(note="looking"),
        )
    )
    told["notes"] = sorted(note.note for note in api.list_notes(**named).data)
    told["tagged"] = status(
        api.add_tags(
            **named, add_tags_to_alert_payload=opsgenie_sdk.AddTagsToAlertPayload(tags=["shop"])
        )
    )
    told["untagged"] = status(api.remove_tags(**named, tags=["eu"]))
    told["detailed"] = status(
        api.add_details(
            **named,
            add_details_to_alert_payload=opsgenie_sdk.AddDetailsToAlertPayload(
                details={"host": "web-1"}
            ),
        )
    )
    told["undetailed"] = status(api.remove_details(**named, keys=["region"]))
    told["message"] = status(
        api.update_alert_message(
            **named,
            update_alert_message_payload=opsgenie_sdk.UpdateAlertMessagePayload(message="New"),
        )
    )
    told["now"] = [alert().message, alert().tags, alert().details, alert().priority]
    listed = api.list_alerts(query="status: open AND tag: shop", limit=10, sort="updatedAt")
    told["listed"] = [each.alias for each in listed.data]
    told["open"] = api.count_alerts(query="status: open").data.count
    told["closed"] = status(
        api.close_alert(**named, close_alert_payload=opsgenie_sdk.CloseAlertPayload(note="fixed"))
    )
    told["at the end"] = alert().status
    told["deleted"] = status(api.delete_alert(**named))
    told["errors"] = []
    for call in (
        lambda: alert("unknown"),
        lambda: api.list_alerts(query="NOT status: open"),
        lambda: api.list_logs(**named),
    ):
        try:
            call()
        except get_all_exceptions() as error:
            told["errors"].append([error.status, json.loads(error.body)["message"][:30]])
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
