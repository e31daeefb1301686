"""What a database error_text when it failed, in a line: for the log, and for whoever asks."""

import logging
import sqlite3

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from pager.errors import PagerError


def error_text(error: Exception) -> str:
    """In its own words; never with the host and the user of a connection that failed."""
    raised = getattr(error, "orig", error)
    if isinstance(raised, sqlite3.Error | PagerError):
        return str(raised)
    server_said = getattr(getattr(raised, "diag", None), "message_primary", None)
    if server_said is None and isinstance(error, OperationalError):
        return "it cannot be reached"
    return server_said or type(raised).__name__


def log_failure(logger: logging.Logger, what: str, error: Exception) -> None:
    """Log all that the database error_text; a traceback only of what is no fault of the database's.

    A full disk that led to a traceback with every write would be full of tracebacks next.
    """
    if isinstance(error, SQLAlchemyError | PagerError):
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        logger.error("%s: %s", what, reason)
    else:
        logger.error("%s", what, exc_info=error)
