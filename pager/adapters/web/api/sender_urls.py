"""The URL that a sender is given, by its protocol."""

from pager.access.integrations import ProtocolName

OF_ALL: dict[ProtocolName, str] = {
    "pagerduty": "<PUBLIC>/v2/enqueue",
    "opsgenie": "<PUBLIC>/",
    "goalert": "<PUBLIC>/api/v2/generic/incoming?token=<KEY>",
    # E-mail has an address and no URL.
    "email": "",
}
OF_WEBHOOKS = "<PUBLIC>/integrations/v1/<PROTOCOL>/<KEY>/"


def sender_url(protocol: ProtocolName, key: str, public_url: str) -> str:
    """The URL to give to a sender; its protocol says whether the key is in it."""
    text = OF_ALL.get(protocol, OF_WEBHOOKS).replace("<PROTOCOL>", protocol)
    return text.replace("<PUBLIC>", public_url.rstrip("/")).replace("<KEY>", key)
