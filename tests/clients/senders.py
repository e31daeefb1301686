"""Clients that nobody here wrote: how each is told where Pager is, and what it does.

Each step runs a program of its own: what it sends does not depend on what it has sent before.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple
from uuid import UUID

import npm
from clients.gate import Gate
from clients.pypi import python_with
from clients.site import Key
from pager.access.integrations import ProtocolName
from pager.adapters.web.intake.setup_texts import SETUPS, filled

Step = Literal["trigger", "acknowledge", "resolve"]
Command = Callable[[Gate, Key, Step], list[str]]

RUNS_WITHIN = 60.0  # seconds

TEXT = "p99 latency above 3 s"

PAGERDUTY_PYTHON = f"""
import sys, pagerduty
url, key, step = sys.argv[1:]
client = pagerduty.EventsApiV2Client(key, base_url=url)
if step == "trigger":
    assert client.trigger("{TEXT}", "web-1", dedup_key="web-1/latency") == "web-1/latency"
else:
    getattr(client, step)("web-1/latency")
"""

OPSGENIE_PYTHON = f"""
import sys, opsgenie_sdk as sdk
url, key, step = sys.argv[1:]
configuration = sdk.configuration.Configuration()
configuration.host = url
configuration.api_key["Authorization"] = key
client = sdk.AlertApi(sdk.ApiClient(configuration))
alias = dict(identifier="web-1/latency", identifier_type="alias")
if step == "trigger":
    payload = sdk.CreateAlertPayload(message="{TEXT}", alias="web-1/latency", priority="P1")
    answer = client.create_alert(payload)
elif step == "acknowledge":
    payload = sdk.AcknowledgeAlertPayload(user="grace")
    answer = client.acknowledge_alert(**alias, acknowledge_alert_payload=payload)
else:
    answer = client.close_alert(**alias, close_alert_payload=sdk.CloseAlertPayload(user="grace"))
assert answer.request_id
"""

PAGERDUTY_NODE = f"""
const {{ event }} = require("@pagerduty/pdjs");
const [server, routing_key, step] = process.argv.slice(1);
const payload = {{ summary: "{TEXT}", source: "web-1", severity: "critical" }};
event({{
  server,
  data: {{ routing_key, event_action: step, dedup_key: "web-1/latency", payload }},
}}).then((answer) => process.exit(answer.data.status === "success" ? 0 : 1));
"""

OPSGENIE_NODE = f"""
const opsgenie = require("opsgenie-sdk");
const [host, api_key, step] = process.argv.slice(1);
opsgenie.configure({{ host, api_key }});
const done = (error) => {{ if (error) {{ console.error(error); process.exit(1); }} }};
const alias = {{ identifier: "web-1/latency", identifierType: "alias" }};
const {{ alertV2 }} = opsgenie;
if (step === "trigger") alertV2.create({{ message: "{TEXT}", alias: "web-1/latency" }}, done);
else if (step === "acknowledge") alertV2.acknowledge(alias, {{ user: "grace" }}, done);
else alertV2.close(alias, {{ user: "grace" }}, done);
"""

APPRISE = f"""
import sys, apprise
from apprise.plugins import opsgenie, pagerduty
url, key, step = sys.argv[1:]
# These two know no other place than the makers' own, by the name of its region.
for region in pagerduty.PAGERDUTY_API_LOOKUP:
    pagerduty.PAGERDUTY_API_LOOKUP[region] = PAGERDUTY
for region in opsgenie.OPSGENIE_API_LOOKUP:
    opsgenie.OPSGENIE_API_LOOKUP[region] = OPSGENIE
sender = apprise.Apprise()
assert sender.add(URL)
kind = "success" if step == "resolve" else "failure"
assert sender.notify(title="Latency", body="{TEXT}", notify_type=kind)
"""


UPTIME_KUMA = """
const Module = require("module");
const [modules, home, name, notification, step] = process.argv.slice(1);
process.env.NODE_PATH = modules;
Module._initPaths();
// Its settings are in a database.
const load = Module._load;
Module._load = (file, ...rest) =>
  file === "../util-server" ? { setting: async () => null } : load(file, ...rest);
const Provider = require(`${home}/server/notification-providers/${name}.js`);
const isUp = step === "resolve";
const monitor = { id: 7, name: "web-1", type: "http", url: "https://web-1.example.com" };
const heartbeat = { monitorID: 7, status: isUp ? 1 : 0, msg: isUp ? "200 - OK" : "timeout" };
const text = `[web-1] [${isUp ? "✅ Up" : "🔴 Down"}] ${heartbeat.msg}`;
new Provider().send(JSON.parse(notification), text, monitor, heartbeat)
  .catch((error) => { console.error(error); process.exit(1); });
