"""The HTTP API and the acknowledge page, on a real database; no page is sent here."""

import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from contract.web.application import (
    ALERT,
    KEY,
    POLICY,
    check_problem,
    link,
    shared_application,
)
from pager import EmailTarget, Notification
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.store.core.database import Database
from pager.adapters.validation import MOST_ERRORS
from pager.adapters.web.console.rendering import templates
from pager.adapters.web.limits import LARGEST_BODY

TWO_LEVELS = {
    "service_id": "checkout-api",
    "levels": [
        {"targets": [{"type": "email", "address": "ada@example.com"}]},
        {"targets": [{"type": "email", "address": "edsger@example.com"}]},
    ],
}


@pytest.fixture
def client(database: Database) -> TestClient:
    """A client of a server without an API key, as it listens on loopback."""
    app = shared_application(database, None, "testserver")
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def guarded(database: Database) -> TestClient:
    """A client of a server with an API key, which it does not send by itself."""
    app = shared_application(database, KEY)
    return TestClient(app)


@pytest.fixture
def unhealthy(client: TestClient) -> TestClient:
    """A client of a server on which checkout-api is Unhealthy, incident 1."""
    client.put("/escalation-policies/checkout-api", json=POLICY)
    client.post("/alerts", json=ALERT)
    return client


