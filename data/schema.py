"""The tables as the newest version of the schema has them (`data/migrations` makes them)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

_Big = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers its rows by an INTEGER key, which is 64 bits there; a BIGINT key would cost a second index."""

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("cause", BigInteger),
    Column("subject", Text),
    Column("hash", Text, nullable=False),
)
Index("journal_by_subject", journal.c.subject, journal.c.seq)

answers = Table(
    "answers",
    metadata,
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
Index("answers_by_age", answers.c.at_ms)

parties = Table(
    "parties",
    metadata,
    Column("rescue", Text, primary_key=True),
    Column("case_ref", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("plates", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

archive = Table(
    "archive",
    metadata,
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("rescue", Text, nullable=False),
    Column("case_id", Text),
    Column("body", Text, nullable=False),
)
Index("archive_by_rescue", archive.c.rescue, unique=True)
Index("archive_by_case", archive.c.case_id)

archived_cases = Table(
    "archived_cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("city_sha256", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
)
