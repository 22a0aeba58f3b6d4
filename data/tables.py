"""A table of text cells, whatever the file: CSV, gzipped CSV, Excel workbook or Parquet. Told apart by content."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
from openpyxl.utils.exceptions import InvalidFileException

from data.text_files import Row, csv_rows, decoded, fitted, read_bytes, sha256_hex, unzipped
from geo.faults import BadInput

PARQUET_MAGIC, ZIP_MAGIC, OLD_EXCEL_MAGIC = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of one file as stripped text, "" where a cell is empty.

    `lines[k]` is where row k starts, 1-based and the header counted: a line of text, a row of a sheet, and in Parquet
    the record's number plus one. `cells[k]` has one cell a column, and none where `faults` names line k.
    """

    name: str
    columns: tuple[str, ...]
    lines: Sequence[int]
    cells: Sequence[Sequence[str]]
    faults: dict[int, str]
    sha256: str

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        """The cells of one column, "" in rows that could not be read."""
        at = self.columns.index(name)
        return [row[at].strip() if row else "" for row in self.cells]


def read_table(path: Path, *, warn: Callable[[str], None]) -> Table:
    """Read a table. Raises BadInput where the file cannot be read, is of another kind, or has no header."""
    content = read_bytes(path)
    digest = sha256_hex(content)
    content = unzipped(content, path.name)
    if content.startswith(OLD_EXCEL_MAGIC):
        raise BadInput(f"{path.name}: an old Excel file (.xls); save it as .xlsx or CSV")
    columns: tuple[str, ...]
    rows: Iterable[Row]
    if content.startswith(PARQUET_MAGIC):
        columns, rows = _parquet_rows(content, path.name)
    elif content.startswith(ZIP_MAGIC):
        columns, rows = _with_header(_sheet_rows(content, path.name, warn), path.name)
    else:
        columns, rows = _with_header(csv_rows(decoded(content, path.name, warn), path.name), path.name)
    kept = [fitted(row, len(columns)) for row in rows]
    return Table(
        name=path.name,
        columns=columns,
        lines=[row.line for row in kept],
        cells=[row.cells for row in kept],
        faults={row.line: row.fault for row in kept if row.fault},
        sha256=digest,
    )


def require_columns(table: Table, required: Iterable[str], used: Iterable[str]) -> None:
    """Raise BadInput where a required column is missing or one of those used stands twice."""
    missing = [name for name in required if name not in table.columns]
    if missing:
        hint = ""
        if len(table.columns) == 1 and any(mark in table.columns[0] for mark in ";\t|"):
            hint = "; the columns must be separated by commas"
        raise BadInput(f"{table.name}: no column {', '.join(missing)}; the header has {', '.join(table.columns)}{hint}")
    twice = [name for name in used if table.columns.count(name) > 1]
    if twice:
        raise BadInput(f"{table.name}: column {', '.join(twice)} stands more than once in the header")


def _with_header(rows: Iterable[Row], name: str) -> tuple[tuple[str, ...], Iterable[Row]]:
    all_rows = iter(rows)
    header = next(all_rows, None)
    if header is None:
        raise BadInput(f"{name}: is empty; it needs at least a header")
    if header.fault:
        raise BadInput(f"{name}, line {header.line}: the header has {header.fault}")
    columns = [cell.strip() for cell in header.cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise BadInput(f"{name}, line {header.line}: the header names no column")
    return tuple(columns), all_rows


def _sheet_rows(content: bytes, name: str, warn: Callable[[str], None]) -> list[Row]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            warn(f"{name}: only its first sheet, {sheet.title!r}, is read")
        # Some writers state a wrong size of the sheet; without one every row is read.
        sheet.reset_dimensions()
        values = [list(row) for row in sheet.iter_rows(values_only=True)]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, EOFError, SyntaxError) as error:
        raise BadInput(f"{name}: not an Excel workbook that can be read ({error})") from error
    texts = ([_cell_text(value) for value in row] for row in values)
    rows = [Row(line, cells) for line, cells in enumerate(texts, start=1) if any(cells)]
    width = len(rows[0].cells) if rows else 0
    # A sheet has no ragged rows: trailing cells that were never filled are simply not stored.
    return [Row(row.line, row.cells + [""] * (width - len(row.cells))) for row in rows]


def _cell_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            # A serial date is a float of days: without rounding 08:05 becomes 08:04:59.999999.
            return (value + dt.timedelta(microseconds=500)).isoformat(" ", "milliseconds")
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _parquet_rows(content: bytes, name: str) -> tuple[tuple[str, ...], list[Row]]:
    try:
        table = pa.parquet.read_table(io.BytesIO(content))
        texts = [_column_texts(table.column(at)) for at in range(table.num_columns)]
    except pa.ArrowException as error:
        raise BadInput(f"{name}: not a Parquet file that can be read ({str(error).splitlines()[0]})") from error
    if not texts:
        raise BadInput(f"{name}: has no columns")
    cells = [list(row) for row in zip(*texts, strict=True)]
    return tuple(table.column_names), [Row(line, row) for line, row in enumerate(cells, start=2)]


def _column_texts(column: pa.ChunkedArray) -> list[str]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_timestamp(kind):
        # Nanoseconds are cut to the milliseconds that a load keeps, and the zone's own instant is written in UTC.
        column = column.cast(pa.timestamp("ms", tz=kind.tz), safe=False)
        if kind.tz is not None:
            return [_cell_text(None if at is None else at.astimezone(dt.UTC)) for at in column.to_pylist()]
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [_number_text(value) for value in column.to_pylist()]
    return [_cell_text(value) for value in column.to_pylist()]


def _number_text(value: object) -> str:
    if value is None or value != value:
        return ""
    return _cell_text(float(str(value)))
