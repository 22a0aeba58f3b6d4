"""An empty database to try the contract on, and records to be."""

from __future__ import annotations

import itertools
import sqlite3

import psycopg
from sqlalchemy import make_url

from data.journal import Draft

_NUMBERS = itertools.count(1)


class Store:
    """An empty database, and a way into it that Towline does not know of."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")

    def behind(self, *statements: str) -> None:
        """Runs statements as somebody with a client of the database's own would."""
        if self.is_sqlite:
            outsider = sqlite3.connect(str(make_url(self.url).database), isolation_level=None)
            try:
                for statement in statements:
                    outsider.execute(statement)
            finally:
                outsider.close()
        else:
            with psycopg.connect(self.url, autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement.encode())

    def without_guards(self, *statements: str) -> None:
        if self.is_sqlite:
            off = [f"DROP TRIGGER journal_{name}" for name in ("keeps_records", "loses_nothing", "grows_at_its_end")]
            self.behind(*off, *statements)
        else:
            self.behind("ALTER TABLE journal DISABLE TRIGGER ALL", *statements)


def new_database(server: str) -> Store:
    """One more database on a PostgreSQL server."""
    name = f"t{next(_NUMBERS)}"
    Store(server).behind(f"CREATE DATABASE {name}")
    return Store(make_url(server).set(database=name).render_as_string(hide_password=False))


def drafts(count: int, at_ms: int = 1_000) -> list[Draft]:
    return [Draft(at_ms, "Arrived", f'{{"job":"R1-{k}"}}', None, "R1") for k in range(count)]
