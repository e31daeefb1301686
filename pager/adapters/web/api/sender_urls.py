"""The URL that a sender is given, by its protocol."""

from pager.access.integrations import ProtocolName

OF_ALL: dict[ProtocolName, str] = {
    "pagerduty": "<PUBLIC>/v2/enqueue",
    "opsgenie": "<PUBLIC>/",
    "goalert": "<PUBLIC>/api/v2/generic/incoming?token=<KEY>",
    "email": "mailto:<KEY>@<MAIL>",
}
OF_WEBHOOKS = "<PUBLIC>/integrations/v1/<PROTOCOL>/<KEY>/"


MAIL_DOMAIN = "DOMAIN"
"""In the place of the domain for e-mail, where the operator has set none."""


def sender_url(
    protocol: ProtocolName, key: str, public_url: str, mail_domain: str | None = None
) -> str:
    """The URL to give to a sender; its protocol says whether the key is in it."""
    text = OF_ALL.get(protocol, OF_WEBHOOKS).replace("<PROTOCOL>", protocol)
    text = text.replace("<PUBLIC>", public_url.rstrip("/")).replace("<KEY>", key)
    return text.replace("<MAIL>", mail_domain or MAIL_DOMAIN)