class TestEscalationPolicies:
    """PUT, GET and DELETE of policies: arrow 1."""

    def test_a_policy_comes_back_as_it_was_put(self, client: TestClient) -> None:
        """In the same JSON."""
        assert client.put("/escalation-policies/checkout-api", json=POLICY).json() == POLICY
        assert client.get("/escalation-policies/checkout-api").json() == POLICY
        assert client.get("/escalation-policies").json() == [POLICY]

    def test_a_policy_may_begin_again_and_let_an_acknowledgement_expire(
        self, client: TestClient
    ) -> None:
        """What a client does not say is left out; what is out of bounds is refused by its field."""
        path = "/escalation-policies/checkout-api"
        both = {**POLICY, "repeat": 2, "acknowledgement_expiry": "PT4H"}
        assert client.put(path, json=both).json() == both
        assert client.get(path).json() == both
        for field, value in (("repeat", 21), ("acknowledgement_expiry", "P8D")):
            refused = client.put(path, json={**both, field: value})
            assert refused.status_code == 422
            assert [error["field"] for error in refused.json()["errors"]] == [field]
        assert client.get(path).json() == both
        off = {**POLICY, "repeat": 0, "acknowledgement_expiry": None}
        assert client.put(path, json=off).json() == POLICY

    def test_a_delay_that_is_left_out_is_fifteen_minutes(self, client: TestClient) -> None:
        """As in the brief."""
        levels = [{"targets": POLICY["levels"][0]["targets"]}]  # type: ignore[index]  # JSON
        policy = {"service_id": "checkout-api", "levels": levels}
        assert client.put("/escalation-policies/checkout-api", json=policy).json() == POLICY

    def test_a_deleted_policy_is_gone(self, client: TestClient) -> None:
        """404, also for deleting it again."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        assert client.delete("/escalation-policies/checkout-api").status_code == 204
        for response in (
            client.get("/escalation-policies/checkout-api"),
            client.delete("/escalation-policies/checkout-api"),
        ):
            check_problem(response, 404, "'checkout-api' has no policy")

    def test_a_policy_for_another_service_than_the_url_names_is_refused(
        self, client: TestClient
    ) -> None:
        """And nothing is stored."""
        response = client.put("/escalation-policies/search-api", json=POLICY)
        check_problem(response, 422, "service_id: The URL says 'search-api'")
        assert client.get("/escalation-policies").json() == []

    @pytest.mark.parametrize(
        ("path", "value", "sentence"),
        [
            ("levels.0.targets.0.address", "ada@example", "looks like ada@example.com"),
            ("levels.0.targets.1.phone_number", "0612345678", "looks like +33612345678"),
            ("levels.0.targets.0.type", "pigeon", "'email', 'sms'"),
            ("levels.0.acknowledgement_delay", 900, "such as PT15M"),
            ("levels.0.targets", [], "at least 1"),
            ("levels", [], "at least 1"),
            ("colour", "red", "not permitted"),
        ],
    )
    def test_a_wrong_field_is_named_and_nothing_is_stored(
        self, client: TestClient, path: str, value: object, sentence: str
    ) -> None:
        """With a sentence that says what a good value looks like."""
        response = client.put("/escalation-policies/checkout-api", json=changed(path, value))
        check_problem(response, 422, sentence)
        [error] = response.json()["errors"]
        assert error["field"] == path.removesuffix(".type")
        assert client.get("/escalation-policies").json() == []


def changed(path: str, value: object) -> object:
    """POLICY with one value changed."""

    def change(node: object, keys: list[str]) -> object:
        if not keys:
            return value
        key, *rest = keys
        if isinstance(node, list):
            return [change(item, rest) if str(i) == key else item for i, item in enumerate(node)]
        assert isinstance(node, dict)
        return {**node, key: change(node.get(key), rest)}

    return change(POLICY, path.split("."))


class TestMessages:
    """Alerts, Acknowledgements and Healthy events: arrows 3, 8 and 2."""

    def test_an_alert_is_accepted_with_state_and_incident(self, client: TestClient) -> None:
        """202: it is committed."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        response = client.post("/alerts", json=ALERT)
        assert response.status_code == 202
        assert response.json() == {
            "service_id": "checkout-api",
            "state": "unhealthy",
            "incident": 1,
            "changed": True,
        }

    def test_a_second_alert_is_accepted_and_changes_nothing(self, unhealthy: TestClient) -> None:
        """It is the same incident."""
        response = unhealthy.post("/alerts", json=ALERT)
        assert (response.status_code, response.json()["changed"]) == (202, False)
        assert response.json()["incident"] == 1

    def test_an_alert_without_a_policy_is_refused(self, client: TestClient) -> None:
        """404, and the service is not Unhealthy for it."""
        response = client.post("/alerts", json=ALERT)
        check_problem(response, 404, "'checkout-api' has no Escalation Policy")
        assert client.get("/services").json() == []

    def test_an_array_of_alerts_has_a_result_for_each(self, client: TestClient) -> None:
        """In order; what is refused does not concern the others."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        unknown = {"service_id": "search-api", "message": "index is stale"}
        response = client.post("/alerts", json=[ALERT, unknown, ALERT])
        assert response.status_code == 202
        first, refused, duplicate = response.json()
        assert (first["changed"], duplicate["changed"]) == (True, False)
        assert refused["service_id"] == "search-api"
        assert refused["problem"]["status"] == 404

    def test_an_array_has_an_alert_at_least(self, client: TestClient) -> None:
        """422 for none."""
        check_problem(client.post("/alerts", json=[]), 422, "names no service")

    def test_an_acknowledgement_is_accepted(self, unhealthy: TestClient) -> None:
        """And the service shows whose it is."""
        response = unhealthy.post(
            "/acknowledgements", json={"service_id": "checkout-api", "incident": 1, "by": "Ada"}
        )
        assert (response.status_code, response.json()["changed"]) == (202, True)
        service = unhealthy.get("/services/checkout-api").json()
        assert (service["acknowledged"], service["acknowledged_by"]) == (True, "Ada")

    def test_a_stale_acknowledgement_says_that_nothing_changed(self, unhealthy: TestClient) -> None:
        """Of an incident that is over."""
        unhealthy.post("/healthy-events", json={"service_id": "checkout-api"})
        unhealthy.post("/alerts", json=ALERT)
        response = unhealthy.post(
            "/acknowledgements", json={"service_id": "checkout-api", "incident": 1}
        )
        assert response.status_code == 202
        assert response.json() == {
            "service_id": "checkout-api",
            "state": "unhealthy",
            "incident": 2,
            "changed": False,
        }

    def test_somebody_sends_an_incident_on(self, client: TestClient) -> None:
        """The next Level is notified; the same request again changes nothing."""
        client.put("/escalation-policies/checkout-api", json=TWO_LEVELS)
        client.post("/alerts", json=ALERT)
        body = {"service_id": "checkout-api", "incident": 1, "level": 1, "by": "Ada"}
        first, second = (client.post("/escalations", json=body) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert (first.json()["changed"], second.json()["changed"]) == (True, False)
        service = client.get("/services/checkout-api").json()
        assert (service["level"], service["policy_level"]) == (2, 2)
        pages = service["notifications"]
        assert [page["escalated_by"] for page in pages] == [None, "Ada"]

    def test_somebody_pages_again(self, unhealthy: TestClient) -> None:
        """The step is another one, and the Level the same."""
        body = {"service_id": "checkout-api", "incident": 1, "level": 1, "by": "Ada"}
        first, second = (unhealthy.post("/repeated-pages", json=body) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert (first.json()["changed"], second.json()["changed"]) == (True, False)
        service = unhealthy.get("/services/checkout-api").json()
        assert (service["level"], service["policy_level"]) == (2, 1)
        assert service["acknowledgement_timeout"]["level"] == 2
        pages = service["notifications"]
        assert [page["level"] for page in pages] == [1, 1, 2, 2]
        assert [page["policy_level"] for page in pages] == [1, 1, 1, 1]
        assert [page["told_again_by"] for page in pages] == [None, None, "Ada", "Ada"]

    def test_somebody_takes_an_acknowledgement_back(self, unhealthy: TestClient) -> None:
        """Who has seen it: a request of before the Acknowledgement changes nothing."""
        step = {"service_id": "checkout-api", "incident": 1, "level": 1, "by": "Grace"}
        unhealthy.post(
            "/acknowledgements", json={"service_id": "checkout-api", "incident": 1, "by": "Ada"}
        )
        for path in ("/escalations", "/repeated-pages"):
            assert unhealthy.post(path, json=step).json()["changed"] is False
        answer = unhealthy.post("/repeated-pages", json={**step, "acknowledged": True})
        assert answer.json()["changed"] is True
        service = unhealthy.get("/services/checkout-api").json()
        assert (service["acknowledged"], service["acknowledged_by"]) == (False, None)

    @pytest.mark.parametrize("path", ["/escalations", "/repeated-pages"])
    def test_what_somebody_does_by_hand_names_its_step_and_who_does_it(
        self, unhealthy: TestClient, path: str
    ) -> None:
        """422 otherwise: nobody escalates whatever is running just now."""
        response = unhealthy.post(path, json={"service_id": "checkout-api"})
        assert response.status_code == 422
        fields = {error["field"] for error in response.json()["errors"]}
        assert fields == {"incident", "level", "by"}

    def test_a_healthy_event_closes_the_incident(self, unhealthy: TestClient) -> None:
        """A second one changes nothing."""
        event = {"service_id": "checkout-api", "incident": 1}
        first, second = (unhealthy.post("/healthy-events", json=event).json() for _ in range(2))
        assert (first["state"], first["changed"], second["changed"]) == ("healthy", True, False)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/acknowledgements", {"service_id": "search-api", "incident": 1}),
            ("/healthy-events", {"service_id": "search-api"}),
            ("/resolves", {"service_id": "search-api", "dedup_key": "disk"}),
            ("/escalations", {"service_id": "search-api", "incident": 1, "level": 1, "by": "Ada"}),
            ("/repeated-pages", {"service_id": "search-api", "incident": 1, "level": 1, "by": "A"}),
        ],
    )
    def test_a_message_of_an_unknown_service_is_not_found(
        self, client: TestClient, path: str, body: object
    ) -> None:
        """A mistyped name must not look like a success."""
        check_problem(client.post(path, json=body), 404, "'search-api' is not known")

    def test_an_acknowledgement_of_a_service_without_an_incident_changes_nothing(
        self, client: TestClient
    ) -> None:
        """202: the service has a policy, so it is known."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        response = client.post(
            "/acknowledgements", json={"service_id": "checkout-api", "incident": 1}
        )
        assert (response.status_code, response.json()["changed"]) == (202, False)


