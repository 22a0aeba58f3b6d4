"""Places for questions about roads: anywhere on streets that can be left and reached."""

from __future__ import annotations

import numpy as np

from routing.positions import Positions
from routing.roads import Roads


def some_places(roads: Roads, rng: np.random.Generator, count: int) -> Positions:
    """On links drawn evenly from the strong ones, in both directions where the street has two."""
    link = rng.choice(np.flatnonzero(roads.link_strong), count).astype(np.int32)
    return Positions(link, roads.link_reverse[link], rng.random(count), np.zeros(count))
