"""The cheapest routes of one truck at given prices: A* over elementary routes, guided by the bounds of `onward`.

A label is a route so far; its key bounds every route that begins with it. Labels are taken in order of their keys, so
that the least key still open bounds whatever has not been looked at: a search cut short still proves something. A label
is dropped where another at the same place is no later, no dearer, and has served no job that it has not (Desrochers
1988; Feillet, Dejax, Gendreau, Gueguen, "An exact algorithm for the elementary shortest path problem with resource
constraints", Networks 44, 2004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import Columns
from dispatch.solver.generation.onward import Onward
from dispatch.solver.generation.skipping import NEVER_SKIPPED, Skipping, most_gained
from dispatch.solver.route import own_cost

_ROOT = -1


class Labels(NamedTuple):
    """Room for labels (one row each) and the heap over them; used again for truck after truck.

    `option` the last stop's option, `parent` the label before or -1, `free_s` and `cost` after the last stop, `served`
    uint64[labels, W] the jobs that it has served, `next` the label before it in its place's list.
    """

    option: NDArray[np.int32]
    job: NDArray[np.int32]
    parent: NDArray[np.int32]
    depth: NDArray[np.int32]
    next: NDArray[np.int32]
    free_s: NDArray[np.int64]
    cost: NDArray[np.int64]
    served: NDArray[np.uint64]
    key: NDArray[np.int64]
    heap: NDArray[np.int32]


class Found(NamedTuple):
    """The routes found, `kept[0]` rows: the options at their stops (-1 after the last), and their reduced costs."""

    options: NDArray[np.int32]
    cost: NDArray[np.int64]
    kept: NDArray[np.int64]


def words(jobs: int) -> int:
    """How many words of 64 bits a set of jobs takes."""
    return max(1, -(-jobs // 64))


def room_for_labels(count: int, jobs: int) -> Labels:
    """For `count` labels of a problem with `jobs` jobs."""

    def small() -> NDArray[np.int32]:
        return np.empty(count, dtype=np.int32)

    def large() -> NDArray[np.int64]:
        return np.empty(count, dtype=np.int64)

    served = np.empty((count, words(jobs)), dtype=np.uint64)
    return Labels(small(), small(), small(), small(), small(), large(), large(), served, large(), small())


def room_for_routes(count: int, stops: int) -> Found:
    return Found(np.full((count, stops), -1, dtype=np.int32), np.empty(count, dtype=np.int64), np.zeros(1, np.int64))


@njit(cache=True, nogil=True)
def cheapest_routes(
    c: Columns, ahead: Onward, skip: Skipping, truck: int, below: int, labels: Labels,
    found: Found, most_expanded: int,
) -> tuple[int, int]:  # fmt: skip
    """Fill `found` with the cheapest routes below `below` (<= 0); returns (bound, units of work).

    No route of the truck costs less than the bound, which is the least cost itself where the search came to its end and
    a route below `below` exists. Routes come in no order; the cheapest is among them.
    """
    heads = np.full(_places(ahead), _ROOT, dtype=np.int32)
    found.kept[0] = 0
    cheapest = below
    used, size, work = _first_stops(c, ahead, truck, cheapest, labels)
    work += c.jobs.size
    for label in range(used):
        cheapest = _keep(c, truck, labels, label, below, cheapest, found)
    expanded = 0
    while size > 0:
        label = labels.heap[0]
        if labels.key[label] >= cheapest:
            break
        if expanded >= most_expanded or used + c.options.size > labels.option.size:
            return min(cheapest, labels.key[label]), work
        size = _pop(labels.heap, labels.key, size)
        place = ahead.place[labels.option[label]]
        dominated, looks = _is_dominated(c, skip, truck, labels, label, heads[place])
        work += looks
        if dominated:
            continue
        labels.next[label] = heads[place]
        heads[place] = label
        expanded += 1
        before = used
        used, size, looks = _expand(c, ahead, truck, cheapest, labels, label, used, size)
        work += looks
        for new in range(before, used):
            cheapest = _keep(c, truck, labels, new, below, cheapest, found)
    return cheapest, work


@njit(cache=True, nogil=True, inline="always")
def _places(ahead: Onward) -> int:
    return int(ahead.begin.shape[0])


@njit(cache=True, nogil=True, inline="always")
def serves(labels: Labels, label: int, job: int) -> bool:
    """Whether a route so far serves a job already."""
    return bool((labels.served[label, job >> 6] >> np.uint64(job & 63)) & np.uint64(1))


@njit(cache=True, nogil=True)
def _rest(ahead: Onward, labels: Labels, label: int, option: int, free_s: int) -> int:
    """The bound on what follows `option`, chosen after `label` (-1 for none)."""
    bucket = free_s // ahead.width_s
    if bucket >= ahead.best.shape[1]:
        return 0
    to = ahead.first[option, bucket]
    if to >= 0 and label != _ROOT and serves(labels, label, to):
        return int(ahead.second[option, bucket])
    return int(ahead.best[option, bucket])


@njit(cache=True, nogil=True)
def _add(
    labels: Labels, at: int, size: int, option: int, job: int, parent: int, free_s: int,
    cost: int, key: int,
) -> int:  # fmt: skip
    labels.option[at], labels.job[at], labels.parent[at] = option, job, parent
    labels.free_s[at], labels.cost[at], labels.key[at] = free_s, cost, key
    if parent == _ROOT:
        labels.depth[at] = 1
        labels.served[at, :] = 0
    else:
        labels.depth[at] = labels.depth[parent] + 1
        labels.served[at, :] = labels.served[parent, :]
    labels.served[at, job >> 6] |= np.uint64(1) << np.uint64(job & 63)
    return _push(labels.heap, labels.key, size, at)


@njit(cache=True, nogil=True)
def _extend(
    c: Columns, ahead: Onward, labels: Labels, label: int, job: int, arrive_s: int, cost: int, cheapest: int,
    used: int, size: int,
) -> tuple[int, int, int]:  # fmt: skip
    """(labels, size of the heap, work) with a job after a label (-1: first), by each option that may lead below.

    `cost` is that of the route until the truck has arrived at the job, the job's own terms among it.
    """
    work = 0
    for option in range(c.jobs[job].first_option, c.jobs[job].end_option):
        work += 1
        cost_then, free_s = cost + c.options[option].cost, arrive_s + c.options[option].span_s
        key = cost_then + _rest(ahead, labels, label, option, free_s)
        if key < cheapest:
            size = _add(labels, used, size, option, job, label, free_s, cost_then, key)
            used += 1
    return used, size, work


@njit(cache=True, nogil=True)
def _first_stops(c: Columns, ahead: Onward, truck: int, cheapest: int, labels: Labels) -> tuple[int, int, int]:
    """(labels, size of the heap, work) once every job is tried as the truck's first."""
    row = c.trucks[truck]
    used, size, work = 0, 0, 0
    for job in range(c.jobs.size):
        if not c.fits[truck, job]:
            continue
        depart_s = max(row.free_s, c.jobs[job].release_s)
        drive_s = c.durations_s[row.place, c.jobs[job].scene]
        if drive_s == NO_WAY_S or depart_s >= row.shift_end_s:
            continue
        arrive_s = depart_s + drive_s
        own = own_cost(c, job, depart_s, arrive_s) + row.price
        if row.target == job:
            own -= row.switch
        used, size, looks = _extend(c, ahead, labels, _ROOT, job, arrive_s, own, cheapest, used, size)
        work += looks
    return used, size, work


