"""The page of the console's components: `PYTHONPATH=tests python -m components_page` writes it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup

from pager import EmailTarget, SmsTarget
from pager.adapters.store.views.status import NotificationStatus, ServiceStatus, Timeout
from pager.adapters.web.console.rendering import STYLESHEET, templates

PAGE = Path(__file__).parents[1] / "docs" / "components.html"
NOW = datetime(2026, 11, 29, 3, 12, tzinfo=UTC)


def page() -> str:
    """The page, as it should be."""
    environment = templates()
    loader = environment.loader
    assert loader is not None
    own = environment.overlay(
        loader=ChoiceLoader([loader, FileSystemLoader(Path(__file__).parent)])
    )
    escalating = _status(
        message="p99 latency above 3 s in eu-west-1",
        acknowledgement_timeout=Timeout(level=2, due_at=NOW + timedelta(minutes=12)),
    )
    rendered = own.get_template("components.html").render(
        statuses=[
            _status(message="No results at all since 03:02", exhausted=True),
            escalating,
            _status(
                message="Card payments fail", acknowledged=True, acknowledged_by="grace@example.com"
            ),
            _status(
                message="The replica is away",
                level=1,
                policy_level=0,
                waits_for_maintenance=True,
                maintenance_until=NOW + timedelta(hours=2),
            ),
            ServiceStatus(service_id="basket-api", state="healthy", incident=3, notifications=[]),
        ],
        styles=["exhausted", "alarm", "acknowledged", "maintenance"],
        pages=[
            _page(EmailTarget(address="ada@example.com"), "sent", "250 accepted"),
            _page(SmsTarget(phone_number="+33612345678"), "refused", "30006 landline"),
            _page(EmailTarget(address="linus@example.com"), "waiting", ""),
        ],
        now=NOW,
        begun_at=NOW - timedelta(minutes=17),
        stylesheet_text=Markup(STYLESHEET),  # noqa: S704 - ours
    )
    return f"{rendered}\n"


def _status(**fields: object) -> ServiceStatus:
    status = {
        "service_id": "checkout-api",
        "state": "unhealthy",
        "incident": 12,
        "level": 2,
        "policy_level": 2,
    }
    return ServiceStatus.model_validate({**status, "notifications": [], **fields})


def _page(target: EmailTarget | SmsTarget, status: str, detail: str) -> NotificationStatus:
    fields = {
        "status": status,
        "detail": detail,
        "level": 1,
        "policy_level": 1,
        "target": target,
        "attempts": 1,
    }
    return NotificationStatus.model_validate(
        {**fields, "settled_at": None, "retry_at": None, "is_by_fallback": False}
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
