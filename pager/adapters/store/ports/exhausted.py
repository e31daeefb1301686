"""An edit lets exhausted incidents go on: there may be somebody now who was not notified yet."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import monitored_services, policy_edits
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE, UNKNOWN
from pager.adapters.store.ports.policy_edits import last_value
from pager.adapters.store.ports.timer import give_at_once
from pager.decide import timeout_after_edit
from pager.model import FALLBACK, Exhausted

_name = monitored_services.c.service_id
_HAS_NO_POLICY = last_value(policy_edits.c.policy, _name).is_(None)
_USES_A_SHARED_ONE = last_value(policy_edits.c.uses, _name).is_not(None)
_FALLBACK_IS_SHARED = last_value(policy_edits.c.uses, literal(FALLBACK)).is_not(None)


def go_on_after_policy_edits(connection: Connection, edited: Sequence[str], now: Now) -> None:
    """Let those go on that are of the services whose policy was edited.

    Where the fallback is among them: those of each service that has no policy, or a shared one,
    which may be nobody just now.
    """
    which: ColumnElement[bool] = _name.in_(edited)
    if FALLBACK in edited:
        which = or_(which, _HAS_NO_POLICY, _USES_A_SHARED_ONE)
    _go_on(connection, which, now)


def go_on_after_directory_edit(connection: Connection, now: Now) -> None:
    """Let those go on that are under a shared policy: any of them may name whoever was edited."""
    is_by_fallback = and_(_HAS_NO_POLICY, _FALLBACK_IS_SHARED)
    _go_on(connection, or_(_USES_A_SHARED_ONE, is_by_fallback), now)


def _go_on(connection: Connection, which: ColumnElement[bool], now: Now) -> None:
    """Let the Pager receive the last timeout of these incidents again.

    They are not locked: an edit waits for nobody's decision. So one that is saved in the moment in
    which another node exhausts the incident may come too late for it.
    """
    exhausted = STAGE.in_([Exhausted().stage, UNKNOWN])  # the unknown ones may be
    states = select(_name, monitored_services.c.state).where(which, NOT_HEALTHY, exhausted)
    for name, state in connection.execute(states.order_by(_name)).all():
        # A service that cannot be read must not stop an edit.
        with suppress(Unreadable):
            if (timeout := timeout_after_edit(SERVICES.decode(state, name))) is not None:
                give_at_once(connection, timeout, now)
