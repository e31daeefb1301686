"""Run by Alembic, on the connection that `upgrade` was given."""

from alembic import context

from pager.adapters.store.core.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
