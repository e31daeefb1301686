"""What an operator sees of a program: its readiness and its metrics. Its log is its output."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from system.program import Program


def complaint(pager: Program) -> str | None:
    """Why it is not ready; None where it is."""
    response = pager.http.get("/readyz")
    if response.status_code == httpx2.codes.OK:
        return None
    assert response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
    detail: str = response.json()["detail"]
    return detail


def wait_until_ready(pager: Program) -> None:
    """Until it has recovered, by itself."""
    pager.wait_until(lambda: complaint(pager) is None, "it is ready again")


def wait_for_complaint(pager: Program, beginning: str) -> str:
    """The first complaint that begins so."""
    complaints: list[str] = []

    def has_come() -> bool:
        complaints.append(complaint(pager) or "")
        return complaints[-1].startswith(beginning)

    pager.wait_until(has_come, f"readiness says {beginning!r}")
    return complaints[-1]


def metric(pager: Program, name: str, **labels: str) -> float:
    """A metric as it is now. Raises KeyError where it is not shown."""
    page = pager.http.get("/metrics").raise_for_status().text
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    raise KeyError(name)


def raise_alerts(pager: Program, services: list[str]) -> list[str]:
    """Raise an Alert for each, and return those whose Alert was accepted; 503 for the others."""
    accepted = []
    for service in services:
        response = pager.http.post("/alerts", json={"service_id": service, "message": "down"})
        if response.status_code == httpx2.codes.ACCEPTED:
            accepted.append(service)
        else:
            assert response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
            assert int(response.headers["retry-after"]) > 0
    return accepted
