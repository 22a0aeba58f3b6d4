"""A disk that fills up, and one that cannot be written: said, nothing half done, and all well again with room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.database import open_database, url_of_file
from data.journal import CannotWrite, Draft, Journal, Record
from geo.faults import BadInput

BATCH = [Draft(5, "Any", "x" * 10_000)] * 5


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(journal: Journal) -> tuple[list[Record], CannotWrite]:
    """Appends until the disk is full; all that was acknowledged, and how the end was told."""
    kept: list[Record] = []
    for _ in range(1_000):
        try:
            kept += journal.append(BATCH)
        except CannotWrite as full:
            return kept, full
    raise AssertionError("the disk never filled up")


def test_a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with open_database(url_of_file(small_disk / "t.db"), exclusive=True) as opened:
        journal = Journal(opened)
        ballast.write_bytes(bytes(1_500_000))
        kept, full = fill(journal)
        assert "full" in str(full)
        assert (full.retryable, full.in_doubt) == (True, False)
        for _ in range(3):
            with pytest.raises(CannotWrite):
                journal.append(BATCH)
        assert list(journal.read()) == kept
        assert journal.head.seq == len(kept) > 0
        ballast.unlink()
        kept += journal.append(BATCH)
    with open_database(url_of_file(small_disk / "t.db"), exclusive=True) as opened:
        assert list(Journal(opened).read()) == kept
        assert Journal(opened).verify().first_fault is None


def test_a_database_that_may_grow_no_more_loses_nothing(tmp_path: Path) -> None:
    with open_database(url_of_file(tmp_path / "t.db"), exclusive=True) as opened:
        journal = Journal(opened)
        with opened.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=200")
        kept, full = fill(journal)
        assert "full" in str(full)
        assert (full.retryable, full.in_doubt) == (True, False)
        assert list(journal.read()) == kept
        # the limit was that of the connection that failed, and went with it
        kept += journal.append(BATCH)
        assert journal.verify().records == len(kept)


def test_a_full_disk_at_the_start_is_said(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(4 * 1024 * 1024 - 8_192))
    with pytest.raises(BadInput, match=r"cannot be (opened|written)"):
        open_database(url_of_file(small_disk / "t.db"), exclusive=True)
    (small_disk / "ballast").unlink()
    open_database(url_of_file(small_disk / "t.db"), exclusive=True).close()


def test_a_disk_that_is_for_reading_only_is_said(small_disk: Path) -> None:
    with open_database(url_of_file(small_disk / "t.db"), exclusive=True) as opened:
        Journal(opened).append(BATCH)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(BadInput, match=r"cannot be written.*another --database"):
        open_database(url_of_file(small_disk / "t.db"), exclusive=True)
    with pytest.raises(BadInput, match=r"cannot be written.*another --database"):
        open_database(url_of_file(small_disk / "new.db"), exclusive=True)
