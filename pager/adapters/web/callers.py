"""The rule for each kind of caller. The table of `routes` says what each of them may call."""

from pager.access.integrations import PROTOCOLS
from pager.adapters.web.route_rules import (
    NeedsAccount,
    NeedsCallback,
    NeedsFeed,
    NeedsIntegration,
    NeedsKey,
    NeedsKeyInBody,
    NeedsLink,
    Open,
    Rule,
)

WEBHOOKS = tuple(name for name in PROTOCOLS if name not in {"opsgenie", "pagerduty"})

# Programs, which send an API key. Alerts and Healthy events come in storms: Acknowledgements must
# not wait behind them. Whole configurations are large: they are counted by themselves.
READER = Rule("api", NeedsKey("read"), "api")
EDITOR = Rule("api", NeedsKey("policies"), "api")
PLANNER = Rule("api", NeedsKey("read"), "configuration")
APPLIER = Rule("api", NeedsKey("policies"), "configuration")
INTEGRATOR = Rule("api", NeedsKey("integrations"), "api")
ACKNOWLEDGER = Rule("api", NeedsKey("acknowledge"), "acknowledge")
ALERTER = Rule("api", NeedsKey("alert"), "flood")
RESOLVER = Rule("api", NeedsKey("healthy"), "flood")
# Monitors, each in its own protocol, with the key of an integration. Where that is in the body,
# strangers get as far as the body: they are counted by themselves.
SENDER = Rule("intake", NeedsIntegration(WEBHOOKS), "flood")
GOALERT = Rule("intake", NeedsIntegration(("goalert",)), "flood")
# Jobs that ping a heartbeat: a flood of Alerts must not make them late.
PINGER = Rule("ping", NeedsKey("heartbeat", in_query=True), "heartbeat")
OPSGENIE_PINGER = Rule("ping", NeedsIntegration(("opsgenie",)), "heartbeat")
PAGERDUTY = Rule("intake", NeedsKeyInBody("pagerduty"), "enqueue")
OPSGENIE = NeedsIntegration(("opsgenie",))
OPSGENIE_READER = Rule("intake", OPSGENIE, "api")
OPSGENIE_PAUSER = Rule("intake", OPSGENIE, "api")
OPSGENIE_SENDER = Rule("intake", OPSGENIE, "flood")
OPSGENIE_ANSWERER = Rule("intake", OPSGENIE, "acknowledge")
# Paths below theirs that Pager does not serve. They are refused in the same shape.
NO_OPSGENIE = Rule("intake", OPSGENIE)
NO_HEARTBEAT = Rule("ping", OPSGENIE)
NO_PAGERDUTY = Rule("intake", Open(), refuses_in="pagerduty")
# Monitors of Pager itself. A refusal would look like a fault of Pager; an answer costs little.
PROBE = Rule("health", Open(), "always")
SCRAPER = Rule("health", NeedsKey("read"), "always")
# People with an acknowledge link: its signature is the key. Nobody without one gets into its room.
LINK = Rule("link", NeedsLink(), "link")
NO_LINK = Rule("link", Open())
# People, by their role. Requests of those who have not signed in are counted by themselves: they
# cannot keep out anybody who has a session, a key or a link.
VIEWER = Rule("console", NeedsAccount("viewer"), "console")
ENGINEER = Rule("console", NeedsAccount("engineer"), "console")
ANSWERER = Rule("console", NeedsAccount("engineer"), "acknowledge")
ADMINISTRATOR = Rule("console", NeedsAccount("administrator"), "console")
STRANGER = Rule("console", Open(), "stranger")
NO_PAGE = Rule("console", Open())
# Twilio, whose requests are signed. Nobody else waits for them, and they wait for nobody.
CALLBACK = Rule("callback", NeedsCallback(), "callback")
# Calendar programs, which can send no header: the address of a feed is the key. They come each hour
# or so, and may have to wait for each other.
CALENDAR = Rule("feed", NeedsFeed(), "feed")
NO_CALENDAR = Rule("feed", Open())
# Files, the same for everybody: nothing is waited for.
STATIC = Rule("static", Open())
DOCS = Rule("docs", Open())
# FastAPI brings a page for OAuth, which Pager has no use for.
UNUSED = Rule("docs", NeedsKey())
