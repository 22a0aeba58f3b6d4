"""Drafts that cannot be records, the verbs about the journal, and a SQLite file that cannot be opened."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from data import cli
from data.database import Database, open_database, url_of_file
from data.journal import Draft, Earlier, Head, Journal
from geo.faults import BadInput

ROOT = Path(__file__).resolve().parents[2]
NEWEST = max(step.name[:4] for step in (ROOT / "data/migrations/versions").glob("0*.py"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "towline.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    with open_database(url_of_file(file), exclusive=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(4, "Arrived", "{}"), "before the last record at 5 ms"),
        (Draft(5, "Arrived", "{}", 3), "its cause 3 does not come before it"),
        (Draft(5, "Arrived", "{}", 0), "its cause 0"),
        (Draft(5, "Arrived", "{}", Earlier(1)), "does not come before it"),
        (Draft(5, "Arrived", "{}", Earlier(-1)), "does not come before it"),
        (Draft(5, "", "{}"), "one line of text"),
        (Draft(5, "A\nB", "{}"), "one line of text"),
        (Draft(5, "A", "{}", None, ""), "one line of text"),
        (Draft(5, "A", "{}", None, "R\n1"), "one line of text"),
        (Draft(5, "A", "\ud800"), "surrogates"),
    ],
)
def test_a_draft_that_cannot_be_a_record_leaves_the_journal_as_it_was(
    database: Database, draft: Draft, said: str
) -> None:
    journal = Journal(database)
    first = journal.append([Draft(5, "SetOff", "{}")])
    with pytest.raises(ValueError, match=said):
        journal.append([Draft(5, "Arrived", "{}", 1), draft])
    assert journal.head == Head(1, first[0].hash, 5)
    assert list(journal.read()) == first
    assert journal.append([Draft(5, "Arrived", "{}", 1), Draft(6, "HookedUp", "{}", Earlier(0))])[1].cause == 2


def test_verify_reports_a_sound_journal_and_the_head_to_keep(file: Path, database: Database) -> None:
    ticks = itertools.count()
    report = cli.verify_journal(database=url_of_file(file), head=None, progress=print, elapsed_s=lambda: next(ticks))
    assert report["ok"]
    assert report["head"] == {"seq": 0, "hash": Head().hash, "at": None}
    last = Journal(database).append([Draft(1_772_439_330_250, "Arrived", "{}")])[0]
    report = cli.verify_journal(database=url_of_file(file), head=None, progress=print, elapsed_s=lambda: next(ticks))
    assert report == {
        "ok": True,
        "database": url_of_file(file),
        "records": 1,
        "head": {"seq": 1, "hash": last.hash, "at": "2026-03-02T08:15:30.250Z"},
        "first_fault": None,
        "timing": {"seconds": 1},
    }
    assert cli.verify_text(report) == (
        f"1 record(s) are sound, up to 2026-03-02T08:15:30.250Z\nhead 1:{last.hash}"
    )  # fmt: skip


def test_verify_names_the_first_fault_and_knows_a_head(file: Path, database: Database) -> None:
    journal = Journal(database)
    journal.append([Draft(5, "Arrived", "{}")])
    wanted = f"2:{'0' * 64}"
    report = cli.verify_journal(database=url_of_file(file), head=wanted, progress=print, elapsed_s=lambda: 0.0)
    assert not report["ok"]
    assert report["first_fault"] == {
        "seq": 2,
        "reason": "missing, and all after it: the journal is known to reach record 2",
    }
    assert "record 2 is not as it was written: missing" in cli.verify_text(report)
    with pytest.raises(BadInput, match="SEQ:HASH"):
        cli.verify_journal(database=url_of_file(file), head="2", progress=print, elapsed_s=lambda: 0.0)


def test_a_damaged_page_is_said_and_no_crash(file: Path) -> None:
    with open_database(url_of_file(file), exclusive=True) as opened:
        Journal(opened).append([Draft(5, "Arrived", "x" * 3_000)] * 200)
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 3 : 2 * len(whole) // 3] = b"\xff" * (2 * len(whole) // 3 - len(whole) // 3)
    file.write_bytes(whole)
    with pytest.raises(BadInput, match="restore a copy"):
        cli.verify_journal(database=url_of_file(file), head=None, progress=print, elapsed_s=lambda: 0.0)


def test_upgrade_makes_a_database_and_says_so(file: Path) -> None:
    made = cli.upgrade(database=url_of_file(file), elapsed_s=lambda: 0.0)
    assert (made["before"], made["after"]) == (None, NEWEST)
    assert "is made" in cli.upgrade_text(made)
    assert "is up to date" in cli.upgrade_text(cli.upgrade(database=url_of_file(file), elapsed_s=lambda: 0.0))
    assert "from schema 0000 to" in cli.upgrade_text({**made, "before": "0000"})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("towline.db", "not a URL; write sqlite:////"),
        ("mysql://h/d", "not supported"),
        ("postgresql+asyncpg://h/d", "not supported"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////tmp/x.db?mode=ro", "no options"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        open_database(url, exclusive=True)


def test_a_file_that_cannot_be_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder; name a file"):
        open_database(url_of_file(tmp_path), exclusive=True)
    with pytest.raises(BadInput, match="not a folder; make it"):
        open_database(url_of_file(tmp_path / "no" / "t.db"), exclusive=True)
    other = tmp_path / "letter.txt"
    other.write_text("Dear all, this is no database, and it must stay as it is. " * 40)
    with pytest.raises(BadInput, match="not a SQLite database"):
        open_database(url_of_file(other), exclusive=True)
    assert other.read_text().startswith("Dear all")
    broken = tmp_path / "broken.db"
    with closing(sqlite3.connect(broken)) as connection:
        connection.execute("CREATE TABLE t (x)")
    broken.write_bytes(broken.read_bytes()[:100] + b"\xff" * 5_000)
    with pytest.raises(BadInput, match=r"cannot be opened|tables"):
        open_database(url_of_file(broken), exclusive=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; tests/faults mounts a read-only folder")
def test_a_folder_without_rights_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(BadInput, match="cannot be written"):
        open_database(url_of_file(tmp_path / "t.db"), exclusive=True)
    tmp_path.chmod(0o755)


def test_a_database_is_for_its_owner_only(file: Path, database: Database) -> None:
    Journal(database).append([Draft(5, "Arrived", "{}")])
    assert {path.stat().st_mode & 0o777 for path in file.parent.glob(file.name + "*")} == {0o600}
    assert len(list(file.parent.glob(file.name + "*"))) == 4


def test_two_names_of_one_file_are_one_database(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "alias.db"
    other.symlink_to(file)
    with (
        open_database(url_of_file(file), exclusive=True),
        pytest.raises(BadInput, match="another Towline server"),
    ):
        open_database(url_of_file(other), exclusive=True)


def test_the_migrations_are_found_wherever_the_code_lies(tmp_path: Path) -> None:
    home = tmp_path / "我的 50% program"
    for room in ("data", "geo"):
        shutil.copytree(ROOT / room, home / room, ignore=shutil.ignore_patterns("__pycache__", "cities"))
    script = "import sys; from data.database import *; print(open_database(sys.argv[1], exclusive=True).schema)"
    said = subprocess.run(
        [sys.executable, "-c", script, url_of_file(home / "a?b#c%20.db")],
        cwd=home, env={**os.environ, "PYTHONPATH": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == NEWEST
    assert (home / "a?b#c%20.db").stat().st_size > 0
