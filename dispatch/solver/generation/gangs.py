"""Trucks put together by what they may serve: each gang's bounds onward are computed once a round.

What only some of a gang may serve, or only so late, makes the bounds of the others loose: jobs that hardly anybody can
serve are dear, and each bound counts on them. So a truck whose search takes longer than bounds of its own would leaves
its gang for the rounds to come.
"""

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


def apart(gang: Gang, c: Columns, slow: NDArray[np.bool_]) -> list[Gang]:
    """The gang in parts: its slow trucks (bool[T]) by what each may serve, and those who are not slow.

    Where that parts nobody, the earlier shift ends from the later ones.
    """
    able: dict[bytes, list[int]] = {}
    for truck in gang.trucks.tolist():
        able.setdefault(c.fits[truck].tobytes() if slow[truck] else b"", []).append(truck)
    parts = list(able.values())
    if len(parts) == 1:
        ends_s = c.trucks["shift_end_s"][gang.trucks]
        order = gang.trucks[np.argsort(ends_s, kind="stable")].tolist()
        parts = [part for part in (order[: len(order) // 2], order[len(order) // 2 :]) if part]
    return [Gang(np.array(sorted(part), dtype=np.int64), np.logical_or.reduce(c.fits[part])) for part in parts]
