"""Ways and travel times on the roads of one city, honouring turn bans and closures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_WAY_MS = np.uint32(4294967295)


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """n places on the road graph.

    link      int32[n]    the directed link, NO_LINK where nothing was near enough
    reverse   int32[n]    the opposite link where both directions may be taken from here, else NO_LINK
    along     float64[n]  0..1, share of `link` driven from its tail (so 1 - along on `reverse`)
    off_m     float64[n]  metres between the asked place and the road
    """

    link: NDArray[np.int32]
    reverse: NDArray[np.int32]
    along: NDArray[np.float64]
    off_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.link)
