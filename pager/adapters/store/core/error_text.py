"""What went wrong with the database, in a line: for the log, and for whoever asks."""

import logging

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from pager.adapters.store.dialects import DIALECTS
from pager.errors import PagerError


def error_text(error: Exception) -> str:
    """The database's own message; never with the host and the user of a connection that failed."""
    raised = getattr(error, "orig", error)
    if isinstance(raised, PagerError):
        return str(raised)
    for dialect in DIALECTS.values():
        if reason := dialect.reason(raised):
            return reason
    return "it cannot be reached" if isinstance(error, OperationalError) else type(raised).__name__


def log_failure(logger: logging.Logger, what: str, error: Exception) -> None:
    """Log the database's whole message; a traceback only of what is no fault of the database's.

    A full disk that led to a traceback with every write would be full of tracebacks next.
    """
    if isinstance(error, SQLAlchemyError | PagerError):
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        logger.error("%s: %s", what, reason)
    else:
        logger.error("%s", what, exc_info=error)
