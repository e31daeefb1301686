"""What to paste into the configuration of each sender: data, for the console and for the documents.

In a text, <URL>, <KEY>, <UUID> (the key as some senders want it), <PUBLIC> (Pager's own URL),
<HOST> (the host and port of that) and <MAIL> (the domain for e-mail) stand for what an integration
has.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from pager.access.integrations import KEY, ProtocolName
from pager.adapters.web.api.sender_urls import MAIL_DOMAIN, sender_url


class ProtocolText(NamedTuple):
    """A protocol in words."""

    title: str
    senders: str
    """Who speaks it."""
    field_hint: str
    """What may name the service in its events."""


class Setup(NamedTuple):
    """How one sender is set up."""

    sender: str
    where: str
    """Where the text goes."""
    text: str


PROTOCOL_TEXTS: Mapping[ProtocolName, ProtocolText] = {
    "alertmanager": ProtocolText(
        "Alertmanager", "Prometheus Alertmanager, by its webhook", "a label, such as service"
    ),
    "cloudevents": ProtocolText(
        "CloudEvents", "whatever sends CloudEvents 1.0 over HTTP", "subject, source or type"
    ),
    "email": ProtocolText(
        "E-mail",
        "whatever can only send an e-mail",
        "from, subject, or the name of a line of the text, such as host",
    ),
    "goalert": ProtocolText(
        "GoAlert", "senders to GoAlert's generic API: apprise, Uptime Kuma", "summary"
    ),
    "grafana": ProtocolText("Grafana", "the contact points of Grafana", "a label, such as service"),
    "grafana-oncall": ProtocolText(
        "Grafana OnCall", "senders to a webhook of Grafana OnCall", "a field of the payload"
    ),
    "opsgenie": ProtocolText(
        "Opsgenie", "clients of Opsgenie's Alert API", "entity, source, or a key of details"
    ),
    "pagerduty": ProtocolText(
        "PagerDuty", "clients of PagerDuty's Events API v2", "source, component, group or class"
    ),
    "uptime-kuma": ProtocolText("Uptime Kuma", "Uptime Kuma, by its webhook", "monitor"),
    "webhook": ProtocolText(
        "Any JSON webhook", "whatever posts JSON to a URL", "a field of the payload"
    ),
}

SETUPS: Mapping[ProtocolName, Sequence[Setup]] = {
    "alertmanager": [
        Setup(
            "Alertmanager",
            "alertmanager.yml",
            "receivers:\n"
            "  - name: pager\n"
            "    webhook_configs:\n"
            "      - url: <URL>\n"
            "        send_resolved: true",
        ),
        Setup(
            "Alertmanager, with the key in a header",
            "alertmanager.yml",
            "receivers:\n"
            "  - name: pager\n"
            "    webhook_configs:\n"
            "      - url: <PUBLIC>/integrations/v1/alertmanager\n"
            "        send_resolved: true\n"
            "        http_config:\n"
            "          authorization:\n"
            "            credentials: <KEY>",
        ),
    ],
    "cloudevents": [
        Setup(
            "curl",
            "a terminal",
            "curl <URL> \\\n"
            "  -H 'Content-Type: application/cloudevents+json' \\\n"
            '  -d \'{"specversion": "1.0", "id": "1", "type": "com.example.alert",\n'
            '       "source": "/disks", "data": {"message": "Disk full"}}\'',
        )
    ],
    "email": [
        Setup(
            "The sender",
            "where it asks for a recipient; the domain is one that your mail server hands over",
            "<KEY>@<MAIL>",
        ),
        Setup(
            "Alertmanager",
            "alertmanager.yml",
            "receivers:\n"
            "  - name: pager\n"
            "    email_configs:\n"
            "      - to: <KEY>@<MAIL>\n"
            "        send_resolved: true",
        ),
        Setup("monit", "monitrc", "set alert <KEY>@<MAIL>"),
        Setup("smartd", "smartd.conf", "DEVICESCAN -m <KEY>@<MAIL>"),
        Setup(
            "Icinga 2",
            "users.conf",
            'object User "pager" {\n  email = "<KEY>@<MAIL>"\n}',
        ),
    ],
    "goalert": [
        Setup("apprise", "apprise.yml, or the command line", "goalerts://<HOST>/<UUID>"),
        Setup(
            "Uptime Kuma",
            "Settings, Notifications, GoAlert",
            "Base URL: <PUBLIC>\nToken: <KEY>",
        ),
        Setup(
            "curl",
            "a terminal",
            "curl '<URL>' -d summary='Disk full' -d dedup=disk\n"
            "curl '<URL>' -d summary='Disk full' -d dedup=disk -d action=close",
        ),
    ],
    "grafana": [
        Setup(
            "Grafana",
            "provisioning/alerting/pager.yml",
            "apiVersion: 1\n"
            "contactPoints:\n"
            "  - orgId: 1\n"
            "    name: Pager\n"
            "    receivers:\n"
            "      - uid: pager\n"
            "        type: webhook\n"
            "        settings:\n"
            "          url: <PUBLIC>/integrations/v1/grafana\n"
            "          authorization_scheme: Bearer\n"
            "          authorization_credentials: <KEY>",
        ),
        Setup(
            "Grafana, by hand",
            "Alerting, Contact points, Add contact point, Webhook",
            "URL: <PUBLIC>/integrations/v1/grafana\n"
            "Authorization Header - Scheme: Bearer\n"
            "Authorization Header - Credentials: <KEY>",
        ),
    ],
    "grafana-oncall": [
        Setup("The sender", "in the place of the URL that Grafana OnCall gave you", "<URL>"),
        Setup(
            "curl",
            "a terminal",
            "curl <PUBLIC>/integrations/v1/formatted_webhook/<KEY>/ \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"alert_uid": "disk", "title": "Disk full", "state": "alerting"}\'',
        ),
    ],
    "opsgenie": [
        Setup(
            "Alertmanager",
            "alertmanager.yml",
            "receivers:\n"
            "  - name: pager\n"
            "    opsgenie_configs:\n"
            "      - api_key: <KEY>\n"
            "        api_url: <PUBLIC>/",
        ),
        Setup(
            "Python, opsgenie-sdk",
            "where the client is configured",
            "configuration = opsgenie_sdk.configuration.Configuration()\n"
            'configuration.host = "<PUBLIC>"\n'
            'configuration.api_key["Authorization"] = "<KEY>"',
        ),
        Setup(
            "Node.js, opsgenie-sdk",
            "where the client is configured",
            'opsgenie.configure({host: "<PUBLIC>", api_key: "<KEY>"});',
        ),
        Setup(
            "curl",
            "a terminal",
            "curl <PUBLIC>/v2/alerts \\\n"
            "  -H 'Authorization: GenieKey <KEY>' \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"message": "Disk full", "alias": "disk"}\'',
        ),
    ],
    "pagerduty": [
        Setup(
            "Alertmanager",
            "alertmanager.yml",
            "receivers:\n"
            "  - name: pager\n"
            "    pagerduty_configs:\n"
            "      - routing_key: <KEY>\n"
            "        url: <URL>",
        ),
        Setup(
            "Python, pagerduty",
            "where the client is made (it takes https only)",
            'client = pagerduty.EventsApiV2Client("<KEY>", base_url="<PUBLIC>")',
        ),
        Setup(
            "Node.js, @pagerduty/pdjs",
            "where an event is sent (it takes https only)",
            'event({server: "<HOST>", data: {routing_key: "<KEY>", event_action: "trigger", …}})',
        ),
        Setup(
            "Uptime Kuma",
            "Settings, Notifications, PagerDuty",
            "Integration Key: <KEY>\nIntegration URL: <URL>",
        ),
        Setup(
            "Icinga 2",
            "a NotificationCommand, by curl; the same with resolve where it recovers",
            "curl <URL> -H 'Content-Type: application/json' \\\n"
            '  -d \'{"routing_key": "<KEY>", "event_action": "trigger",\n'
            '       "dedup_key": "HOST!SERVICE",\n'
            '       "payload": {"summary": "OUTPUT", "source": "HOST", "severity": "critical"}}\'',
        ),
    ],
    "uptime-kuma": [
        Setup(
            "Uptime Kuma",
            "Settings, Notifications, Webhook",
            "Post URL: <URL>\nRequest Body: Preset - application/json",
        )
    ],
    "webhook": [
        Setup(
            "curl",
            "a terminal",
            "curl <URL> \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"title": "Disk full", "id": "disk", "status": "firing"}\'\n'
            "curl <URL> \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"title": "Disk full", "id": "disk", "status": "resolved"}\'',
        ),
        Setup(
            "apprise",
            "apprise.yml, or the command line",
            "jsons://<HOST>/integrations/v1/webhook/<KEY>/",
        ),
    ],
}


def filled(
    text: str,
    protocol: ProtocolName,
    key: str,
    public_url: str,
    mail_domain: str | None = None,
) -> str:
    """`text` of a Setup, for the integration that has `key`."""
    public_url = public_url.rstrip("/")
    values = {
        "<URL>": sender_url(protocol, key, public_url, mail_domain),
        "<KEY>": key,
        "<UUID>": str(UUID(key)) if KEY.fullmatch(key) else key,
        "<PUBLIC>": public_url,
        "<MAIL>": mail_domain or MAIL_DOMAIN,
        "<HOST>": urlsplit(public_url).netloc + urlsplit(public_url).path,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text
