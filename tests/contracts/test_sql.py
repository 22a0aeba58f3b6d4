"""One contract for both databases: what SQLite promises, PostgreSQL promises too."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url

from data import answers, checkpoints, migrations, parties
from data.database import Database, open_database
from data.journal import AnotherWriter, Draft, Earlier, Fault, Head, Journal
from data.journal_records import GENESIS
from data.schema import metadata
from geo.faults import BadInput
from tests.contracts.sql_stores import Store, drafts


def test_an_empty_database_is_made_and_the_next_start_finds_it(store: Store) -> None:
    with open_database(store.url, exclusive=True) as opened:
        assert (opened.schema_before, opened.schema) == (None, "0003")
        kept = Journal(opened).append(drafts(3))
    with open_database(store.url, exclusive=True) as opened:
        assert opened.schema_before == "0003"
        again = Journal(opened)
        assert list(again.read()) == kept
        assert again.head == Head(3, kept[-1].hash, 1_000)


def test_the_tables_in_use_are_those_that_the_migrations_make(database: Database) -> None:
    options = {"version_table": migrations.VERSION_TABLE, "compare_server_default": True}
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_a_record_is_hashed_as_the_documentation_says(journal: Journal) -> None:
    first, second = journal.append(
        [Draft(5, "SetOff", '{"job":"甲"}'), Draft(7, "Arrived", "{}", Earlier(0), subject="R1")]
    )
    text = f'{hashlib.sha256(b"towline journal 1").hexdigest()}\n1\n5\nSetOff\n\n\n{{"job":"甲"}}'
    assert first.hash == hashlib.sha256(text.encode()).hexdigest()
    assert second.hash == hashlib.sha256(f"{first.hash}\n2\n7\nArrived\n1\nR1\n{{}}".encode()).hexdigest()
    assert (second.seq, second.cause, second.subject) == (2, 1, "R1")


def test_every_text_that_a_payload_can_be_is_kept(journal: Journal) -> None:
    texts = ['{"a":"\\u0000"}', "苏J12345 😀 \u2028 'quoted' \\", "x" * 2_000_000, ""]
    journal.append([Draft(1, "Any", text) for text in texts])
    assert [record.payload for record in journal.read()] == texts
    assert journal.verify().first_fault is None


def test_records_are_read_in_pages_and_by_subject(journal: Journal) -> None:
    journal.append([Draft(k, "Any", str(k), None, "odd" if k % 2 else None) for k in range(1, 1_302)])
    assert [record.seq for record in journal.read()] == list(range(1, 1_302))
    assert [record.seq for record in journal.read(after_seq=499, limit=702)] == list(range(500, 1_202))
    assert [record.seq for record in journal.of_subject("odd", after_seq=3, limit=600)] == list(range(5, 1_205, 2))
    assert list(journal.read(after_seq=1_301)) == list(journal.read(limit=0)) == list(journal.of_subject("none")) == []


def test_a_batch_and_what_is_beside_it_are_one(database: Database, journal: Journal) -> None:
    answer = answers.Answer("POST /v1/rescues", "k1", "ab", 201, "{}", 1_000)
    journal.append(drafts(1), beside=[answers.insert_statement(answer)])
    before = journal.head
    party = parties.Party("R2", "110-1", {"name": "王"}, ("苏J12345",), 1_000)
    with pytest.raises(ValueError, match="does not take"):
        journal.append(drafts(2), beside=[parties.insert_statement(party), answers.insert_statement(answer)])
    assert journal.head == before
    assert parties.find(database, "R2") is None
    assert [record.seq for record in journal.append(drafts(2), beside=[parties.insert_statement(party)])] == [2, 3]
    assert parties.find(database, "R2") == party
    assert journal.append([], beside=[answers.prune_statement(0)]) == journal.append([]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET payload = payload WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 9, at_ms, kind, payload, cause, subject, hash FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 0, at_ms, kind, payload, cause, subject, hash FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 2, at_ms, 'X', payload, cause, subject, hash FROM journal WHERE seq = 3 "
        "ON CONFLICT (seq) DO UPDATE SET kind = 'X'",
        "INSERT OR REPLACE INTO journal SELECT 2, at_ms, 'X', payload, cause, subject, hash FROM journal WHERE seq = 3",
        "TRUNCATE journal",
    ],
)
def test_the_database_itself_keeps_what_was_written(store: Store, journal: Journal, statement: str) -> None:
    journal.append(drafts(3))
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        store.behind(statement)
    assert journal.verify().first_fault is None
    assert journal.verify().records == 3


SWAP = (
    "UPDATE journal SET seq = -1 WHERE seq = 2",
    "UPDATE journal SET seq = 2 WHERE seq = 3",
    "UPDATE journal SET seq = 3 WHERE seq = -1",
)
COPY = "INSERT INTO journal SELECT {}, at_ms, kind, payload, cause, subject, hash FROM journal WHERE seq = 4"


@pytest.mark.parametrize(
    ("statements", "seq", "reason"),
    [
        (['UPDATE journal SET payload = \'{"job":"R9"}\' WHERE seq = 3'], 3, "changed"),
        (["UPDATE journal SET kind = 'SetOff' WHERE seq = 1"], 1, "changed"),
        (["UPDATE journal SET at_ms = 1001 WHERE seq = 3"], 3, "changed"),
        (["UPDATE journal SET cause = 1 WHERE seq = 5"], 5, "changed"),
        (["UPDATE journal SET subject = 'R9' WHERE seq = 2"], 2, "changed"),
        (["UPDATE journal SET subject = '' WHERE seq = 2"], 2, "cannot have been written"),
        (["UPDATE journal SET hash = 'x' WHERE seq = 5"], 5, "changed"),
        (["DELETE FROM journal WHERE seq = 3"], 3, "missing"),
        (["DELETE FROM journal WHERE seq < 3"], 1, "missing"),
        (SWAP, 2, "changed"),
        ([COPY.format(0)], 0, "inserted"),
        ([COPY.format(6)], 6, "changed"),
        ([COPY.format(8)], 6, "missing"),
    ],
)
def test_what_was_done_to_the_journal_is_found(
    store: Store, journal: Journal, statements: list[str], seq: int, reason: str
) -> None:
    journal.append(drafts(5))
    store.without_guards(*statements)
    found = journal.verify()
    assert found.first_fault is not None
    assert found.first_fault.seq == seq
    assert reason in found.first_fault.reason
    assert found.records == found.head.seq == max(0, seq - 1)


def test_an_end_that_was_cut_off_is_found_by_a_known_head_only(store: Store, journal: Journal) -> None:
    journal.append(drafts(5))
    known = journal.head
    assert journal.verify(known=known).first_fault is None
    store.without_guards("DELETE FROM journal WHERE seq > 3")
    assert journal.verify().first_fault is None
    fault = journal.verify(known=known).first_fault
    assert fault is not None
    assert fault.seq == 4
    assert journal.verify(known=Head(2, GENESIS)).first_fault == Fault(
        2, "another record than the one that is known by this number"
    )


def test_another_writer_is_found_by_the_next_append(store: Store, journal: Journal) -> None:
    kept = journal.append(drafts(2))
    store.behind("INSERT INTO journal SELECT 3, at_ms, kind, payload, cause, subject, hash FROM journal WHERE seq = 2")
    with pytest.raises(AnotherWriter, match="record 3"):
        journal.append(drafts(2))
    assert journal.head.seq == 2
    assert list(journal.read(limit=2)) == kept


def test_a_database_of_a_newer_towline_is_refused(store: Store) -> None:
    open_database(store.url, exclusive=True).close()
    store.behind("UPDATE towline_schema SET version_num = '0999'")
    for exclusive in (True, False):
        with pytest.raises(BadInput, match=r"newer Towline \(schema 0999"):
            open_database(store.url, exclusive=exclusive)


def test_a_database_of_another_program_is_refused_and_left_alone(store: Store) -> None:
    store.behind("CREATE TABLE their_things (x int)")
    with pytest.raises(BadInput, match=r"not Towline's \(their_things"):
        open_database(store.url, exclusive=True)
    store.behind("DROP TABLE their_things")
    open_database(store.url, exclusive=True).close()


def test_a_database_that_lacks_a_table_is_refused(store: Store) -> None:
    open_database(store.url, exclusive=True).close()
    store.behind("DROP TABLE parties")
    with pytest.raises(BadInput, match="damaged: no table parties"):
        open_database(store.url, exclusive=True)


def test_a_reader_makes_nothing(store: Store) -> None:
    with pytest.raises(BadInput, match="towline db upgrade"):
        open_database(store.url, exclusive=False)
    with pytest.raises(BadInput, match="towline db upgrade"):
        open_database(store.url, exclusive=False)


def test_answers_are_found_by_route_and_key_for_a_week(database: Database, journal: Journal) -> None:
    first = answers.Answer("POST /v1/rescues", "k", "ab", 201, '{"id":"R1"}', 1_000)
    other = answers.Answer("POST /v1/cases", "k", "cd", 201, "{}", 2_000)
    journal.append([], beside=[answers.insert_statement(first), answers.insert_statement(other)])
    assert answers.find(database, "POST /v1/rescues", "k") == first
    assert answers.find(database, "POST /v1/cases", "k") == other
    assert answers.find(database, "POST /v1/cases", "no") is None
    journal.append([], beside=[answers.prune_statement(answers.KEPT_MS + 1_001)])
    assert answers.find(database, "POST /v1/rescues", "k") is None
    assert answers.find(database, "POST /v1/cases", "k") == other


def test_no_more_answers_are_forgotten_at_once_than_the_writer_has_time_for(
    database: Database, journal: Journal
) -> None:
    kept = [answers.Answer("r", f"k{at_ms}", "ab", 201, "{}", at_ms) for at_ms in (5, 3, 9, 1, 7)]
    journal.append([], beside=[answers.insert_statement(each) for each in kept])
    late_ms = answers.KEPT_MS + 8
    for left in ({5, 7, 9}, {9}, {9}):
        journal.append([], beside=[answers.prune_statement(late_ms, 2)])
        assert {each.at_ms for each in kept if answers.find(database, "r", each.key)} == left


def test_what_is_personal_can_be_erased(store: Store, database: Database, journal: Journal) -> None:
    details = {"contact": {"name": "王小明", "phone": "13800000000"}, "consent": True}
    party = parties.Party("R1", "110-2026-0001", details, ("苏J12345",), 1_000)
    journal.append(drafts(1), beside=[parties.insert_statement(party)])
    assert parties.find(database, "R1") == party
    assert parties.erase(database, "R1")
    assert not parties.erase(database, "R1")
    assert parties.find(database, "R1") is None
    if store.is_sqlite:
        file = Path(str(make_url(store.url).database))
        assert all(b"13800000000" not in path.read_bytes() for path in file.parent.glob(file.name + "*"))


def test_the_newest_sound_checkpoint_of_the_city_is_found(store: Store, database: Database) -> None:
    made = [checkpoints.Checkpoint(seq, seq, "b" if seq == 5 else "a", b"state %d" % seq * 999) for seq in range(1, 6)]
    for checkpoint in made:
        checkpoints.save(database, checkpoint)
    checkpoints.save(database, made[-1])
    heard: list[str] = []
    assert checkpoints.latest(database, "a", heard.append) == made[3]
    assert checkpoints.latest(database, "b", heard.append) == made[4]
    store.behind("UPDATE checkpoints SET state = '' WHERE seq = 4")
    assert checkpoints.latest(database, "a", heard.append) == made[2]
    store.behind("UPDATE checkpoints SET sha256 = 'x' WHERE seq = 3")
    assert checkpoints.latest(database, "a", heard.append) is None
    assert ["record 4" in line or "record 3" in line for line in heard] == [True, True, True]


def test_threads_take_turns(journal: Journal) -> None:
    threads = [threading.Thread(target=lambda: [journal.append(drafts(2)) for _ in range(20)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.verify().records == journal.head.seq == 80
