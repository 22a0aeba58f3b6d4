"""The versions of the schema, by Alembic: which one a database has, and how it gets the newest."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, inspect, select, table

from data.schema import metadata
from geo.faults import BadInput

VERSION_TABLE = "towline_schema"
"""Not Alembic's own name, so that another program's database is never taken for ours."""


@cache
def newest() -> str:
    """The version that this code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def version_of(connection: Connection) -> str | None:
    """The version of a database; None of an empty one.

    BadInput where it is newer than this code, another program's, or lacks tables that its version has.
    """
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        if tables:
            raise BadInput(
                f"the database has tables that are not Towline's ({', '.join(sorted(tables)[:3])}); "
                "give Towline one of its own by another --database"
            )
        return None
    version = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    if version is None:
        raise BadInput("the database is damaged: it does not say which version it has; restore a copy of it")
    if version not in _known():
        raise BadInput(
            f"the database is of a newer Towline (schema {version}; this one knows up to {newest()}); "
            "install that one, or use another --database"
        )
    missing = set(metadata.tables) - tables
    if version == newest() and missing:
        raise BadInput(f"the database is damaged: no table {', '.join(sorted(missing))}; restore a copy of it")
    return str(version)


def upgrade(connection: Connection) -> None:
    """Brings a database to the newest version within the transaction of `connection`: wholly, or not at all."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    # the configuration takes a per cent sign for the beginning of a reference
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