class TestBodies:
    """Bodies that are wrong or too large; those of Alerts are in test_odd_alerts."""

    def test_what_is_not_json_is_refused(self, client: TestClient) -> None:
        """422."""
        headers = {"content-type": "application/json"}
        response = client.post("/acknowledgements", content=b"{", headers=headers)
        check_problem(response, 422, "JSON")

    def test_what_does_not_say_that_it_is_json_is_refused(self, client: TestClient) -> None:
        """415: a page of another site could send it with the visitor's browser."""
        headers = {"content-type": "text/plain"}
        response = client.post("/acknowledgements", content=b"{}", headers=headers)
        check_problem(response, 415, "Content-Type: application/json")

    @pytest.mark.parametrize("chunks", [1, 64])
    def test_what_is_too_large_is_refused(self, client: TestClient, chunks: int) -> None:
        """413, whether its length is announced or not."""
        size = LARGEST_BODY // chunks + 1
        content = b" " * size if chunks == 1 else (b" " * size for _ in range(chunks))
        headers = {"content-type": "application/json"}
        response = client.post("/acknowledgements", content=content, headers=headers)
        check_problem(response, 413, "1,048,576 bytes")

    def test_an_unknown_path_is_a_problem_too(self, client: TestClient) -> None:
        """404, and 405 with what is allowed."""
        check_problem(client.get("/nowhere"), 404, "Not Found")
        response = client.delete("/alerts")
        check_problem(response, 405, "Method Not Allowed")
        assert response.headers["allow"] == "POST"

    def test_the_answer_to_a_body_with_many_errors_is_short(self, client: TestClient) -> None:
        """Otherwise one body could cost much time and memory."""
        body = {f"field-{number}": 1 for number in range(1_000)}
        response = client.post("/acknowledgements", json=body)
        assert response.status_code == 422
        assert len(response.json()["errors"]) == MOST_ERRORS


