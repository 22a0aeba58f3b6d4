"""Trucks put together by what they may serve: each gang's bounds onward are computed once a round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.generation.onward import Crew

_MOST_GANGS = 6
_UNLIKE_SHARE = 0.05
"""Trucks that differ in fewer of the jobs than this (a refusal, say) are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Gang:
    """`trucks` int64[n] in order; `fits` bool[J] what any of them may serve."""

    trucks: NDArray[np.int64]
    fits: NDArray[np.bool_]

    def crew(self, c: Columns) -> Crew:
        rows = c.trucks[self.trucks]
        return Crew(self.fits, int(rows["shift_end_s"].max()), int(rows["price"].min()))


def gangs(c: Columns) -> list[Gang]:
    """The largest groups of equal trucks first; whoever comes when there are enough gangs joins the most alike."""
    able: dict[bytes, list[int]] = {}
    for truck in range(c.trucks.size):
        able.setdefault(c.fits[truck].tobytes(), []).append(truck)
    # Copied, because a read-only array is another type to the kernels.
    groups = [(np.frombuffer(key, dtype=np.bool_).copy(), trucks) for key, trucks in able.items()]
    made: list[tuple[NDArray[np.bool_], list[int]]] = []
    for fits, trucks in sorted(groups, key=lambda group: (-len(group[1]), group[1][0])):
        unlike = [int(np.count_nonzero(fits != other)) for other, _ in made]
        nearest = min(range(len(made)), key=unlike.__getitem__, default=-1)
        if nearest < 0 or (len(made) < _MOST_GANGS and unlike[nearest] > _UNLIKE_SHARE * fits.size):
            made.append((fits, list(trucks)))
        else:
            made[nearest] = (made[nearest][0] | fits, [*made[nearest][1], *trucks])
    return [Gang(np.array(sorted(trucks), dtype=np.int64), fits) for fits, trucks in made]
