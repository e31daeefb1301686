"""Errors of the database as one line of text, for answers and for the log."""

import logging

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from pager.adapters.store.dialects import DIALECTS
from pager.adapters.text import one_line
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
    """Log the message of an error of the database, or the traceback of any other error.

    Every write fails while the disk is full: tracebacks would fill the log.
    """
    if isinstance(error, SQLAlchemyError | PagerError):
        logger.error("%s: %s", what, one_line(str(getattr(error, "orig", None) or error)))
    else:
        logger.error("%s", what, exc_info=error)
