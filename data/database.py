"""One SQL database, SQLite or PostgreSQL: opened, brought up to date, held by one server, written by one transaction at
a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from data import migrations
from data.database_engines import Backend, PostgresServer, SqliteFile
from data.database_faults import (
    AnotherWriter,
    CannotRead,
    CannotWrite,
    Refused,
    StoreFault,
    read_fault,
    write_fault,
)
from geo.faults import BadInput

__all__ = [
    "AnotherWriter", "CannotRead", "CannotWrite", "Database", "Refused", "StoreFault", "open_database", "url_of_file",
]  # fmt: skip


class Database:
    """`name` is its URL without the password; `schema_before` the version that was found on opening, None for an empty
    database; `schema` the version that it has now.

    Any thread may use it. Writers wait for each other, readers see the last commit and wait for nobody.
    """

    def __init__(self, name: str, backend: Backend, *, exclusive: bool) -> None:
        self.name = name
        self.schema_before: str | None = None
        self.schema = migrations.newest()
        self._exclusive = exclusive
        self._backend = backend
        self._turn = threading.Lock()
        self._reader = backend.engine(writes=False)
        self._writer = backend.engine(writes=True)
        self._connection: Connection | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, durable when the block is left without an exception, and undone otherwise.

        One at a time: a block within a block of the same thread would wait for itself. Raises CannotWrite, Refused, or
        AnotherWriter where another server has taken the database meanwhile. A connection that has failed is not used
        again; the next call makes a new one.
        """
        if not self._exclusive:
            raise RuntimeError("a database that is not opened exclusively is for reading")
        with self._turn:
            try:
                connection = self._connected()
                with connection.begin():
                    yield connection
            except StatementError as error:
                fault = write_fault(error)
                if isinstance(fault, CannotWrite):
                    self._drop()
                raise fault from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One view of the last commit, for the whole block. Raises CannotRead."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise read_fault(error) from error

    def scrub(self) -> None:
        """After personal details were deleted: takes them out of the files too, as far as the database lets us."""
        with self._turn:
            if self._connection is not None:
                self._backend.scrub(self._connection)

    def close(self) -> None:
        with self._turn:
            self._drop()
        self._reader.dispose()
        self._writer.dispose()
        self._backend.release()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._writer.connect()
            try:
                self._backend.claim(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()
            connection.close()


def open_database(url: str, *, exclusive: bool) -> Database:
    """The database at `sqlite:////folder/file.db` or `postgresql://user@host/name`.

    `exclusive`: to write in it, as the only server that does; an empty or older database is brought up to date first.
    Otherwise it is only read, and must be up to date. BadInput where it cannot be used, with what to do.
    """
    parsed = _parsed(url)
    name = parsed.render_as_string(hide_password=True)
    backend: Backend = SqliteFile(parsed) if parsed.get_backend_name() == "sqlite" else PostgresServer(parsed)
    try:
        backend.hold(exclusive=exclusive)
    except AnotherWriter as held:
        raise BadInput(f"{held}; stop it or use another --database") from held
    database = Database(name, backend, exclusive=exclusive)
    try:
        _bring_up_to_date(database, exclusive=exclusive)
    except AnotherWriter as held:
        database.close()
        raise BadInput(f"{held}; stop it or use another --database") from held
    except (StoreFault, Refused) as fault:
        database.close()
        raise BadInput(f"{name} cannot be opened: {fault}") from fault
    except BaseException:
        database.close()
        raise
    return database


def url_of_file(path: Path) -> str:
    """The URL of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string()


def _bring_up_to_date(database: Database, *, exclusive: bool) -> None:
    with database.write() if exclusive else database.read() as connection:
        database.schema_before = migrations.version_of(connection)
        if database.schema_before == migrations.newest():
            return
        if not exclusive:
            raise BadInput(f"{database.name} is of an older Towline, or empty; bring it up to date: towline db upgrade")
        migrations.upgrade(connection)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise BadInput(
            f"--database {url!r} is not a URL; write sqlite:////folder/towline.db or postgresql://user@host/name"
        ) from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise BadInput("PostgreSQL needs a driver that is not installed: pip install 'towline[postgres]'") from None
        return parsed
    raise BadInput(f"--database: {backend or url!r} is not supported; use sqlite:// or postgresql://")