@njit(cache=True, nogil=True)
def _expand(
    c: Columns,
    ahead: Onward,
    truck: int,
    cheapest: int,
    labels: Labels,
    label: int,
    used: int,
    size: int,
) -> tuple[int, int, int]:
    """Every next stop after a label that may lead below `cheapest`."""
    row = c.trucks[truck]
    option = labels.option[label]
    free_s, cost = labels.free_s[label], labels.cost[label]
    bucket = free_s // ahead.width_s
    work = 1
    if bucket >= ahead.best.shape[1]:
        return used, size, work
    place, at = c.options[option].place, ahead.place[option]
    for k in range(ahead.begin[at, bucket], ahead.begin[at, bucket + 1]):
        if cost + ahead.through[k] >= cheapest:
            break
        job = ahead.job[k]
        if not c.fits[truck, job] or serves(labels, label, job):
            continue
        depart_s = max(free_s, c.jobs[job].release_s)
        if depart_s >= row.shift_end_s:
            continue
        arrive_s = depart_s + c.durations_s[place, c.jobs[job].scene]
        own = cost + own_cost(c, job, depart_s, arrive_s) + row.price
        used, size, looks = _extend(c, ahead, labels, label, job, arrive_s, own, cheapest, used, size)
        work += looks
    return used, size, work


