"""How a database can fail whoever uses it, and which failure an error of a driver is."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, StatementError

_SQLITE_AWAY = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_BROKEN = {
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOMEM,
}  # fmt: skip
_POSTGRES_AWAY = {"08", "25", "40", "53", "55", "57", "58"}
"""Classes of SQLSTATE: connection, transaction state (a standby), rollback, resources, locks, shutdown, system."""
_POSTGRES_BROKEN = {"28", "3D", "42", "XX"}
"""Classes of SQLSTATE: identity, no such database, rights and missing tables, damaged data."""


class StoreFault(Exception):
    """The database cannot be used now. `retryable`: it may work again later, without a restart or another setting."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class CannotRead(StoreFault):
    """Nothing was read."""


class CannotWrite(StoreFault):
    """Nothing was written; unless `in_doubt`: then nobody can tell yet (a connection lost while committing)."""

    def __init__(self, message: str, *, retryable: bool, in_doubt: bool = False) -> None:
        super().__init__(message, retryable=retryable)
        self.in_doubt = in_doubt


class AnotherWriter(Exception):
    """Somebody else writes in this database: stop, for what is in memory is no longer what is stored."""


class Refused(ValueError):
    """A statement that the database does not take (a clash of keys, a value out of range); nothing was written."""


def _first_line(error: StatementError) -> str:
    said = str(error.orig).strip()
    return said.splitlines()[0] if said else type(error.orig).__name__


def read_fault(error: DBAPIError) -> CannotRead:
    return CannotRead(f"the database cannot be read: {_first_line(error)}", retryable=_is_away(error) is True)


def write_fault(error: StatementError) -> CannotWrite | Refused:
    away = _is_away(error) if isinstance(error, DBAPIError) else None
    if away is None:
        return Refused(f"the database does not take this: {_first_line(error)}")
    return CannotWrite(f"the database cannot be written: {_first_line(error)}", retryable=away)


def _is_away(error: DBAPIError) -> bool | None:
    """True: for the time being. False: for good. None: it is the statement's fault, not the database's."""
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        # an error that the module itself raises has no code
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return True if code in _SQLITE_AWAY else False if code in _SQLITE_BROKEN else None
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # psycopg gives no SQLSTATE where it did not reach the server, and none for its own complaints about values
        return True if type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout") else None
    return True if state[:2] in _POSTGRES_AWAY else False if state[:2] in _POSTGRES_BROKEN else None
