"""What Alembic runs: the versions, in the transaction that `data.migrations.upgrade` was given."""

from __future__ import annotations

from alembic import context

from data.migrations import VERSION_TABLE
from data.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
