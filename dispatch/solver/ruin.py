"""Taking jobs out of a draft that belong together, so that they can be put back in a better way.

Jobs near a seed, whole trucks near a seed, or any: after Shaw 1998; Schrimpf, Schneider, Stamm-Wilbrandt, Dueck,
"Record breaking optimization results using the ruin and recreate principle", Journal of Computational Physics 159,
2000; Christiaens, Vanden Berghe, "Slack induction by string removals for vehicle routing problems", Transportation
Science 54, 2020.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import Columns
from dispatch.solver.draft import Draft
from dispatch.solver.lots import below, draw
from dispatch.solver.sequences import count_in


def near_jobs(c: Columns, most: int) -> NDArray[np.int32]:
    """int32[J, n]: the jobs nearest to each, itself first, by how soon the one is reached once the other is done."""
    n = c.jobs.size
    best_s = np.full((n, n), NO_WAY_S, dtype=np.int64)
    for job in range(n):
        options = c.options[c.jobs["first_option"][job] : c.jobs["end_option"][job]]
        if options.size:
            drive_s = c.durations_s[options["place"]][:, c.jobs["scene"]]
            best_s[job] = np.where(drive_s < NO_WAY_S, drive_s, NO_WAY_S).min(axis=0)
    scenes_s = c.durations_s[np.ix_(c.jobs["scene"], c.jobs["scene"])]
    both = np.minimum(best_s, best_s.T) + np.minimum(scenes_s, scenes_s.T) // 2
    np.fill_diagonal(both, -1)
    return np.argsort(both, axis=1, kind="stable")[:, : min(n, most)].astype(np.int32)


@njit(cache=True, nogil=True)
def ruin(
    c: Columns, draft: Draft, near: NDArray[np.int32], count: int, state: NDArray[np.uint64], out: NDArray[np.int32],
    touched: NDArray[np.bool_],
) -> int:  # fmt: skip
    """Choose `count` served jobs or so: they stand in `out`, their trucks are marked in `touched`; how many there are.

    Nothing is taken out yet: whoever calls saves the trucks touched first.
    """
    n = c.jobs.size
    way = below(state, 10)
    found = 0
    seed = below(state, n)
    if way < 6:
        for k in range(near.shape[1]):
            job = near[seed, k]
            if draft.truck[job] >= 0 and (k == 0 or draw(state) & np.uint64(7) != np.uint64(0)):
                out[found] = job
                found += 1
                touched[draft.truck[job]] = True
                if found == count:
                    break
    elif way < 9:
        for k in range(near.shape[1]):
            truck = draft.truck[near[seed, k]]
            if truck < 0 or touched[truck] or (k > 0 and draw(state) & np.uint64(3) == np.uint64(0)):
                continue
            touched[truck] = True
            for at in range(draft.stops[truck]):
                out[found] = draft.jobs[truck, at]
                found += 1
            if found >= count:
                break
    else:
        for _ in range(count):
            job = below(state, n)
            truck = draft.truck[job]
            repeated = False
            for k in range(found):
                repeated |= out[k] == job
            if truck >= 0 and not repeated:
                touched[truck] = True
                out[found] = job
                found += 1
    return found


@njit(cache=True, nogil=True)
def take_out(c: Columns, draft: Draft, out: NDArray[np.int32], found: int, touched: NDArray[np.bool_]) -> int:
    """Take the chosen jobs out of their trucks, and those that cannot be reached without them; how many that were.

    What the trucks cost is for the caller to reckon again.
    """
    for k in range(found):
        draft.truck[out[k]] = -1
    for truck in range(draft.stops.size):
        if not touched[truck]:
            continue
        kept, stops = 0, draft.stops[truck]
        place, free_s = c.trucks[truck].place, c.trucks[truck].free_s
        for at in range(stops):
            job, option = draft.jobs[truck, at], draft.options[truck, at]
            depart_s = max(free_s, c.jobs[job].release_s)
            drive_s = c.durations_s[place, c.jobs[job].scene]
            if draft.truck[job] >= 0 and (drive_s == NO_WAY_S or depart_s >= c.trucks[truck].shift_end_s):
                draft.truck[job] = -1
                out[found] = job
                found += 1
            if draft.truck[job] < 0:
                count_in(c, draft, option, -1)
                continue
            draft.jobs[truck, kept], draft.options[truck, kept] = job, option
            kept += 1
            place, free_s = c.options[option].place, depart_s + drive_s + c.options[option].span_s
        draft.stops[truck] = kept
    return found
