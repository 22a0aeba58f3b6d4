"""Turn by turn: what a driver has to be told along a way.

The kinds and modifiers are those of OSRM's StepManeuver, so that its clients understand them. A turn is told where the
street changes, or where keeping to it is not the plain way on. Not told apart: ramps, since a city's link roads count
with the class of their main road.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from routing.network import Network
from routing.roads import Roads
from routing.roundabouts import exits_of, roundabout_links
from routing.shapes import METRES_PER_E7, bearing_deg, link_shape
from routing.way import Way

STRAIGHT_DEG, SLIGHT_DEG, PLAIN_DEG = 20.0, 40.0, 120.0
"""Up to these changes of direction one goes straight on, bears, turns; beyond, the turn is sharp (as OSRM has them)."""

FORK_DEG = 15.0
"""Of two roads that both lead on, neither is the plain one if they bend by amounts no farther apart than this."""

TOLD_MM = 1_000
"""What is driven of a link at either end of a way is told from so much on."""

LOOK_M = 15.0
"""A direction at a junction is measured over so much of the road: its first metre may be drawn askew."""


@dataclass(frozen=True, slots=True)
class Step:
    """A manoeuvre, and what is driven until the next.

    kind, modifier   OSRM's `type` and `modifier`; no modifier at departure and arrival
    name             the street that is driven then, "" where it has none
    first, end       links `first` to `end` - 1 of the way; none of them on arrival
    bearing_before_deg, bearing_after_deg   compass, 0..359; 0 before departure and after arrival
    exit             which exit of a roundabout is taken, where one is
    """

    kind: str
    modifier: str | None
    name: str
    first: int
    end: int
    bearing_before_deg: int
    bearing_after_deg: int
    exit: int | None = None


def directions(network: Network, way: Way) -> list[Step]:
    """Departure, every manoeuvre in order, arrival: two steps at least.

    A place at a junction may be on a link of which next to nothing is driven; nothing is told of that.
    """
    roads, links = way.roads, way.links.tolist()
    ring = roundabout_links(network, links)
    driven = np.flatnonzero(np.diff(way.driven_mm) >= TOLD_MM)
    begin, last = (int(driven[0]), int(driven[-1])) if len(driven) else (0, len(links) - 1)
    begin_deg = _bearing_at(way, begin, way.start_along if begin == 0 else 0.0)
    end_deg = _bearing_at(way, last, way.end_along if last == len(links) - 1 else 1.0)
    steps = [_step(roads, "depart", None, links[begin], 0, 0, begin_deg)]
    exits = 0
    for at in range(begin + 1, last + 1):
        before, after = links[at - 1], links[at]
        bearings = arriving_deg(roads, before), leaving_deg(roads, after)
        modifier = modifier_of(_change(*bearings))
        if before in ring:
            exits += 1 if after not in ring else len([e for e in exits_of(network, before) if e != after])
            if after in ring:
                continue
            if steps[-1].kind == "roundabout":
                steps[-1] = replace(steps[-1], exit=exits)
            kind, number = "exit roundabout", exits
        elif after in ring:
            exits = 0
            kind, number = "roundabout", None
        else:
            told = _manoeuvre(network, before, after)
            if told is None:
                continue
            (kind, modifier), number = told, None
        before_deg, after_deg = (round(each) % 360 for each in bearings)
        steps.append(_step(roads, kind, modifier, after, at, before_deg, after_deg, number))
    steps.append(Step("arrive", None, roads.names[roads.link_name[links[last]]], len(links), len(links), end_deg, 0))
    ends = [step.first for step in steps[1:]] + [len(links)]
    return [replace(step, end=end) for step, end in zip(steps, ends, strict=True)]


def modifier_of(change_deg: float) -> str:
    """The word for a change of direction, -180..180, to the right positive."""
    side, bend = "right" if change_deg > 0 else "left", abs(change_deg)
    if bend <= STRAIGHT_DEG:
        return "straight"
    if bend <= SLIGHT_DEG:
        return f"slight {side}"
    return side if bend <= PLAIN_DEG else f"sharp {side}"


def leaving_deg(roads: Roads, link: int) -> float:
    """Compass bearing 0..360 of a link where it begins."""
    return _led(roads, range(int(roads.shape_offset[link]), int(roads.shape_offset[link + 1])))


def arriving_deg(roads: Roads, link: int) -> float:
    """Compass bearing 0..360 in which a link is driven where it ends."""
    back = range(int(roads.shape_offset[link + 1]) - 1, int(roads.shape_offset[link]) - 1, -1)
    return (_led(roads, back) + 180.0) % 360.0


def _manoeuvre(network: Network, before: int, after: int) -> tuple[str, str] | None:
    roads = network.roads
    if roads.link_reverse[before] == after:
        return "continue", "uturn"
    arrives_deg = arriving_deg(roads, before)
    bend = _change(arrives_deg, leaving_deg(roads, after))
    modifier = modifier_of(bend)
    exits = [each for each in exits_of(network, before) if each not in (after, roads.link_reverse[before])]
    others = [_change(arrives_deg, leaving_deg(roads, each)) for each in exits]
    renamed = bool(roads.link_name[before] != roads.link_name[after])
    new_name = ("new name", modifier) if renamed else None
    if not others:
        return new_name
    ahead = [other for other in others if abs(other) <= SLIGHT_DEG]
    if abs(bend) <= SLIGHT_DEG:
        if len(ahead) == 1 and abs(abs(ahead[0]) - abs(bend)) < FORK_DEG:
            if _is_plain(roads, before, after, exits[others.index(ahead[0])]):
                return new_name
            return "fork", "slight right" if bend > ahead[0] else "slight left"
        if abs(bend) <= STRAIGHT_DEG or not ahead:
            return new_name
    elif not ahead and any(other * bend < 0 for other in others) and all(abs(o) <= PLAIN_DEG for o in others):
        return "end of road", modifier
    is_named = bool(roads.link_name[after] != 0)
    return ("continue" if is_named and not renamed else "turn"), modifier


def _is_plain(roads: Roads, before: int, after: int, other: int) -> bool:
    """Whether a road is the plain way on and another a branch of it: by the street's name, else by the lesser class."""
    name = roads.link_name
    if name[before] != 0 and (name[after] == name[before]) != (name[other] == name[before]):
        return bool(name[after] == name[before])
    return bool(roads.link_class[after] < roads.link_class[other])


def _step(
    roads: Roads, kind: str, modifier: str | None, link: int, first: int, before_deg: int, after_deg: int,
    number: int | None = None,
) -> Step:  # fmt: skip
    return Step(kind, modifier, roads.names[roads.link_name[link]], first, first, before_deg, after_deg, number)


def _change(before_deg: float, after_deg: float) -> float:
    return (after_deg - before_deg + 180.0) % 360.0 - 180.0


def _bearing_at(way: Way, step: int, along: float) -> int:
    return round(bearing_deg(*link_shape(way.roads, int(way.links[step])), along)) % 360


def _led(roads: Roads, points: range) -> float:
    """The bearing from the first of some points to the first one LOOK_M away, or to the last; 0 without extent."""
    lon, lat = int(roads.shape_lon_e7[points[0]]), int(roads.shape_lat_e7[points[0]])
    scale = math.cos(math.radians(lat / 1e7))
    east = north = 0.0
    for point in points[1:]:
        east = (int(roads.shape_lon_e7[point]) - lon) * METRES_PER_E7 * scale
        north = (int(roads.shape_lat_e7[point]) - lat) * METRES_PER_E7
        if math.hypot(east, north) >= LOOK_M:
            break
    return math.degrees(math.atan2(east, north)) % 360.0
