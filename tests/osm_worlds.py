"""Hand-written OpenStreetMap extracts, and what a reading of them says in OpenStreetMap's own ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from routing.draft import Draft, Reading
from routing.osm import read_osm

Tags = Mapping[str, str]
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[Sequence[tuple[str, int, str]], Tags]
Link = tuple[int, int, int]
Places = Mapping[int, tuple[float, float]]

#         4
#         |12
#   1 --- 2 --- 3     ways 10, 11, 12, 13 of two directions each
#      10 |13 11
#         5
PLACES = {1: (8.99, 45.0), 2: (9.0, 45.0), 3: (9.01, 45.0), 4: (9.0, 45.01), 5: (9.0, 44.99), 6: (8.995, 45.001)}
STREET = {"highway": "residential"}
CROSS: tuple[Way, ...] = ((10, (1, 2), STREET), (11, (2, 3), STREET), (12, (4, 2), STREET), (13, (2, 5), STREET))


def one_way(more: Tags | None = None) -> Tags:
    return {**STREET, "oneway": "yes", **(more or {})}


def tags_xml(tags: Tags) -> str:
    return "".join(f"<tag k=\"{key}\" v='{_escaped(value)}'/>" for key, value in tags.items())


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("'", "&apos;").replace("<", "&lt;")


def world_xml(
    ways: Sequence[Way],
    relations: Sequence[Relation] = (),
    nodes: Mapping[int, Tags] | None = None,
    places: Places | None = None,
) -> str:
    """An extract of these ways, relations and tags of nodes; `places` stand beside those of PLACES."""
    tagged = nodes or {}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for key, (lon, lat) in sorted({**PLACES, **(places or {})}.items()):
        lines.append(f'<node id="{key}" version="1" lon="{lon}" lat="{lat}">{tags_xml(tagged.get(key, {}))}</node>')
    for key, refs, tags in ways:
        refs_xml = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{key}" version="1">{refs_xml}{tags_xml(tags)}</way>')
    for key, (members, tags) in enumerate(relations, start=1):
        members_xml = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        lines.append(f'<relation id="{key}" version="1">{members_xml}{tags_xml(tags)}</relation>')
    return "\n".join([*lines, "</osm>"])


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def read(
    folder: Path,
    ways: Sequence[Way],
    relations: Sequence[Relation] = (),
    nodes: Mapping[int, Tags] | None = None,
    places: Places | None = None,
) -> Reading:
    path = folder / "world.osm"
    path.write_text(world_xml(ways, relations, nodes, places), encoding="utf-8")
    return read_osm(path, quiet)


def turn(
    kind: str, more: Tags | None = None, *, start: int = 10, end: int = 12, via: tuple[str, int] = ("node", 2)
) -> Relation:
    members = (("way", start, "from"), (*via, "via"), ("way", end, "to"))
    return members, {"type": "restriction", "restriction": kind, **(more or {})}


def links(draft: Draft) -> list[Link]:
    """(tail, head, way) in OSM ids."""
    key = draft.node_key
    rows = zip(draft.link_tail, draft.link_head, draft.link_ref, strict=True)
    return [(int(key[tail]), int(key[head]), int(ref)) for tail, head, ref in rows]


def bans(draft: Draft) -> set[tuple[Link, Link]]:
    named = links(draft)
    return {(named[entered], named[left]) for entered, left in zip(draft.ban_in, draft.ban_out, strict=True)}


def heavy_bans(draft: Draft) -> set[tuple[Link, Link]]:
    named = links(draft)
    pairs = zip(draft.heavy_ban_in, draft.heavy_ban_out, strict=True)
    return {(named[entered], named[left]) for entered, left in pairs}


def path_bans(draft: Draft) -> set[tuple[Link, ...]]:
    named = links(draft)
    bounds = zip(draft.path_ban_offset, draft.path_ban_offset[1:], strict=False)
    return {tuple(named[link] for link in draft.path_ban_link[first:end]) for first, end in bounds}


def signalled(draft: Draft) -> set[Link]:
    """The links at whose head signals stand."""
    return {link for link, signal in zip(links(draft), draft.link_signal, strict=True) if signal}
