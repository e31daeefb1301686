"""What properties are verified of: policies, and whom they name."""

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.schema import on_call_edits, policy_edits
from pager.adapters.store.ports.directory import stored_entries
from pager.adapters.store.ports.policy_edits import current_policies, policy_or_none
from pager.configuration.configuration import Configuration


def set_up_version(connection: Connection) -> str:
    """Which edits it has: another one after each edit."""
    newest = (
        select(func.coalesce(func.max(edits.c.id), 0)).scalar_subquery()
        for edits in (policy_edits, on_call_edits)
    )
    policies, directory = connection.execute(select(*newest)).one()
    return f"{policies}.{directory}"


def set_up_now(connection: Connection) -> Configuration:
    """The configuration as far as it decides who is paged.

    What this version of Pager cannot read is not in it: whoever is paged by it is nobody here.
    """
    current = current_policies()
    query = select(current.c.service_id, current.c.policy).order_by(current.c.service_id)
    read = ((name, policy_or_none(text, name)) for name, text in connection.execute(query))
    policies = {name: policy for name, policy in read if policy is not None}
    return Configuration(directory=stored_entries(connection).directory, policies=policies)