class TestServices:
    """The state of a service."""

    def test_a_service_with_a_policy_is_healthy_at_first(self, client: TestClient) -> None:
        """It is known before its first Alert."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        [service] = client.get("/services").json()
        assert service == client.get("/services/checkout-api").json()
        assert (service["state"], service["incident"]) == ("healthy", 0)

    def test_an_unknown_service_is_not_found(self, client: TestClient) -> None:
        """404."""
        check_problem(client.get("/services/search-api"), 404, "'search-api' is not known")

    def test_an_unhealthy_service_shows_its_notifications(self, unhealthy: TestClient) -> None:
        """And everything else."""
        page = {
            "level": 1,
            "policy_level": 1,
            "status": "waiting",
            "detail": "",
            "attempts": 0,
            "settled_at": None,
            "delivery": None,
            "is_by_fallback": False,
            "escalated_by": None,
            "told_again_by": None,
            "expired_of": None,
            "begun_again": 0,
            "continues": False,
        }
        service = unhealthy.get("/services/checkout-api").json()
        retries = [page.pop("retry_at") for page in service["notifications"]]
        assert None not in retries
        timeout = service.pop("acknowledgement_timeout")
        assert timeout["level"] == 1
        assert datetime.fromisoformat(timeout["due_at"]) > datetime.now(UTC)
        assert service == {
            "service_id": "checkout-api",
            "state": "unhealthy",
            "incident": 1,
            "level": 1,
            "policy_level": 1,
            "message": "p99 latency above 3 s",
            "later_alerts": None,
            "open_dedup_keys": [None],
            "has_too_many_dedup_keys": False,
            "acknowledged": False,
            "acknowledged_by": None,
            "exhausted": False,
            "notifications": [
                {**page, "target": {"type": "email", "address": "ada@example.com"}},
                {**page, "target": {"type": "sms", "phone_number": "+33612345678"}},
            ],
            "acknowledgement_expires_at": None,
            "begun_again": 0,
            "waits_for_maintenance": False,
            "maintenance_until": None,
        }

    def test_pages_that_are_no_longer_wanted_are_shown_as_withdrawn(
        self, unhealthy: TestClient
    ) -> None:
        """At once, before the relay withdraws them."""
        unhealthy.post("/healthy-events", json={"service_id": "checkout-api"})
        service = unhealthy.get("/services/checkout-api").json()
        assert [page["status"] for page in service["notifications"]] == ["withdrawn"] * 2


class TestAcknowledgePage:
    """The page behind the link of an e-mail: arrow 8."""

    def test_opening_the_link_acknowledges_nothing(self, unhealthy: TestClient) -> None:
        """Mail scanners open every link, so only the button acknowledges."""
        for open_link in (unhealthy.get, unhealthy.head):
            assert open_link(link()).status_code == 200
        assert not unhealthy.get("/services/checkout-api").json()["acknowledged"]

    def test_the_page_says_what_is_wrong_and_has_one_button(self, unhealthy: TestClient) -> None:
        """And a form that posts to the link itself."""
        page = unhealthy.get(link()).text
        assert "p99 latency above 3 s" in page
        assert re.findall(r"<form[^>]*>|<button[^>]*>", page) == [
            '<form method="post" class="bar answer">',
            '<button class="wide">',
        ]

    def test_the_button_acknowledges_in_the_name_of_the_target(self, unhealthy: TestClient) -> None:
        """And redirects to the page, which says so."""
        pressed = unhealthy.post(link())
        assert pressed.status_code == 303
        page = unhealthy.get(str(pressed.url.join(pressed.headers["location"])))
        assert "You have it" in page.text
        assert "<button" not in page.text
        service = unhealthy.get("/services/checkout-api").json()
        assert service["acknowledged_by"] == "ada@example.com"

    def test_the_link_of_an_incident_that_is_over_does_nothing(self, unhealthy: TestClient) -> None:
        """410, whether the service is Healthy or in another incident; nor does a late press."""
        unhealthy.post("/healthy-events", json={"service_id": "checkout-api"})
        assert unhealthy.get(link()).status_code == 410
        unhealthy.post("/alerts", json=ALERT)
        assert unhealthy.get(link()).status_code == 410
        unhealthy.post(link())
        assert not unhealthy.get("/services/checkout-api").json()["acknowledged"]

    @pytest.mark.parametrize(
        "forged",
        [
            "/acknowledge/nonsense",
            link().replace("/acknowledge/", "/acknowledge/x"),
            AcknowledgeLinks("http://testserver", [b"another key"]).link(
                Notification(
                    service_id="checkout-api",
                    incident=1,
                    level=1,
                    target=EmailTarget(address="ada@example.com"),
                    message="forged",
                )
            ),
        ],
    )
    def test_a_forged_link_does_nothing(self, unhealthy: TestClient, forged: str) -> None:
        """404, to open it or to press its button."""
        assert unhealthy.get(forged).status_code == 404
        assert unhealthy.post(forged).status_code == 404
        assert not unhealthy.get("/services/checkout-api").json()["acknowledged"]

    def test_the_message_of_an_alert_is_escaped(self, client: TestClient) -> None:
        """Script in it is not run; the headers forbid loading, framing, caching, a referrer."""
        client.put("/escalation-policies/checkout-api", json=POLICY)
        client.post("/alerts", json={**ALERT, "message": "<script>alert(1)</script>"})
        page = client.get(link())
        assert re.findall("<script[^>]*>", page.text) == [
            f'<script src="{templates().globals["script"]}" defer>'
        ]
        assert "&lt;script&gt;" in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"


class TestGuard:
    """Authentication of programs, and what needs none."""

    @pytest.mark.parametrize("path", ["/services", "/alerts", "/nowhere", "/acknowledge"])
    @pytest.mark.parametrize(
        "authorization", [None, "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer ünknown"]
    )
    def test_every_path_of_the_api_takes_the_key(
        self, guarded: TestClient, path: str, authorization: str | None
    ) -> None:
        """401, even for a path that does not exist."""
        headers = [(b"authorization", authorization.encode())] if authorization else []
        check_problem(guarded.get(path, headers=headers), 401, "Authorization: Bearer")

    def test_a_request_with_the_key_is_answered(self, guarded: TestClient) -> None:
        """It is sent as a bearer token."""
        headers = {"authorization": f"Bearer {KEY}"}
        assert guarded.get("/services", headers=headers).json() == []

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
    def test_probes_and_the_description_are_open(self, guarded: TestClient, path: str) -> None:
        """They show nothing about the services."""
        assert guarded.get(path).status_code == 200

    def test_the_link_of_a_page_needs_no_key(self, guarded: TestClient) -> None:
        """Its signature is its key."""
        headers = {"authorization": f"Bearer {KEY}"}
        guarded.put("/escalation-policies/checkout-api", json=POLICY, headers=headers)
        guarded.post("/alerts", json=ALERT, headers=headers)
        assert guarded.get(link()).status_code == 200

    def test_a_server_without_a_key_answers_to_its_own_names_only(self, client: TestClient) -> None:
        """421: another name that leads to loopback is an attack (DNS rebinding)."""
        response = client.get("/services", headers={"host": "evil.example:8080"})
        check_problem(response, 421, "not called 'evil.example'")

    def test_under_the_public_name_only_links_need_no_key(self, unhealthy: TestClient) -> None:
        """421: a proxy in front must not open the API to everybody."""
        public = {"host": "pager.example.com"}
        assert unhealthy.get(link(), headers=public).status_code == 200
        assert unhealthy.get("/services", headers=public).status_code == 421


class TestDescription:
    """The OpenAPI description, and the page that shows it."""

    def test_every_body_and_answer_is_described(self, client: TestClient) -> None:
        """And every reference has its schema."""
        schema = client.get("/openapi.json")
        references = set(re.findall(r'"#/components/schemas/([^"]+)"', schema.text))
        described = set(schema.json()["components"]["schemas"])
        assert references <= described
        messages = {"AlertRequest", "Acknowledgement", "HealthyEventRequest"}
        assert {*messages, "EscalationPolicy"} <= described

    def test_the_page_loads_nothing_from_elsewhere(self, client: TestClient) -> None:
        """It works without the internet."""
        assert "https://" not in client.get("/docs").text


class TestReadiness:
    """Whether an Alert would be accepted now."""

    def test_a_server_that_can_write_is_ready(self, client: TestClient) -> None:
        """200."""
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready"}

    def test_a_server_whose_database_is_gone_is_alive_and_not_ready(
        self, client: TestClient, database: Database
    ) -> None:
        """503, with a sentence; and an Alert is not accepted either."""
        database.write(
            lambda connection: connection.exec_driver_sql("DROP TABLE monitored_services")
        )
        database.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON"))
        client.put("/escalation-policies/checkout-api", json=POLICY)
        assert client.get("/healthz").status_code == 200
        response = client.post("/alerts", json=ALERT)
        check_problem(response, 503, "The database did not take it")
        assert response.headers["retry-after"] == "5"
