"""Turn restrictions of OpenStreetMap: what the relations say, and the reasons for not keeping one.

After the OSM wiki's Relation:restriction. What a restriction bans on the links of a city is made in `routing.osm_bans`.
Each that is not kept is counted by its reason, so that
restrictions read = restrictions that ban something + the sum of the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OUR_VEHICLES = ("motorcar", "motor_vehicle", "vehicle")
HEAVY_VEHICLES = ("hgv", "goods")
OLD_HOURS = frozenset({"day_on", "day_off", "hour_on", "hour_off"})
TURNS = frozenset({
    "left_turn", "right_turn", "straight_on", "u_turn", "entry", "exit",
})  # fmt: skip

CONDITIONAL = "restrictions: hold at certain times only"
OTHER_VEHICLES = "restrictions: for other vehicles, or cars are excepted"
UNKNOWN_KIND = "restrictions: of an unknown kind"
INCOMPLETE = "restrictions: member missing (from, to or via)"
SEVERAL = "restrictions: more members than their kind allows"
NOT_ROADS = "restrictions: a member is no drivable road at the via node or way"
NOT_CONNECTED = "restrictions: from, via ways and to do not follow one another"
AMBIGUOUS = "restrictions: a member passes through the via node or way, so that two turns could be meant"
NO_EFFECT = "restrictions: the turn does not exist anyway (one-way)"
HEAVY_VIA_WAY = "restrictions: for heavy vehicles only, and via a way"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a relation: `kind` is n, w or r."""

    kind: str
    id: int
    role: str


@dataclass(frozen=True, slots=True)
class TurnRule:
    """A restriction via one node, or via ways in the order of travel (then `via_node` is None).

    `only` demands the turn, else it is forbidden; `heavy` holds for heavy vehicles alone.
    """

    only: bool
    from_ways: tuple[int, ...]
    via_node: int | None
    to_ways: tuple[int, ...]
    via_ways: tuple[int, ...] = ()
    heavy: bool = False


def is_restriction(tags: Mapping[str, str]) -> bool:
    """Whether a relation's type says that it restricts turns."""
    return tags.get("type", "").partition(":")[0] == "restriction"


def read_restriction(tags: Mapping[str, str], members: Sequence[Member]) -> TurnRule | str:
    """The rule that a restriction relation states for a tow truck, or the reason for not keeping it."""
    kind, heavy = _kind(tags)
    if kind in (CONDITIONAL, OTHER_VEHICLES, UNKNOWN_KIND):
        return kind
    only, _, turn = kind.partition("_")
    from_ways = tuple(member.id for member in members if member.role == "from" and member.kind == "w")
    to_ways = tuple(member.id for member in members if member.role == "to" and member.kind == "w")
    via = [member for member in members if member.role == "via"]
    if not (from_ways and to_ways and via) or any(member.kind == "r" for member in via):
        return INCOMPLETE
    nodes = [member.id for member in via if member.kind == "n"]
    ways = tuple(member.id for member in via if member.kind == "w")
    if len(nodes) > 1 or (nodes and ways):
        return SEVERAL
    if (len(from_ways) > 1 and turn != "entry") or (len(to_ways) > 1 and turn != "exit"):
        return SEVERAL
    if heavy and ways:
        return HEAVY_VIA_WAY
    return TurnRule(only == "only", from_ways, nodes[0] if nodes else None, to_ways, ways, heavy)


def _kind(tags: Mapping[str, str]) -> tuple[str, bool]:
    """The value such as no_left_turn that holds at all times, or why there is none; and whether for heavy ones only."""
    said_for = tags.get("type", "").partition(":")[2]
    kind = _said(tags, OUR_VEHICLES, tags.get("restriction") if said_for in ("", *OUR_VEHICLES) else None)
    heavy = kind is None
    if heavy:
        kind = _said(tags, HEAVY_VEHICLES, tags.get("restriction") if said_for in HEAVY_VEHICLES else None)
    if kind is None:
        return _why_none(tags, said_for), False
    if OLD_HOURS & tags.keys() or "@" in kind:
        return CONDITIONAL, False
    excepted = {value.strip() for value in tags.get("except", "").replace(",", ";").split(";")}
    heavy = heavy or "motorcar" in excepted
    if excepted & {"motor_vehicle", "vehicle"} or (heavy and "hgv" in excepted):
        return OTHER_VEHICLES, False
    prefix, _, turn = kind.partition("_")
    return kind if prefix in ("no", "only") and turn in TURNS else UNKNOWN_KIND, heavy


def _said(tags: Mapping[str, str], vehicles: Sequence[str], kind: str | None) -> str | None:
    """What is said of the first of the vehicles of which something is said, else `kind`."""
    return next((tags[f"restriction:{one}"] for one in vehicles if tags.get(f"restriction:{one}")), kind)


def _why_none(tags: Mapping[str, str], said_for: str) -> str:
    if any(key.startswith("restriction") and key.endswith(":conditional") for key in tags):
        return CONDITIONAL
    return OTHER_VEHICLES if said_for or any(key.startswith("restriction:") for key in tags) else UNKNOWN_KIND
