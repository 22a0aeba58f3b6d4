"""What a vehicle may pass: the limits that are posted, against the weight and height of two kinds of tow truck.

Posted limits are read by `routing.osm_limits`. The figures stand for a class of vehicles and are assumptions, to be set
for a fleet: a loaded flatbed on a light chassis stays within 7.5 t and, with a car on its bed, 3.3 m; a heavy wrecker
or crane on four axles weighs up to 31 t, the limit of a rigid vehicle of that kind in GB 1589-2016 (China), and is
built up to that standard's 4 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.roads import Roads


@dataclass(frozen=True, slots=True)
class Profile:
    """Weight in kg and height in cm as driven; `heavy` for goods vehicles to whom bans for these alone apply."""

    weight_kg: int
    height_cm: int
    heavy: bool


ANY = Profile(0, 0, heavy=False)
"""No limit holds it up: a car."""

LIGHT = Profile(7_500, 330, heavy=False)
HEAVY = Profile(31_000, 400, heavy=True)


def passable(roads: Roads, profile: Profile) -> NDArray[np.bool_]:
    """bool[L]: the links that a vehicle may drive by their posted weight, height and ban of goods vehicles."""
    weight, height = roads.link_max_weight_kg, roads.link_max_height_cm
    open_to = ((weight == 0) | (weight >= profile.weight_kg)) & ((height == 0) | (height >= profile.height_cm))
    return np.asarray(open_to & ~roads.link_no_heavy if profile.heavy else open_to)
