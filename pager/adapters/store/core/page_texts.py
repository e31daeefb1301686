"""The texts of pages: a long one that several pages of a decision have is stored once.

The rows of the outbox then have its beginning only. That is what a node of an older version sends:
it does not know this table.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, literal, select

from pager.adapters.store.core.codecs import TEXT_FOLLOWS
from pager.adapters.store.core.schema import outbox, page_texts
from pager.messages import Effect, Notification
from pager.model import LaterAlerts, shortened

SHARED_FROM = 500
"""Characters: a text that is not longer is in each row."""

_TEXT = (
    select(literal(TEXT_FOLLOWS) + page_texts.c.text)
    .where(
        page_texts.c.service_id == outbox.c.service_id,
        page_texts.c.version == outbox.c.version,
        outbox.c.channel != "timer",
    )
    .scalar_subquery()
)

WHOLE_EFFECT = (outbox.c.effect + func.coalesce(_TEXT, "")).label("effect")
"""An effect with the text that is stored once, for EFFECTS to decode. `outbox.c.effect` is enough
for those who do not need the text of a page."""


class StoredEffects(NamedTuple):
    """The effects of a decision as they are stored."""

    effects: Sequence[Effect]
    text: str | None
    """What the pages say, as JSON, where it is stored once; None where each has it."""


def split(effects: Sequence[Effect]) -> StoredEffects:
    """Take a long text out of the effects of a decision, if several pages have it."""
    pages = [effect for effect in effects if isinstance(effect, Notification)]
    if len(pages) == 1 or not _have_one_long_text(pages):
        return StoredEffects(effects, None)
    return StoredEffects(
        [_beginning(effect) if isinstance(effect, Notification) else effect for effect in effects],
        pages[0].model_dump_json(include={"message", "later_alerts"}),
    )


def _have_one_long_text(pages: Sequence[Notification]) -> bool:
    if not pages or _length(pages[0]) <= SHARED_FROM:
        return False
    return len({(page.message, page.later_alerts) for page in pages}) == 1


def _length(page: Notification) -> int:
    return len(page.message) + sum(map(len, page.later_alerts.messages))


def _beginning(page: Notification) -> Notification:
    return page.model_copy(
        update={
            "message": shortened(page.message, SHARED_FROM),
            "later_alerts": LaterAlerts(count=page.later_alerts.count),
        }
    )
