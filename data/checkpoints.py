"""Snapshots of the folded state, so that a start need not fold the whole journal. None of them is ever needed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from data.database import Database
from data.schema import checkpoints

KEPT = 3
"""More than one, because the newest may be damaged, or from a state that turned out to be wrong."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after record `seq`, on the roads of the city whose digest is `city_sha256`."""

    seq: int
    at_ms: int
    city_sha256: str
    state: bytes


def save(database: Database, checkpoint: Checkpoint) -> None:
    """Keeps a checkpoint in place of an earlier one of the same record, and only the last KEPT. Raises CannotWrite."""
    packed = zlib.compress(checkpoint.state)
    column = checkpoints.c
    newest = select(column.seq).order_by(column.seq.desc()).limit(KEPT)
    with database.write() as connection:
        connection.execute(delete(checkpoints).where(column.seq == checkpoint.seq))
        connection.execute(
            insert(checkpoints).values(
                seq=checkpoint.seq,
                at_ms=checkpoint.at_ms,
                city_sha256=checkpoint.city_sha256,
                state=packed,
                sha256=hashlib.sha256(checkpoint.state).hexdigest(),
            )
        )
        connection.execute(delete(checkpoints).where(column.seq.not_in(newest)))


def latest(database: Database, city_sha256: str, note: Callable[[str], None]) -> Checkpoint | None:
    """The newest sound checkpoint on these roads; each damaged one is passed over with a `note`. Raises CannotRead."""
    column = checkpoints.c
    query = select(column.seq, column.at_ms, column.state, column.sha256).where(column.city_sha256 == city_sha256)
    with database.read() as connection:
        rows = connection.execute(query.order_by(column.seq.desc())).all()
    for seq, at_ms, packed, sha256 in rows:
        try:
            state = zlib.decompress(packed)
        except (zlib.error, TypeError):  # cut short, or no bytes at all
            state = b""
        if hashlib.sha256(state).hexdigest() == sha256:
            return Checkpoint(seq, at_ms, city_sha256, state)
        note(f"the checkpoint after record {seq} is damaged; an earlier one is used, or the whole journal")
    return None