@njit(cache=True, nogil=True)
def _is_dominated(c: Columns, skip: Skipping, truck: int, labels: Labels, label: int, head: int) -> tuple[bool, int]:
    work = 0
    other = head
    while other != _ROOT:
        work += 1
        if labels.free_s[other] <= labels.free_s[label] and labels.cost[other] <= labels.cost[label]:
            room = labels.cost[label] - labels.cost[other]
            if _lost(c, skip, truck, labels, other, label, room) <= room:
                return True, work // 2
        other = labels.next[other]
    return False, work // 2


@njit(cache=True, nogil=True)
def _lost(c: Columns, skip: Skipping, truck: int, labels: Labels, label: int, other: int, room: int) -> int:
    """What the jobs that `label` has served and `other` has not could bring to the rest of `other`, up to `room`."""
    lost = 0
    for word in range(labels.served.shape[1]):
        more = labels.served[label, word] & ~labels.served[other, word]
        while more:
            lowest = more & (~more + np.uint64(1))
            more ^= lowest
            job = 64 * word + _bit(lowest)
            gained = most_gained(c, skip, truck, job, labels.free_s[other])
            if gained > room - lost:
                return NEVER_SKIPPED
            lost += gained
    return lost


@njit(cache=True, nogil=True, inline="always")
def _bit(power: np.uint64) -> int:
    """The exponent of a power of two below 2^64: a float holds it exactly."""
    return int(np.log2(np.float64(power)))


@njit(cache=True, nogil=True)
def _keep(c: Columns, truck: int, labels: Labels, label: int, below: int, cheapest: int, found: Found) -> int:
    """Keep the route that ends here if it is among the cheapest; the least cost of those kept, or `cheapest`."""
    row = c.trucks[truck]
    cost = labels.cost[label] + c.overtime_rate * max(0, labels.free_s[label] - row.shift_end_s)
    if cost >= below:
        return cheapest
    room = found.cost.size
    at = found.kept[0]
    if at == room:
        at = 0
        for k in range(1, room):
            if found.cost[k] > found.cost[at]:
                at = k
        if found.cost[at] <= cost:
            return cheapest
    else:
        found.kept[0] += 1
    found.cost[at] = cost
    found.options[at, :] = -1
    if labels.depth[label] <= found.options.shape[1]:
        stop = label
        while stop != _ROOT:
            found.options[at, labels.depth[stop] - 1] = labels.option[stop]
            stop = labels.parent[stop]
    return int(min(cheapest, cost))


@njit(cache=True, nogil=True, inline="always")
def _push(heap: NDArray[np.int32], key: NDArray[np.int64], size: int, label: int) -> int:
    at = size
    while at > 0 and key[heap[(at - 1) >> 1]] > key[label]:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = label
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def _pop(heap: NDArray[np.int32], key: NDArray[np.int64], size: int) -> int:
    size -= 1
    last = heap[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[heap[child + 1]] < key[heap[child]]:
            child += 1
        if key[heap[child]] >= key[last]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last
    return size


@njit(cache=True, nogil=True)
def price_trucks(
    c: Columns, ahead: Onward, skip: Skipping, trucks: NDArray[np.int64],
    below: NDArray[np.int64], labels: Labels, most_expanded: int, routes: NDArray[np.int32],
    cost: NDArray[np.int64], count: NDArray[np.int64], bound: NDArray[np.int64],
    work: NDArray[np.int64],
) -> None:  # fmt: skip
    """`cheapest_routes` of each truck, into its row of `routes` int32[T, K, S], `cost`, `count`, `bound` and `work`."""
    for truck in trucks:
        found = Found(routes[truck], cost[truck], count[truck : truck + 1])
        bound[truck], work[truck] = cheapest_routes(c, ahead, skip, truck, below[truck], labels, found, most_expanded)
