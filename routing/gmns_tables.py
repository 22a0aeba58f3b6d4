"""Reads the CSV tables of a GMNS folder row by row and collects every fault with file, line and value."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geo.faults import BadInput

SHOWN_FAULTS = 50
TRUE_WORDS = frozenset({"1", "true", "t", "yes", "1.0"})
FALSE_WORDS = frozenset({"0", "false", "f", "no", "0.0"})


@dataclass(slots=True)
class Faults:
    """The faults found so far in one folder, one line each."""

    folder: str
    lines: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, what: str) -> None:
        self.lines.append(f"{file}, line {line}: {what}")

    def stop_if_any(self) -> None:
        """Raises BadInput with all faults where there is one."""
        if self.lines:
            more = f" (and {len(self.lines) - 1} more)" if len(self.lines) > 1 else ""
            raise BadInput(f"{self.folder}: {self.lines[0]}{more}", self.lines[:SHOWN_FAULTS])


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `line` is 1-based in the file, header included (a quoted line break counts)."""

    file: str
    line: int
    cells: dict[str, str]
    faults: Faults

    def text(self, column: str) -> str:
        """The cell without surrounding blanks, "" where the column is missing."""
        return self.cells.get(column, "")

    def number(self, column: str) -> float | None:
        """The cell as a finite number; None where it is empty, or (after adding a fault) no such number."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        self.fault(f"{column} is {text!r}, not a number")
        return None

    def flag(self, column: str) -> bool | None:
        """The cell as yes or no; None (after adding a fault) where it is neither."""
        text = self.text(column).lower()
        if text in TRUE_WORDS or text in FALSE_WORDS:
            return text in TRUE_WORDS
        self.fault(f"{column} is {self.text(column)!r}, neither 1 (directed) nor 0")
        return None

    def fault(self, what: str) -> None:
        self.faults.add(self.file, self.line, what)


def table_path(folder: Path, name: str) -> Path | None:
    """`name`.csv or `name`.csv.gz in the folder, None where there is neither."""
    return next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None)


def read_table(path: Path, required: Sequence[str], faults: Faults) -> Iterator[Row]:
    """The rows of a CSV table (UTF-8, with or without gzip), blank lines left out.

    Raises BadInput where the file cannot be read or lacks a required column; a row of the wrong width is a fault.
    """
    where = f"{faults.folder}/{path.name}"
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            header = [column.strip() for column in next(reader, [])]
            missing = [column for column in required if column not in header]
            if missing:
                has = ", ".join(header) or "nothing"
                raise BadInput(f"{where}: column {', '.join(missing)} is missing (it has {has})")
            for cells in reader:
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    faults.add(path.name, reader.line_num, f"{len(cells)} cells, the header has {len(header)}")
                    continue
                yield Row(path.name, reader.line_num, dict(zip(header, map(str.strip, cells), strict=True)), faults)
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: not UTF-8 ({error.reason}); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise BadInput(f"{where}: cannot be read ({error}); it may be truncated or be no CSV file") from error
