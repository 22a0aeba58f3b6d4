"""The banned turns of a GMNS movement file, and the links that it sends into signals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft
from routing.gmns_links import is_signal
from routing.gmns_tables import Faults, Row, read_table, table_path

NONE = "none"
CAR_WORDS = frozenset({"", "all", "auto", "car", "sov", "hov", "truck"})

DROPPED_LINK = "movements: banned, but of a link that was left out"
NO_TURN = "movements: banned, but the links do not meet at the node in that order"
REPEATED = "movements: banned, and banned already by an earlier row"
SOME_USES = "movements: allowed to some uses only (taken as allowed)"


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """Banned (in, out) pairs, the links from which an allowed movement waits at signals, and what was left out."""

    ban_in: NDArray[np.int64]
    ban_out: NDArray[np.int64]
    signal: NDArray[np.int64]
    dropped: Counter[str]


def read_movements(
    folder: Path,
    draft: Draft,
    link_ids: Sequence[str],
    node_rows: Mapping[str, int],
    known_ids: Collection[str],
    faults: Faults,
) -> Movements:
    """Bans are the movements with `allowed_uses = none`; signals those of others whose `ctrl_type` says so.

    An id that no link of the link file has is a fault. Of an undirected link the direction that meets the node counts.
    """
    links_of: dict[str, list[int]] = {}
    for link, link_id in enumerate(link_ids):
        links_of.setdefault(link_id, []).append(link)
    path = table_path(folder, "movement")
    required = ("node_id", "ib_link_id", "ob_link_id", "allowed_uses")
    pairs: dict[tuple[int, int], None] = {}
    signal: set[int] = set()
    dropped: Counter[str] = Counter()
    for row in read_table(path, required, faults) if path else ():
        uses = row.text("allowed_uses").lower()
        dropped[SOME_USES] += uses not in CAR_WORDS and uses != NONE
        if not _is_sound(row, node_rows, known_ids):
            continue
        node = node_rows[row.text("node_id")]
        arriving, leaving = links_of.get(row.text("ib_link_id"), []), links_of.get(row.text("ob_link_id"), [])
        if uses != NONE:
            signal.update(link for link in arriving if is_signal(row) and draft.link_head[link] == node)
            continue
        if not arriving or not leaving:
            dropped[DROPPED_LINK] += 1
            continue
        turns = [
            (link, out)
            for link in arriving
            for out in leaving
            if draft.link_head[link] == node and draft.link_tail[out] == node
        ]
        dropped[NO_TURN] += not turns
        dropped[REPEATED] += bool(turns) and pairs.keys() >= set(turns)
        pairs.update(dict.fromkeys(turns))
    table = np.array(list(pairs), np.int64).reshape(-1, 2)
    return Movements(table[:, 0], table[:, 1], np.array(sorted(signal), np.int64), dropped)


def _is_sound(row: Row, node_rows: Mapping[str, int], known_ids: Collection[str]) -> bool:
    """Whether node and links exist in their files; adds a fault for each that does not."""
    sound = row.text("node_id") in node_rows
    if not sound:
        row.fault(f"node_id {row.text('node_id')!r} is no node of the node file")
    for column in ("ib_link_id", "ob_link_id"):
        if row.text(column) not in known_ids:
            row.fault(f"{column} {row.text(column)!r} is no link of the link file")
            sound = False
    return sound
