"""Lists in pages: where a page begins, how long it is, and the link to the next one (RFC 8288)."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import AfterValidator

from pager.adapters.web.parsing import LONGEST_NAME, without_nul

LONGEST_LIST = 1_000
"""Elements of a page, where the request does not say how many."""

After = Annotated[
    str,
    Query(
        max_length=LONGEST_NAME,
        description="The identifier after which the page begins: take the link to the next page "
        "from the header Link.",
    ),
    AfterValidator(without_nul),
]
ListLength = Annotated[
    int,
    Query(alias="limit", ge=1, le=LONGEST_LIST, description="How many are listed at most."),
]
ListedState = Annotated[
    Literal["unhealthy"] | None, Query(description="`unhealthy`: only services in that state.")
]


def next_page(last: str | None, at_most: int, state: str | None = None) -> dict[str, str]:
    """The header with the link to the next page; none where `last` is None: there is no other page.

    `last` is the last identifier on this one.
    """
    if last is None:
        return {}
    query: dict[str, str | int] = {"after": last, "limit": at_most}
    if state is not None:
        query["state"] = state
    return {"Link": f'<?{urlencode(query)}>; rel="next"'}
