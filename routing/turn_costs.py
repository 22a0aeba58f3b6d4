"""What a turn costs beyond the roads that it joins: bending, crossing, waiting at signals, turning round.

The model is small on purpose: each figure can be read, doubted and set by a calibration. Where they come from:

- a right-angled turn to the near side 2 s and across the oncoming side 5 s: the car profile of OSRM (car.lua,
  turn_penalty 7.5 with turn_bias 1.075) gives 2.1 s and 5.4 s;
- signals 11 s: the uniform delay C(1 - g/C)^2 / 2 of Webster, "Traffic Signal Settings" (Road Research Technical Paper
  39, 1958), for a cycle C of 90 s with half of it green; half of that to the near side, where most countries that drive
  on the right, China among them, let one turn on red;
- giving way to a greater road 3 s: the step between levels of service B and C at two-way stops is 10 to 15 s in the
  Highway Capacity Manual, most of it in peak hours; this is what is left at ordinary times (an assumption);
- turning round 20 s: as in OSRM's profile; 10 s at a dead end, where nobody is in the way (an assumption).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.arrays import read_only
from routing.roads import NO_LINK, Roads
from routing.turns import Turns

STRAIGHT_DEG = 30.0
"""Up to this change of direction a turn is none; from there to a right angle its cost grows evenly."""

DRIVE_ON_THE_LEFT = frozenset({
    "Asia/Hong_Kong", "Asia/Macau", "Asia/Tokyo", "Asia/Bangkok", "Asia/Singapore", "Asia/Kuala_Lumpur",
    "Asia/Kuching", "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Pontianak", "Asia/Brunei", "Asia/Dili",
    "Asia/Kolkata", "Asia/Calcutta", "Asia/Karachi", "Asia/Dhaka", "Asia/Colombo", "Asia/Kathmandu", "Asia/Thimphu",
    "Asia/Nicosia", "Europe/London", "Europe/Dublin", "Europe/Malta", "Europe/Jersey", "Europe/Guernsey",
    "Europe/Isle_of_Man", "Indian/Mauritius", "Indian/Maldives", "Pacific/Auckland", "Pacific/Fiji",
    "Africa/Johannesburg", "Africa/Nairobi", "Africa/Kampala", "Africa/Dar_es_Salaam", "Africa/Lusaka",
    "Africa/Harare", "Africa/Maputo", "Africa/Gaborone", "Africa/Windhoek", "Africa/Blantyre", "Africa/Maseru",
    "Africa/Mbabane", "America/Jamaica", "America/Barbados", "America/Guyana", "America/Port_of_Spain",
    "America/Nassau", "America/Antigua", "America/Grenada", "America/St_Lucia", "America/St_Vincent",
    "America/Dominica", "America/St_Kitts", "America/Cayman", "America/Tortola", "America/St_Thomas",
    "America/Anguilla", "America/Montserrat", "America/Grand_Turk", "America/Paramaribo", "Atlantic/Bermuda",
    "Atlantic/Stanley", "Atlantic/St_Helena", "Indian/Mahe", "Pacific/Port_Moresby", "Pacific/Bougainville",
    "Pacific/Guadalcanal", "Pacific/Tongatapu", "Pacific/Apia", "Pacific/Nauru", "Pacific/Tarawa",
    "Pacific/Funafuti", "Pacific/Rarotonga", "Pacific/Niue", "Pacific/Chatham",
})  # fmt: skip
"""Zones of countries that drive on the left (and all of Australia/)."""


@dataclass(frozen=True, slots=True)
class TurnModel:
    """Milliseconds by kind of turn. `keep_left` where one drives on the left, so that the near side is the left."""

    near_ms: int = 2_000
    across_ms: int = 5_000
    signal_ms: int = 11_000
    signal_near_ms: int = 5_500
    give_way_ms: int = 3_000
    turn_round_ms: int = 20_000
    dead_end_ms: int = 10_000
    keep_left: bool = False


FREE = TurnModel(0, 0, 0, 0, 0, 0, 0)
"""Turns that cost nothing: times are those of the roads alone."""


def model_of(timezone: str) -> TurnModel:
    """The model of a city, by the side of the road on which its country drives."""
    return TurnModel(keep_left=timezone in DRIVE_ON_THE_LEFT or timezone.startswith("Australia/"))


def turn_costs(roads: Roads, turns: Turns, model: TurnModel) -> NDArray[np.int32]:
    """int32[T]: milliseconds that each turn of `turns` costs by itself."""
    if model == FREE:
        return read_only(np.zeros(len(turns.onward), np.int32), np.int32)
    turn_in, turn_out = turns.node_link[turns.tail], turns.node_link[turns.onward]
    leaving_deg, arriving_deg = _end_bearings(roads)
    # A link without any extent has no direction: turning into or out of it costs nothing.
    bend_deg = np.nan_to_num((leaving_deg[turn_out] - arriving_deg[turn_in] + 180.0) % 360.0 - 180.0)
    to_near_deg = -bend_deg if model.keep_left else bend_deg
    near = (to_near_deg > 0) & (to_near_deg < 180)  # right about is to neither side, and across all the same
    share = np.clip((np.abs(bend_deg) - STRAIGHT_DEG) / (90.0 - STRAIGHT_DEG), 0.0, 1.0)
    cost_ms = share * np.where(near, model.near_ms, model.across_ms)
    signal = roads.link_signal[turn_in]
    cost_ms += np.where(signal, np.where(near & (share > 0), model.signal_near_ms, model.signal_ms), 0)
    gives_way = ~signal & (roads.link_class[turn_out] < roads.link_class[turn_in]) & (share > 0)
    cost_ms += np.where(gives_way, model.give_way_ms, 0)
    exits = np.bincount(roads.link_tail, minlength=roads.node_count)
    round_ms = np.where(exits[roads.link_head[turn_in]] == 1, model.dead_end_ms, model.turn_round_ms)
    is_round = (roads.link_reverse[turn_in] == turn_out) & (turn_out != NO_LINK)
    return read_only(np.rint(np.where(is_round, round_ms, cost_ms)), np.int32)


def _end_bearings(roads: Roads) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compass bearings of each link where it begins and where it ends (of its first and last piece of some length)."""
    first, last = roads.shape_offset[:-1], roads.shape_offset[1:] - 1
    narrowing = np.cos(np.radians(roads.shape_lat_e7[first] / 1e7))
    near = [_bearing(roads, first, np.minimum(first + step, last), narrowing) for step in (1, 2)]
    far = [_bearing(roads, np.maximum(last - step, first), last, narrowing) for step in (1, 2)]
    return np.where(np.isnan(near[0]), near[1], near[0]), np.where(np.isnan(far[0]), far[1], far[0])


def _bearing(
    roads: Roads, begin: NDArray[np.int64], end: NDArray[np.int64], narrowing: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Degrees from point `begin` to point `end` of the shapes, NaN where both are one place."""
    lon, lat = roads.shape_lon_e7.astype(np.float64), roads.shape_lat_e7.astype(np.float64)
    east, north = (lon[end] - lon[begin]) * narrowing, lat[end] - lat[begin]
    return np.where((east == 0) & (north == 0), np.nan, np.degrees(np.arctan2(east, north)))
