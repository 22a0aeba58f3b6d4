"""Kernels for shortest ways over links: Dijkstra's algorithm on the permitted turns.

Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1 (1959). The nodes searched are
directed links and the arcs are permitted turns, so that a banned turn is simply absent (Caldwell, "On finding minimum
routes in a network with turn penalties", CACM 4 (1961)). Turns cost nothing, so the price of a turn depends only on the
link it leads into, and the first arrival at a link is its best: each link is labelled once, pushed once, and no key is
ever decreased. At a node without bans one arrival labels all links there.

`routing.search` is the only caller; it fixes the types that each kernel is compiled for.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.positions import SHARE_ONE, part
from routing.roads import NO_LINK

_NO_WAY = 4294967295
_LINK_BITS = 31  # a heap key is milliseconds (32 bits) above the link's row: one comparison, ties to the lowest row
_LINK_MASK = (1 << _LINK_BITS) - 1


@njit(cache=True, nogil=True)
def _push(heap: NDArray[np.int64], size: int, key: int) -> None:
    """Put a key into a 4-ary min-heap that holds `size` keys."""
    hole = size
    while hole > 0:
        above = (hole - 1) >> 2
        if heap[above] <= key:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = key


@njit(cache=True, nogil=True)
def _pop(heap: NDArray[np.int64], size: int) -> int:
    """Take the least of `size` >= 1 keys out of a 4-ary min-heap."""
    least: int = heap[0]
    last = heap[size - 1]
    hole = 0
    while True:
        child = 4 * hole + 1
        if child >= size - 1:
            break
        best = child
        for other in range(child + 1, min(child + 4, size - 1)):
            if heap[other] < heap[best]:
                best = other
        if heap[best] >= last:
            break
        heap[hole] = heap[best]
        hole = best
    heap[hole] = last
    return least


@njit(cache=True, nogil=True)
def grow(
    offset: NDArray[np.int64],
    arc: NDArray[np.int32],
    node: NDArray[np.int32],
    node_free: NDArray[np.bool_],
    duration: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    seed: NDArray[np.int64],
    awaited: NDArray[np.bool_],
    missing: int,
    label: NDArray[np.uint32],
) -> None:
    """Grow a tree over the arcs of one direction, writing each link's time up to its near end into `label`.

    A key is a link's time at its far end: label + duration. A seed is a row of link and far end's time. The search
    stops early once `missing` links of `awaited` are labelled; a negative number never gets there.
    """
    heap = np.empty(len(label) + len(seed), dtype=np.int64)
    spent = np.zeros(len(node_free), dtype=np.bool_)
    size = 0
    for s in range(len(seed)):
        _push(heap, size, (seed[s, 1] << _LINK_BITS) | seed[s, 0])
        size += 1
    while size > 0 and missing != 0:
        key = _pop(heap, size)
        size -= 1
        link = key & _LINK_MASK
        here = node[link]
        if spent[here]:
            continue
        spent[here] = node_free[here]
        ms = key >> _LINK_BITS
        for i in range(offset[link], offset[link + 1]):
            other = arc[i]
            if label[other] != _NO_WAY:
                continue
            label[other] = ms
            if awaited[other if missing >= 0 else 0]:
                missing -= 1
            far_ms = ms + duration[other]
            if is_open[other] and far_ms < _NO_WAY:
                _push(heap, size, (far_ms << _LINK_BITS) | np.int64(other))
                size += 1


@njit(cache=True, nogil=True)
def _ahead(
    link: int, reverse: int, share: int, to_link: int, to_reverse: int, to_share: int, duration: NDArray[np.int32]
) -> int:
    """Milliseconds to a place ahead on the same link, _NO_WAY where it is behind or elsewhere."""
    best = _NO_WAY
    for direction in range(2):
        a = link if direction == 0 else reverse
        if a == NO_LINK:
            continue
        at = share if direction == 0 else SHARE_ONE - share
        for to_direction in range(2):
            to = to_share if to_direction == 0 else SHARE_ONE - to_share
            if a == (to_link if to_direction == 0 else to_reverse) and at <= to:
                best = min(best, part(duration[a], to) - part(duration[a], at))
    return best


@njit(cache=True, nogil=True)
def read_backward(
    tree: NDArray[np.uint32],
    duration: NDArray[np.int32],
    link: NDArray[np.int32],
    reverse: NDArray[np.int32],
    share: NDArray[np.int64],
    to_link: int,
    to_reverse: int,
    to_share: int,
    out: NDArray[np.uint32],
) -> None:
    for row in range(len(link)):
        best = _ahead(link[row], reverse[row], share[row], to_link, to_reverse, to_share, duration)
        for direction in range(2):
            a = link[row] if direction == 0 else reverse[row]
            if a == NO_LINK or tree[a] == _NO_WAY:
                continue
            at = share[row] if direction == 0 else SHARE_ONE - share[row]
            best = min(best, duration[a] - part(duration[a], at) + int(tree[a]))
        out[row] = best


@njit(cache=True, nogil=True)
def read_forward(
    tree: NDArray[np.uint32],
    duration: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    link: int,
    reverse: int,
    share: int,
    to_link: NDArray[np.int32],
    to_reverse: NDArray[np.int32],
    to_share: NDArray[np.int64],
    out: NDArray[np.uint32],
) -> None:
    for row in range(len(to_link)):
        best = _ahead(link, reverse, share, to_link[row], to_reverse[row], to_share[row], duration)
        for direction in range(2):
            b = to_link[row] if direction == 0 else to_reverse[row]
            if b == NO_LINK or tree[b] == _NO_WAY or not is_open[b]:
                continue
            to = to_share[row] if direction == 0 else SHARE_ONE - to_share[row]
            best = min(best, int(tree[b]) + part(duration[b], to))
        out[row] = best


@njit(cache=True, nogil=True)
def descend(
    offset: NDArray[np.int64],
    arc: NDArray[np.int32],
    duration: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    tree: NDArray[np.uint32],
    link: int,
    to_link: int,
    to_reverse: int,
    to_share: int,
) -> NDArray[np.int32]:
    way = np.empty(len(tree) + 1, dtype=np.int32)
    length = 0
    arrived = False
    while not arrived:
        left = np.int64(tree[link])
        chosen = NO_LINK
        for i in range(offset[link], offset[link + 1]):
            other = arc[i]
            if not is_open[other]:
                continue
            ends_here = other == to_link and part(duration[other], to_share) == left
            if other == to_reverse and part(duration[other], SHARE_ONE - to_share) == left:
                ends_here = True
            if ends_here:
                chosen = other
                arrived = True
                break
            if chosen == NO_LINK and tree[other] != _NO_WAY and np.int64(tree[other]) + duration[other] == left:
                chosen = other
        if chosen == NO_LINK:
            raise ValueError("the tree does not lead from this link to its destination")
        way[length] = chosen
        length += 1
        link = chosen
    return way[:length].copy()
