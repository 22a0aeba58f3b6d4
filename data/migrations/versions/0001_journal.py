"""The journal, which only grows, and what stands beside it: answers, parties, checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_SQLITE_GUARDS = (
    """CREATE TRIGGER journal_keeps_records BEFORE UPDATE ON journal
       BEGIN SELECT RAISE(ABORT, 'the journal only grows: no record is changed'); END""",
    """CREATE TRIGGER journal_loses_nothing BEFORE DELETE ON journal
       BEGIN SELECT RAISE(ABORT, 'the journal only grows: no record is deleted'); END""",
    # also against INSERT OR REPLACE, which deletes without asking the trigger above
    """CREATE TRIGGER journal_grows_at_its_end BEFORE INSERT ON journal
       WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal)
       BEGIN SELECT RAISE(ABORT, 'the journal only grows, by one record after the last'); END""",
)
_POSTGRES_GUARDS = (
    """CREATE FUNCTION towline_journal_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
       BEGIN RAISE EXCEPTION 'the journal only grows: no record is changed or deleted'
       USING ERRCODE = 'integrity_constraint_violation'; END $guard$""",
    """CREATE TRIGGER journal_keeps_records BEFORE UPDATE OR DELETE ON journal
       FOR EACH ROW EXECUTE FUNCTION towline_journal_guard()""",
    """CREATE TRIGGER journal_loses_nothing BEFORE TRUNCATE ON journal
       FOR EACH STATEMENT EXECUTE FUNCTION towline_journal_guard()""",
    """CREATE FUNCTION towline_journal_next() RETURNS trigger LANGUAGE plpgsql AS $next$
       BEGIN
         IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal) THEN
           RAISE EXCEPTION 'the journal only grows, by one record after the last'
           USING ERRCODE = 'integrity_constraint_violation';
         END IF;
         RETURN NEW;
       END $next$""",
    """CREATE TRIGGER journal_grows_at_its_end BEFORE INSERT ON journal
       FOR EACH ROW EXECUTE FUNCTION towline_journal_next()""",
)


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("cause", sa.BigInteger),
        sa.Column("subject", sa.Text),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("journal_by_subject", "journal", ["subject", "seq"])
    op.create_table(
        "answers",
        sa.Column("route", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body_sha256", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("answers_by_age", "answers", ["at_ms"])
    op.create_table(
        "parties",
        sa.Column("rescue", sa.Text, primary_key=True),
        sa.Column("case_ref", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("plates", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("city_sha256", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    guards = _SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else _POSTGRES_GUARDS
    for guard in guards:
        op.execute(guard)


def downgrade() -> None:
    raise NotImplementedError("a journal is not taken back")
