"""What shared policies were when decisions were made on them: kept once each, for the journal."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, func, select, true
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.codecs import POLICIES
from pager.adapters.store.core.schema import decisions, policy_edits, resolved_policies
from pager.adapters.store.core.statements import Parts, Statement
from pager.model import EscalationPolicy

DECISIONS = (
    select(
        decisions,
        func.coalesce(resolved_policies.c.policy, policy_edits.c.policy).label("policy"),
    )
    .outerjoin(policy_edits, decisions.c.policy_edit == policy_edits.c.id)
    .outerjoin(resolved_policies, decisions.c.resolved_policy == resolved_policies.c.id)
)
"""The journal, and in `policy` the plain policy that each decision was made on."""


def keep_resolved(
    connection: Connection, policies: Sequence[EscalationPolicy | None], now: Now
) -> Sequence[int | None]:
    """Keep each of these policies that is not kept yet: their ids, in the same order.

    None stays None. They are dated, so that retention leaves alone what has just been used.
    """
    rows: dict[str, tuple[str, str, str]] = {}
    digests: list[str | None] = []
    for policy in policies:
        digest = None
        if policy is not None:
            text = POLICIES.encode(policy)
            digest = hashlib.sha256(text.encode()).hexdigest()
            rows[digest] = (policy.service_id, digest, text)
        digests.append(digest)
    if not rows:
        return [None] * len(digests)
    # In one order: two nodes never wait for each other in a circle.
    ids = dict(_KEEP.run(connection, [rows[digest] for digest in sorted(rows)], now))
    return [None if digest is None else ids[digest] for digest in digests]


def _keep(parts: Parts) -> ClauseElement:
    to = resolved_policies.c
    given = parts.rows(to.service_id, to.digest, to.policy)
    new = parts.dialect.insert(resolved_policies)
    return (
        new.from_select([*given.c.keys(), "used_at"], select(*given.c, parts.now).where(true()))
        .on_conflict_do_update(index_elements=[to.digest], set_={"used_at": new.excluded.used_at})
        .returning(to.digest, to.id)
    )


_KEEP: Statement[tuple[str, int]] = Statement(_keep)
