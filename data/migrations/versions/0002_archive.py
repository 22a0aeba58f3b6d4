"""The archive: rescues that have left the live state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("number", _BIG, primary_key=True, autoincrement=False),
        sa.Column("rescue", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("archive_by_rescue", "archive", ["rescue"], unique=True)
    op.create_index("archive_by_case", "archive", ["case_id"])


def downgrade() -> None:
    raise NotImplementedError("a journal is not taken back")
