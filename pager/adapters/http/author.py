"""Who a change is said to be made by: the journal has it."""

from fastapi import Request

from pager.adapters.http.console.visitor import visitor_of


def author_of(request: Request) -> str | None:
    """The account or the API key that the guard has let in; None where it asked for neither."""
    visitor = visitor_of(request)
    if visitor is not None:
        return visitor.name
    author: str | None = getattr(getattr(request.state, "caller", None), "author", None)
    return author
