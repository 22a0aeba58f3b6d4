"""What is peculiar to SQLite and to PostgreSQL: how each is connected to, made durable, and held by one server only."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
from pathlib import Path
from typing import Any, Protocol, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from data.database_faults import AnotherWriter
from data.file_locks import open_lock, read_pid, take, write_pid
from geo.faults import BadInput

_WAIT_S = 2
"""How long a statement waits for a lock that somebody else holds, and a connection for an answer."""
_POSTGRES_LOCK = int.from_bytes(b"towline", "big")
_SETTINGS = text(f"""
    SELECT pg_backend_pid(), current_setting('server_encoding'), set_config('lock_timeout', '{_WAIT_S}s', false),
           CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
           set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
           set_config('tcp_keepalives_count', '3', false)
""")
"""The keepalives are the server's: it lets go of the lock soon after a machine that held it has vanished."""
_CLAIM = text("SELECT pg_advisory_lock(:key)")
_LOCK_NOT_AVAILABLE = "55P03"
_HELD = """
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32) + objid::bigint = :key
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_HOLDER = text(f"SELECT application_name {_HELD}")
_END_FORMER = text(f"SELECT pg_terminate_backend(pid, 5000) {_HELD} AND pid = :pid")
"""Waits until it has gone: a session that was lost to us may not have ended on the server."""
_MAGIC = b"SQLite format 3\0"


class Backend(Protocol):
    """`hold` comes before any connection, `claim` with every new connection that writes; `scrub` takes what was deleted
    out of the files as far as it can.

    The first two raise AnotherWriter where another server has the database, and BadInput where it cannot be opened.
    """

    def hold(self, *, exclusive: bool) -> None: ...

    def engine(self, *, writes: bool) -> Engine: ...

    def claim(self, connection: Connection) -> None: ...

    def scrub(self, connection: Connection) -> None: ...

    def release(self) -> None: ...


class SqliteFile:
    """A file in WAL mode. The kernel holds a lock on a second file beside it and frees it however the server ends."""

    def __init__(self, url: URL) -> None:
        if url.query or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise BadInput("name a file for SQLite, with no options: sqlite:////folder/towline.db")
        # two names of one file must find the same lock
        self._path = Path(url.database).expanduser().resolve()
        self._url = url.set(database=str(self._path))
        self._lock: int | None = None

    def hold(self, *, exclusive: bool) -> None:
        self._check_path(exclusive=exclusive)
        if exclusive:
            self._lock = self._locked()
            self._make_private()

    def engine(self, *, writes: bool) -> Engine:
        made = create_engine(
            self._url,
            connect_args={"timeout": _WAIT_S, "check_same_thread": False},
            **({"poolclass": NullPool} if writes else {}),
        )
        event.listen(made, "connect", _make_durable if writes else _make_reader)
        begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin) and None)
        return made

    def claim(self, connection: Connection) -> None:
        """The file lock is enough."""

    def scrub(self, connection: Connection) -> None:
        # the file itself is overwritten (secure_delete); the log beside it keeps old pages until it is emptied
        with contextlib.suppress(sqlite3.Error):
            cast(sqlite3.Connection, connection.connection.driver_connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check_path(self, *, exclusive: bool) -> None:
        path = self._path
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name a file in it, such as {path / 'towline.db'}")
        if not path.parent.is_dir():
            raise BadInput(f"{path.parent} is not a folder; make it, or use another --database")
        try:
            with path.open("rb") as file:
                begins = file.read(len(_MAGIC))
        except FileNotFoundError:
            if not exclusive:
                raise BadInput(f"{path}: there is no database; `towline db upgrade` makes one") from None
            return
        except OSError as fault:
            raise BadInput(f"{path} cannot be read: {fault.strerror}; see to its rights") from fault
        if begins not in (b"", _MAGIC):
            raise BadInput(f"{path} is not a SQLite database, or a damaged one; use another --database")
        if exclusive and not os.access(path, os.W_OK):
            raise BadInput(f"{path} cannot be written; see to its rights, or use another --database")

    def _make_private(self) -> None:
        """A new file is for its owner only, for personal details are in it; SQLite makes those beside it alike."""
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as fault:
            self.release()
            raise BadInput(f"{self._path} cannot be made: {fault.strerror}; use another --database") from fault

    def _locked(self) -> int:
        beside = self._path.with_name(self._path.name + ".lock")
        try:
            lock = open_lock(beside)
        except OSError as fault:
            raise BadInput(
                f"{self._path.parent} cannot be written: {fault.strerror}; see to its rights, or use another --database"
            ) from fault
        try:
            taken = take(lock)
        except OSError as fault:
            os.close(lock)
            raise BadInput(f"{beside} cannot be locked: {fault.strerror}; put the database on a local disk") from fault
        if not taken:
            pid = read_pid(lock)
            os.close(lock)
            raise AnotherWriter(_held_by("unknown" if pid is None else str(pid)))
        # the lock is held even where a full disk leaves no room for its note
        with contextlib.suppress(OSError):
            write_pid(lock, os.getpid())
        return lock


def _held_by(pid: str) -> str:
    return f"another Towline server (pid {pid}) has this database open"


def _make_durable(driver: Any, _record: object) -> None:
    try:
        _set_durable(driver)
    except BaseException:
        # the pool forgets a connection that it could not make ready
        driver.close()
        raise


def _set_durable(driver: Any) -> None:
    driver.isolation_level = None
    mode = driver.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise BadInput(f"SQLite cannot keep a write-ahead log there (mode {mode}); put the database on a local disk")
    # fullfsync is for macOS, whose fsync does not reach the disk; secure_delete because what is erased must be gone
    for pragma in ("synchronous=FULL", "fullfsync=ON", "checkpoint_fullfsync=ON", "foreign_keys=ON"):
        driver.execute(f"PRAGMA {pragma}")
    driver.execute("PRAGMA secure_delete=ON").fetchall()
    driver.execute("PRAGMA journal_size_limit=67108864").fetchall()


def _make_reader(driver: Any, _record: object) -> None:
    driver.isolation_level = None
    driver.execute("PRAGMA query_only=ON")


class PostgresServer:
    """A database of a PostgreSQL 14 or newer.

    The advisory lock is held by the very connection that writes: when that is lost so is the lock, and a new one is
    only had once the server has ended the old session, so that nothing of it can still land afterwards.
    """

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        self._session: int | None = None

    def hold(self, *, exclusive: bool) -> None:
        """Nothing is held before there is a connection."""

    def engine(self, *, writes: bool) -> Engine:
        # a cut cable must not hold a writer for the two hours that TCP would wait
        arguments = {
            "application_name": f"towline {os.getpid()} on {socket.gethostname()}"[:63],
            "connect_timeout": _WAIT_S, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        }  # fmt: skip
        if writes:
            return create_engine(self._url, connect_args=arguments, poolclass=NullPool)
        return create_engine(
            self._url,
            connect_args=arguments,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )

    def claim(self, connection: Connection) -> None:
        former, self._session = self._session, None
        with connection.begin():
            if former is not None:
                connection.execute(_END_FORMER, {"key": _POSTGRES_LOCK, "pid": former}).all()
            session, encoding = connection.execute(_SETTINGS).one()[:2]
        if encoding != "UTF8":
            raise BadInput(f"the database keeps its texts in {encoding}; make one with ENCODING 'UTF8'")
        try:
            # waits a little: the session of a server that was killed a moment ago may not have ended yet
            with connection.begin():
                connection.execute(_CLAIM, {"key": _POSTGRES_LOCK})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            with connection.begin():
                holder = connection.execute(_HOLDER, {"key": _POSTGRES_LOCK}).scalar() or "unknown"
            raise AnotherWriter(_held_by(holder.removeprefix("towline "))) from error
        self._session = session

    def scrub(self, connection: Connection) -> None:
        """The server's own vacuum does it, in its time; its archived logs are the administrator's."""

    def release(self) -> None:
        """The lock ended with its connection."""
