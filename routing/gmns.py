"""Reads a folder in the General Modeling Network Specification (GMNS) into drafted links.

`node.csv` and `link.csv` (each also .csv.gz), and where they exist `movement.csv` (banned turns), `config.csv`
(units), `poi.csv` (kind, name, lon, lat), `attribution.txt` or `README`. Signals stand where the column `ctrl_type` of
a node says so, else of a movement. Limits of weight and height are no part of the specification. Lengths are metres and
speeds km/h unless config.csv says otherwise.

Length of a link: that of its geometry where a geometry is given and agrees with `length` within 10 %, or where
`length` is empty or 0; else the given `length` (a straight line stands for a winding road, say), and the
disagreements are counted in a note.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput
from routing.draft import Draft, NameTable, Reading
from routing.gmns_links import UNKNOWN_FACILITY, GmnsLink, GmnsNode, read_links, read_nodes, read_pois, read_units
from routing.gmns_movements import read_movements
from routing.gmns_shapes import STRAIGHT, Lines, lines_of
from routing.gmns_tables import Faults, table_path
from routing.roads import NO_LINK

DUPLICATE = "links: repeats of a link between the same nodes on the same line"
NO_EXTENT = "links: from a node to itself without extent"
LOOPS = "links from a node to itself around a block are kept"
ZERO = "links have no length: their two nodes lie at one place"
DISAGREE = "links have a `length` more than 10 % off their geometry: the given length counts"
LONGEST_ATTRIBUTION = 500


def read_gmns(folder: Path, progress: Callable[[str], None]) -> Reading:
    """Drafted links, turn bans and points of interest of a GMNS folder.

    Raises BadInput with every fault found (file, line, ids) where the folder cannot be used.
    """
    source = folder.resolve().name
    faults = Faults(source)
    node_path, link_path = (_required(folder, source, name) for name in ("node", "link"))
    progress(f"reading the nodes and links of {source}")
    units = read_units(folder, faults)
    nodes, node_rows = read_nodes(node_path, faults)
    table = read_links(link_path, node_rows, units, faults)
    links, dropped, remarks = table.links, table.dropped, table.remarks
    faults.stop_if_any()
    progress(f"drawing {len(links)} links between {len(nodes)} nodes")
    lines = lines_of(links, nodes, link_path.name, faults)
    pois, unknown_pois = read_pois(folder, faults)
    faults.stop_if_any()
    keep = _kept(links, lines, dropped, remarks)
    if not keep:
        raise BadInput(f"{source}: no drivable road in {link_path.name}")
    draft, link_ids = _draft(nodes, [links[row] for row in keep], lines.rows(keep), remarks)
    moves = read_movements(folder, draft, link_ids, node_rows, table.ids, faults)
    faults.stop_if_any()
    dropped.update(moves.dropped)
    dropped.update(unknown_pois)
    return Reading(
        draft=dataclasses.replace(
            draft, ban_in=moves.ban_in, ban_out=moves.ban_out, link_signal=_signals(nodes, draft, moves.signal)
        ),
        pois=pois,
        source=source,
        attribution=_attribution(folder, source),
        restrictions=0,
        dropped={reason: count for reason, count in sorted(dropped.items()) if count},
        notes=_notes(draft, remarks + lines.remarks),
    )


def _required(folder: Path, source: str, name: str) -> Path:
    path = table_path(folder, name)
    if path is None:
        raise BadInput(f"{source}: no {name}.csv or {name}.csv.gz in it; a GMNS folder holds node.csv and link.csv")
    return path


def _kept(links: Sequence[GmnsLink], lines: Lines, dropped: Counter[str], remarks: Counter[str]) -> list[int]:
    """Rows of the links to be kept; repeats and loops without extent are counted and left out."""
    seen: set[tuple[int, int, float, bytes]] = set()
    keep: list[int] = []
    for row, link in enumerate(links):
        # Without geometry two streets between the same nodes differ in nothing but their length.
        key = (link.tail, link.head, 0.0 if lines.drawn[row] else link.length_m or 0.0, lines.key(row))
        if key in seen:
            dropped[DUPLICATE] += 1
        elif link.tail == link.head and lines.length_m[row] == 0:
            dropped[NO_EXTENT] += 1
        else:
            remarks[LOOPS] += link.tail == link.head
            remarks[ZERO] += link.tail != link.head and lines.length_m[row] == 0 and not link.length_m
            keep.append(row)
            seen.add(key)
    return keep


def _draft(
    nodes: Sequence[GmnsNode], links: Sequence[GmnsLink], lines: Lines, remarks: Counter[str]
) -> tuple[Draft, list[str]]:
    """Directed links (an undirected one makes two, the second against its line) and the link id of each."""
    row = np.repeat(np.arange(len(links)), [1 if link.directed else 2 for link in links])
    against = np.concatenate([[False], row[1:] == row[:-1]])
    offset, shape = lines.points(row, against)
    tail, head = (np.array([getattr(link, end) for link in links], np.int32)[row] for end in ("tail", "head"))
    names = NameTable()
    name_row = np.array([names.row(link.name) for link in links], np.int32)
    draft = Draft(
        node_key=np.arange(len(nodes), dtype=np.int64),
        node_lon_e7=np.array([node.lon_e7 for node in nodes], np.int32),
        node_lat_e7=np.array([node.lat_e7 for node in nodes], np.int32),
        link_tail=np.where(against, head, tail),
        link_head=np.where(against, tail, head),
        link_speed_kmh=np.array([link.speed_kmh for link in links], np.uint8)[row],
        link_speed_assumed=np.array([link.speed_assumed for link in links], np.bool_)[row],
        link_class=np.array([link.road_class for link in links], np.uint8)[row],
        link_lanes=np.array([link.lanes for link in links], np.uint8)[row],
        link_reverse=np.full(len(row), NO_LINK, np.int32),
        link_name=name_row[row],
        link_ref=np.array([link.row for link in links], np.int64)[row],
        link_signal=np.zeros(len(row), np.bool_),
        link_max_weight_kg=np.zeros(len(row), np.int32),
        link_max_height_cm=np.zeros(len(row), np.int32),
        link_no_heavy=np.zeros(len(row), np.bool_),
        given_length_m=_given_lengths_m(links, lines, remarks)[row],
        shape_offset=offset,
        shape_lon_e7=lines.lon_e7[shape],
        shape_lat_e7=lines.lat_e7[shape],
        ban_in=np.zeros(0, np.int64),
        ban_out=np.zeros(0, np.int64),
        heavy_ban_in=np.zeros(0, np.int64),
        heavy_ban_out=np.zeros(0, np.int64),
        path_ban_offset=np.zeros(1, np.int64),
        path_ban_link=np.zeros(0, np.int64),
        names=names.names(),
    )
    link_ids = [links[number].id for number in row.tolist()]
    return dataclasses.replace(draft, link_reverse=_reverses(draft, link_ids)), link_ids


def _signals(nodes: Sequence[GmnsNode], draft: Draft, of_movements: NDArray[np.int64]) -> NDArray[np.bool_]:
    signal = np.array([node.signal for node in nodes], np.bool_)[draft.link_head]
    signal[of_movements] = True
    return signal


def _given_lengths_m(links: Sequence[GmnsLink], lines: Lines, remarks: Counter[str]) -> NDArray[np.float64]:
    given = np.array([link.length_m or np.nan for link in links], np.float64)
    with np.errstate(invalid="ignore"):
        off = np.abs(lines.length_m - given) > 0.1 * given
    remarks[DISAGREE] += int(np.count_nonzero(off & lines.drawn))
    return np.where(off | ~lines.drawn, given, np.nan)


def _reverses(draft: Draft, link_ids: Sequence[str]) -> NDArray[np.int32]:
    """The opposite direction of each link: the same line driven the other way, else the link named `<id>r`."""
    reverse = np.full(len(link_ids), NO_LINK, np.int32)
    waiting: dict[tuple[int, int, bytes], list[int]] = {}
    places = np.stack([draft.shape_lon_e7, draft.shape_lat_e7], axis=1)
    ends = list(zip(draft.link_tail.tolist(), draft.link_head.tolist(), strict=True))
    for link, (tail, head) in enumerate(ends):
        line = places[draft.shape_offset[link] : draft.shape_offset[link + 1]]
        twins = waiting.get((head, tail, line[::-1].tobytes()))
        if twins:
            reverse[link] = twins.pop(0)
            reverse[reverse[link]] = link
        else:
            waiting.setdefault((tail, head, line.tobytes()), []).append(link)
    link_of = {link_id: link for link, link_id in enumerate(link_ids)}
    for link, link_id in enumerate(link_ids):
        twin = link_of.get(link_id + "r", NO_LINK)
        if twin != NO_LINK and reverse[link] == reverse[twin] == NO_LINK and ends[twin] == ends[link][::-1]:
            reverse[link], reverse[twin] = twin, link
    return reverse


def _attribution(folder: Path, source: str) -> str:
    """What attribution.txt says, else the first paragraph of a README, else that nothing is stated."""
    for name in ("attribution.txt", "README", "README.txt", "README.md"):
        path = folder / name
        if path.is_file():
            paragraphs = path.read_text(encoding="utf-8-sig", errors="replace").split("\n\n")
            spoken = [" ".join(text.split()) for text in paragraphs if not text.lstrip().startswith("#")]
            first = next((text for text in spoken if text), "")
            if first:
                return first[:LONGEST_ATTRIBUTION]
    return f"as given by {source}; rights not stated"


def _notes(draft: Draft, remarks: Counter[str]) -> tuple[str, ...]:
    notes = [f"{remarks[kind]} {kind}" for kind in (STRAIGHT, LOOPS, ZERO, DISAGREE) if remarks[kind]]
    notes += [f"{count} {kind}" for kind, count in sorted(remarks.items()) if kind.startswith("geometries") and count]
    if remarks[UNKNOWN_FACILITY]:
        notes.append(f"{remarks[UNKNOWN_FACILITY]} links of an unknown facility_type are read as unclassified roads")
    if (draft.link_reverse != NO_LINK).all():
        notes.append("the source marks no street as one-way: every street is read as two-way")
    return tuple(notes)
