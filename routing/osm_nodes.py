"""What OpenStreetMap's tags of a node on a road mean: signals, barriers that close it or not, and limits.

After the OSM wiki's pages on Tag:highway=traffic_signals, Key:traffic_signals:direction, Key:barrier, Key:locked and
Key:maxheight. Tags that say who may pass a barrier decide before its kind does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from routing.osm_limits import limits_of
from routing.osm_tags import ACCESS_KEYS, SIDES, Direction, is_open

SHUTTING = frozenset({
    "barrier_board", "block", "bollard", "boulder", "bus_trap", "cable_barrier", "chain", "concrete_block",
    "cycle_barrier", "debris", "ditch", "fence", "full-height_turnstile", "guard_rail", "hedge", "horse_stile",
    "jersey_barrier", "kissing_gate", "log", "motorcycle_barrier", "planter", "retaining_wall", "rope", "step", "stile",
    "sump_buster", "tank_trap", "turnstile", "wall", "wedge", "wicket_gate",
})  # fmt: skip
"""Kinds that keep motor vehicles out by themselves."""

OPENING = frozenset({
    "arch", "border_control", "bump_gate", "cattle_grid", "checkpoint", "coupure", "entrance", "gate",
    "hampshire_gate", "height_restrictor", "kerb", "lift_gate", "no", "sally_port", "sliding_gate", "swing_gate",
    "toll_booth", "width_restrictor",
})  # fmt: skip
"""Kinds that a tow truck on call passes, or that are opened for it."""

NO_STOP = frozenset({"blinker", "continuous_green", "emergency"})
"""Values of `traffic_signals` that do not make the traffic of a street stop in turn."""

NODE_TAGS = (
    "highway", "barrier", "traffic_signals", "traffic_signals:direction", "direction", "locked", "maxheight",
    "maxweight", *ACCESS_KEYS,
)  # fmt: skip


class Barrier(IntEnum):
    """What a barrier does to a motor vehicle."""

    NONE = 0
    PASSABLE = 1
    UNKNOWN = 2
    """Of a kind that is not known here: taken as passable."""
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class RoadNode:
    """A node that says something. `signal` is the direction of its way that the signals face, None without signals."""

    id: int
    signal: Direction | None
    barrier: Barrier
    max_weight_kg: int
    max_height_cm: int
    unreadable: int


def read_node(node_id: int, tags: Mapping[str, str]) -> RoadNode | None:
    """What a node on a drivable way says of driving over it, None where it says nothing."""
    limits = limits_of(tags)
    node = RoadNode(
        id=node_id,
        signal=_signal(tags),
        barrier=_barrier(tags),
        max_weight_kg=limits.max_weight_kg[0],
        max_height_cm=limits.max_height_cm[0],
        unreadable=limits.unreadable,
    )
    silent = node.signal is None and node.barrier is Barrier.NONE
    return None if silent and not (node.max_weight_kg or node.max_height_cm or node.unreadable) else node


def _signal(tags: Mapping[str, str]) -> Direction | None:
    if tags.get("highway") != "traffic_signals" or tags.get("traffic_signals") in NO_STOP:
        return None
    return SIDES.get(tags.get("traffic_signals:direction") or tags.get("direction", ""), Direction.BOTH)


def _barrier(tags: Mapping[str, str]) -> Barrier:
    kind = tags.get("barrier")
    if kind is None:
        return Barrier.NONE
    if any(key in tags for key in ACCESS_KEYS):
        return Barrier.PASSABLE if is_open(tags) else Barrier.CLOSED
    if kind in SHUTTING or tags.get("locked") == "yes":
        return Barrier.CLOSED
    return Barrier.PASSABLE if kind in OPENING else Barrier.UNKNOWN
