"""One server a database, on both: a second one is refused, a killed one loses nothing, a lost session is told."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from data.database import Database, open_database
from data.journal import AnotherWriter, CannotWrite, Head, Journal
from geo.faults import BadInput
from tests.contracts.sql_stores import Store, drafts

ROOT = Path(__file__).resolve().parents[2]


def test_a_second_server_is_refused_and_the_first_one_goes_on(store: Store, journal: Journal) -> None:
    journal.append(drafts(1))
    with pytest.raises(BadInput, match=f"another Towline server \\(pid {os.getpid()}.*another --database"):
        open_database(store.url, exclusive=True)
    elsewhere = subprocess.run(
        [sys.executable, "-c", OPEN_AND_SAY, store.url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"pid {os.getpid()}" in elsewhere.stdout
    journal.append(drafts(1))
    with open_database(store.url, exclusive=False) as reader:
        assert Journal(reader).head == journal.head
        assert Journal(reader).verify().records == 2
        with pytest.raises(RuntimeError, match="for reading"):
            Journal(reader).append(drafts(1))


OPEN_AND_SAY = """
import sys
from data.database import open_database
try:
    open_database(sys.argv[1], exclusive=True)
except ValueError as fault:
    print(fault)
"""


APPEND_AND_SAY = """
import sys
from data.database import open_database
from data.journal import Draft, Journal
with open_database(sys.argv[1], exclusive=True) as opened:
    journal = Journal(opened)
    while True:
        print(journal.append([Draft(5, 'Any', 'x' * 3000)] * 3)[-1].seq, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(store: Store) -> None:
    acknowledged = 0
    for turn in range(20 if store.is_sqlite else 5):
        with subprocess.Popen(
            [sys.executable, "-c", APPEND_AND_SAY, store.url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(1 + 7 * turn % 23):
                acknowledged = int(writer.stdout.readline())
            writer.kill()
            acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split("\n")[:-1])])
        with open_database(store.url, exclusive=True) as opened:
            found = Journal(opened).verify()
        assert found.first_fault is None
        assert found.records >= acknowledged
        assert found.records % 3 == 0


def lose(database: Database, monkeypatch: pytest.MonkeyPatch, *, times: int, landed: bool) -> None:
    """The next `times` transactions lose their connection: the first one after its commit, or before it."""
    real, left = database.write, itertools.count(times, -1)

    @contextmanager
    def losing() -> Iterator[Connection]:
        turn = next(left)
        if turn <= 0:
            with real() as connection:
                yield connection
        elif turn == times and landed:
            with real() as connection:
                yield connection
            raise CannotWrite("the connection was lost", retryable=True)
        else:
            raise CannotWrite("the connection was lost", retryable=True)

    monkeypatch.setattr(database, "write", losing)


def test_a_commit_whose_answer_was_lost_is_found_at_once(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(database, monkeypatch, times=1, landed=True)
    assert [record.seq for record in journal.append(drafts(2))] == [1, 2]
    assert journal.head.seq == 2
    assert journal.settle() == []


@pytest.mark.parametrize("landed", [True, False])
def test_a_batch_in_doubt_is_settled_when_the_database_is_back(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    lose(database, monkeypatch, times=3, landed=landed)
    with pytest.raises(CannotWrite) as lost:
        journal.append(drafts(2))
    assert lost.value.in_doubt
    assert lost.value.retryable
    assert journal.head == Head()
    with pytest.raises(RuntimeError, match="settle"):
        journal.append(drafts(1))
    with pytest.raises(CannotWrite):
        journal.settle()
    assert [record.seq for record in journal.settle()] == ([1, 2] if landed else [])
    assert journal.append(drafts(1, at_ms=2_000))[0].seq == (3 if landed else 1)
    assert journal.verify().first_fault is None


KILL = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def test_a_killed_session_fails_one_append_and_the_next_one_works(remote: Store) -> None:
    with open_database(remote.url, exclusive=True) as opened:
        journal = Journal(opened)
        journal.append(drafts(2))
        remote.behind(KILL)
        with pytest.raises(CannotWrite) as lost:
            journal.append(drafts(2))
        assert (lost.value.retryable, lost.value.in_doubt) == (True, False)
        assert journal.head.seq == 2
        assert [record.seq for record in journal.append(drafts(1))] == [3]
        assert [record.seq for record in journal.read()] == [1, 2, 3]


def test_a_server_that_took_over_meanwhile_is_not_written_against(remote: Store) -> None:
    with open_database(remote.url, exclusive=True) as opened:
        journal = Journal(opened)
        journal.append(drafts(1))
        remote.behind(KILL)
        with open_database(remote.url, exclusive=True) as other:
            Journal(other).append(drafts(1))
            with pytest.raises(AnotherWriter, match="another Towline server"):
                journal.append(drafts(1))
            assert journal.head.seq == 1


def test_a_postgresql_of_another_encoding_is_refused(remote: Store) -> None:
    remote.behind("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    url = make_url(remote.url).set(database="latin").render_as_string(hide_password=False)
    with pytest.raises(BadInput, match="LATIN1; make one with ENCODING 'UTF8'"):
        open_database(url, exclusive=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "cannot be opened"),
        ({"database": "no_such"}, "no_such"),
        ({"username": "nobody_known"}, "nobody_known"),
    ],
)
def test_a_postgresql_that_cannot_be_reached_is_said(remote: Store, change: dict[str, object], said: str) -> None:
    url = make_url(remote.url).set(password="secret", **change)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=said) as fault:
        open_database(url.render_as_string(hide_password=False), exclusive=True)
    assert "secret" not in str(fault.value)
