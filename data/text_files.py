"""Text that others saved: opened, unpacked, decoded and cut into rows, with each row's line kept."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.faults import BadInput

GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """A record: the 1-based line on which it starts, its cells, and the reason where it cannot be cut into cells."""

    line: int
    cells: list[str]
    fault: str = ""


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises BadInput where it is missing, a folder or not readable."""
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise BadInput(f"{path}: is a folder; name a file") from error
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def unzipped(content: bytes, name: str) -> bytes:
    """The content of a gzip file, or `content` as it is where it is none. Raises BadInput on a broken one."""
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{name}: a broken or truncated gzip file ({error}); fetch or pack it again") from error


def decoded(content: bytes, name: str, warn: Callable[[str], None]) -> str:
    """The text of UTF-8 bytes (with or without a byte-order mark) or of GB18030 ones, which `warn` is told of.

    GB18030 (which contains GBK and GB2312) is tried where the bytes are not valid UTF-8. Raises BadInput, with the
    line, where they are neither.
    """
    if content.startswith(UTF16_MARKS):
        raise BadInput(f"{name}: is UTF-16; save it as UTF-8")
    if b"\0" in content:
        raise BadInput(f"{name}: holds zero bytes and is no text; CSV, .csv.gz, .xlsx and Parquet can be read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        not_utf8 = error
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, not_utf8.start) + 1
        raise BadInput(f"{name}, line {line}: neither UTF-8 nor GB18030; save the file as UTF-8") from error
    warn(f"{name}: read as GB18030, since it is not valid UTF-8")
    return text


def csv_rows(text: str, name: str) -> Iterator[Row]:
    """Rows of comma-separated text (RFC 4180), empty lines left out; a row with a stray quote carries its fault.

    Raises BadInput where a quote is never closed: all that follows it would be taken for one cell.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error) or "field larger than" in str(error):
                raise BadInput(f"{name}, line {line}: a quote is opened there and never closed") from error
            yield Row(line, [], f"a quote out of place ({error})")
            continue
        if cells:
            yield Row(line, cells)


def fitted(row: Row, width: int) -> Row:
    """The row with exactly `width` cells, or with its fault; empty cells beyond the header are dropped.

    Spreadsheets leave such trailing commas behind; a row that is too short has lost something.
    """
    if row.fault or len(row.cells) == width:
        return row
    if len(row.cells) > width and not any(cell.strip() for cell in row.cells[width:]):
        return Row(row.line, row.cells[:width])
    return Row(row.line, [], f"{len(row.cells)} cells where the header has {width}")
