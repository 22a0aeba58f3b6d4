"""Real bytes of every kind of file that a table may come in, and of those that it may not."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from data.tables import Table, read_table
from geo.faults import BadInput

TEXT = "id,place\n1,盐城市解放路\n2,建军路\n"


def opened(tmp_path: Path, content: bytes, name: str = "table.csv") -> tuple[Table, list[str]]:
    path = tmp_path / name
    path.write_bytes(content)
    heard: list[str] = []
    return read_table(path, warn=heard.append), heard


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.rstrip("\n").encode(),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(b"\xef\xbb\xbf" + TEXT.encode(), mtime=0),
    ],
    ids=["utf-8", "bom", "crlf", "no-last-newline", "gzip", "gzip-bom"],
)
def test_the_same_table_in_many_bytes(tmp_path: Path, content: bytes) -> None:
    table, heard = opened(tmp_path, content)
    assert table.columns == ("id", "place")
    assert table.column("place") == ["盐城市解放路", "建军路"]
    assert list(table.lines) == [2, 3]
    assert heard == []


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312"])
def test_chinese_encodings_are_found_and_said(tmp_path: Path, encoding: str) -> None:
    table, heard = opened(tmp_path, TEXT.encode(encoding))
    assert table.column("place") == ["盐城市解放路", "建军路"]
    assert len(heard) == 1
    assert "GB18030" in heard[0]


def test_gzip_is_known_by_content_and_not_by_name(tmp_path: Path) -> None:
    table, _ = opened(tmp_path, gzip.compress(TEXT.encode(), mtime=0), "table.txt")
    assert len(table) == 2


def test_lines_count_empty_ones_and_quoted_breaks(tmp_path: Path) -> None:
    content = b'id,place\n\n1,"two\nlines, ""quoted"""\n\n2,end\n'
    table, _ = opened(tmp_path, content)
    assert list(table.lines) == [3, 6]
    assert table.column("place") == ['two\nlines, "quoted"', "end"]


def test_ragged_rows_and_stray_quotes_are_faults_of_their_lines(tmp_path: Path) -> None:
    content = b'id,place\n1\n2,good\n3,a,b\n4,trailing,,\n5,"stray"quote\n6,good\n'
    table, _ = opened(tmp_path, content)
    assert sorted(table.faults) == [2, 4, 6]
    assert "1 cells where the header has 2" in table.faults[2]
    assert "3 cells" in table.faults[4]
    assert "quote" in table.faults[6]
    assert table.column("id") == ["", "2", "", "4", "", "6"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b",,\n1,2,3\n", "names no column"),
        (b"\x1f\x8b\x08\x00broken", "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "truncated"),
        (b"PK\x03\x04nothing", "Excel"),
        (b"PAR1nothing", "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", ".xls"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (b"id,place\n1,\x00\n", "zero bytes"),
        (b"id,place\n1,ok\n2,\xff\xff\n", "line 3"),
        (b'id,place\n1,ok\n2,"never closed\n3,ok\n', "line 3"),
        (b'id,place\n1,"' + b"x" * 200_000, "never closed"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        opened(tmp_path, content)


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    for path, what in ((tmp_path / "no.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(BadInput, match=what):
            read_table(path, warn=print)


def test_a_workbook_reads_as_its_csv_would(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["occurred", "lon", "lanes", "waiting", "note"])
    sheet.append([dt.datetime.fromisoformat("2019-03-04 08:05"), 121.5574124, 2, True, "五"])
    sheet.append([None] * 5)
    sheet.append(["2019-03-04 08:06", 121, 2.0, False, None])
    book.create_sheet("second")
    path = tmp_path / "table.xlsx"
    book.save(path)
    heard: list[str] = []
    table = read_table(path, warn=heard.append)
    assert list(table.lines) == [2, 4]
    assert table.column("occurred") == ["2019-03-04 08:05:00.000", "2019-03-04 08:06"]
    assert table.column("lon") == ["121.5574124", "121"]
    assert table.column("lanes") == ["2", "2"]
    assert table.column("waiting") == ["true", "false"]
    assert table.column("note") == ["五", ""]
    assert "only its first sheet" in heard[0]


def test_an_empty_workbook_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(BadInput, match="is empty"):
        read_table(path, warn=print)


def test_parquet_columns_of_many_types_read_as_text(tmp_path: Path) -> None:
    local = dt.datetime.fromisoformat("2019-03-04 08:05")
    taipei = dt.timezone(dt.timedelta(hours=8))
    path = tmp_path / "table.parquet"
    columns = {
        "local": pa.array([local, None], pa.timestamp("us")),
        "instant": pa.array([local.replace(tzinfo=taipei)] * 2, pa.timestamp("ns", tz="Asia/Taipei")),
        "lon": pa.array([121.5574124, None]),
        "nullable": pa.array([2.0, float("nan")]),
        "whole": pa.array([3, None]),
        "exact": pa.array([Decimal("25.50"), None]),
        "waiting": pa.array([True, None]),
        "kind": pa.array(["injury", "damage"]).dictionary_encode(),
    }
    pyarrow.parquet.write_table(pa.table(columns), path)
    table = read_table(path, warn=print)
    assert list(table.lines) == [2, 3]
    assert table.column("local") == ["2019-03-04 08:05:00.000", ""]
    assert table.column("instant") == ["2019-03-04 00:05:00.000+00:00"] * 2
    assert table.column("lon") == ["121.5574124", ""]
    assert table.column("nullable") == ["2", ""]
    assert table.column("whole") == ["3", ""]
    assert table.column("exact") == ["25.5", ""]
    assert table.column("waiting") == ["true", ""]
    assert table.column("kind") == ["injury", "damage"]