"""
UPTIME_KUMA_NEEDS = ("axios@0.27.2", "dayjs@1.11.13", "form-data@4.0.4", "liquidjs@10.21.1")


class Sender(NamedTuple):
    """One client, with one protocol."""

    protocol: ProtocolName
    command: Command
    steps: tuple[Step, ...] = ("trigger", "trigger", "acknowledge", "resolve")
    needs_https: bool = False
    sends_again: bool = True
    """Whether it tries again where Pager is busy."""
    routing: Mapping[str, object] = {}
    """Of its integration."""


def python(script: str) -> Command:
    """A script that is given the URL, the key and the step."""
    return lambda gate, key, step: [
        str(python_with("clients")),
        "-c",
        script,
        gate.url,
        key.key,
        step,
    ]


def node(script: str, package: str, *, with_scheme: bool) -> Command:
    """The same for Node.js, with a package of npm."""

    def command(gate: Gate, key: Key, step: Step) -> list[str]:
        modules = npm.installed(package) / "node_modules"
        place = gate.url if with_scheme else gate.host
        require = f"module.paths.unshift({json.dumps(str(modules))});"
        return [*npm.node().node, "-e", require + script, place, key.key, step]

    return command


def apprise(url: Callable[[Gate, Key], str]) -> Command:
    """Apprise, with a URL of its own kind."""

    def command(gate: Gate, key: Key, step: Step) -> list[str]:
        script = APPRISE.replace("URL)", f"{url(gate, key)!r})")
        script = script.replace("PAGERDUTY\n", f"{gate.url + '/v2/enqueue'!r}\n")
        script = script.replace("OPSGENIE\n", f"{gate.url + '/v2/alerts'!r}\n")
        return python(script)(gate, key, step)

    return command


def uptime_kuma(provider: str, settings: Callable[[Gate, Key], Mapping[str, str]]) -> Command:
    """The code with which Uptime Kuma notifies, out of its package."""

    def command(gate: Gate, key: Key, step: Step) -> list[str]:
        modules = npm.installed(*UPTIME_KUMA_NEEDS) / "node_modules"
        home = npm.unpacked("uptime-kuma@2.0.0-dev.0")
        notification = json.dumps(settings(gate, key))
        given = [str(modules), str(home), provider, notification, step]
        return [*npm.node().node, "-e", UPTIME_KUMA, *given]

    return command


def icinga(gate: Gate, key: Key, step: Step) -> list[str]:
    """Curl, as a NotificationCommand of Icinga 2 calls it."""
    event = {
        "routing_key": key.key,
        "event_action": step,
        "dedup_key": "web-1!http",
        "payload": {"summary": "CRITICAL", "source": "web-1", "severity": "critical"},
    }
    header = "Content-Type: application/json"
    body = json.dumps(event)
    return ["curl", "--fail", "--silent", "-H", header, "-d", body, f"{gate.url}/v2/enqueue"]


SENDERS: Mapping[str, Sender] = {
    "pagerduty 7.2.0 of PyPI": Sender("pagerduty", python(PAGERDUTY_PYTHON), needs_https=True),
    "@pagerduty/pdjs 2.2.4 of npm": Sender(
        "pagerduty",
        node(PAGERDUTY_NODE, "@pagerduty/pdjs@2.2.4", with_scheme=False),
        needs_https=True,
        sends_again=False,
    ),
    "curl of Icinga 2": Sender("pagerduty", icinga, sends_again=False),
    "opsgenie-sdk 2.1.5 of PyPI": Sender("opsgenie", python(OPSGENIE_PYTHON)),
    "opsgenie-sdk 0.5.1 of npm": Sender(
        "opsgenie",
        node(OPSGENIE_NODE, "opsgenie-sdk@0.5.1", with_scheme=True),
        sends_again=False,
    ),
    "apprise 2.3.0, pagerduty://": Sender(
        "pagerduty",
        apprise(lambda _, key: f"pagerduty://{key.key}@{key.key}/web-1"),
        ("trigger", "trigger"),
        sends_again=False,
    ),
    "apprise 2.3.0, opsgenie://": Sender(
        "opsgenie",
        apprise(lambda _, key: f"opsgenie://{UUID(key.key)}/?alias=latency"),
        ("trigger", "trigger"),
        sends_again=False,
    ),
    "apprise 2.3.0, goalert://": Sender(
        "goalert",
        apprise(lambda gate, key: f"goalert://{gate.host}/{UUID(key.key)}"),
        ("trigger", "trigger", "resolve"),
        sends_again=False,
    ),
    "apprise 2.3.0, json://": Sender(
        "webhook",
        apprise(lambda gate, key: f"json://{gate.host}/integrations/v1/webhook/{key.key}/"),
        ("trigger", "trigger", "resolve"),
        sends_again=False,
        routing={"paths": {"state": "type", "resolved": ["success"], "dedup_key": "title"}},
    ),
    "Uptime Kuma 2.0.0-dev.0, PagerDuty": Sender(
        "pagerduty",
        uptime_kuma(
            "pagerduty",
            lambda gate, key: {
                "pagerdutyIntegrationKey": key.key,
                "pagerdutyIntegrationUrl": f"{gate.url}/v2/enqueue",
                "pagerdutyAutoResolve": "resolve",
                "pagerdutyPriority": "critical",
            },
        ),
        ("trigger", "trigger", "resolve"),
        sends_again=False,
    ),
    "Uptime Kuma 2.0.0-dev.0, GoAlert": Sender(
        "goalert",
        uptime_kuma(
            "goalert",
            lambda gate, key: {"goAlertBaseURL": gate.url, "goAlertToken": key.key},
        ),
        ("trigger", "trigger", "resolve"),
        sends_again=False,
    ),
    "Uptime Kuma 2.0.0-dev.0, webhook": Sender(
        "uptime-kuma",
        uptime_kuma(
            "webhook",
            lambda gate, key: {
                "webhookURL": f"{gate.url}/integrations/v1/uptime-kuma/{key.key}/",
                "webhookContentType": "json",
            },
        ),
        ("trigger", "trigger", "resolve"),
        sends_again=False,
    ),
}


def curl_lines(protocol: ProtocolName, gate: Gate, key: Key) -> list[str]:
    """What the console shows for curl, as it is pasted into a terminal; empty where there is none.

    A line that fails ends it.
    """
    return [
        filled(setup.text, protocol, key.key, gate.url).replace("curl ", "curl --fail -sS ")
        for setup in SETUPS[protocol]
        if setup.sender == "curl"
    ]


def run(command: list[str], certificate: str | None) -> None:
    """Run a step to its end. The certificate is that of the authority that the client trusts."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    if certificate is not None:
        environment |= {"SSL_CERT_FILE": certificate, "NODE_EXTRA_CA_CERTS": certificate}
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=RUNS_WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
