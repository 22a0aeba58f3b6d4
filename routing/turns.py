"""Which link may follow which: the permitted turns of a road graph, listed both ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.arrays import read_only
from routing.roads import Roads


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """T permitted turns as compressed rows. Closures play no part here: they are a property of a router's version.

    onward_offset  int64[L+1]  onward[onward_offset[a]:onward_offset[a+1]] may be entered at the head of link a
    onward         int32[T]    ascending within a row
    inward_offset  int64[L+1]  inward[inward_offset[b]:inward_offset[b+1]] may turn into link b at its tail
    inward         int32[T]    ascending within a row
    node_free      bool[N]     True where no turn at the node is banned, so that all its incoming links have the same
                               onward links

    Rejected: rows by node with the bans looked up in the search. It saves the turns' 1.6 MB (70,000 links) but costs
    a look-up at every arc, whereas `node_free` lets a search skip the row of every link but one at most nodes.
    """

    onward_offset: NDArray[np.int64]
    onward: NDArray[np.int32]
    inward_offset: NDArray[np.int64]
    inward: NDArray[np.int32]
    node_free: NDArray[np.bool_]


def permitted_turns(roads: Roads) -> Turns:
    """Every (in, out) pair that meets at a node and is not banned, U-turns into `link_reverse` included."""
    turn_in, turn_out = _meeting_links(roads)
    banned = roads.ban_in.astype(np.int64) * roads.link_count + roads.ban_out
    allowed = ~np.isin(turn_in * roads.link_count + turn_out, banned)
    turn_in, turn_out = turn_in[allowed], turn_out[allowed]
    node_free = np.ones(roads.node_count, dtype=np.bool_)
    node_free[roads.link_head[roads.ban_in]] = False
    by_out = np.argsort(turn_out, kind="stable")
    return Turns(
        onward_offset=read_only(_offsets(turn_in, roads.link_count), np.int64),
        onward=read_only(turn_out, np.int32),
        inward_offset=read_only(_offsets(turn_out, roads.link_count), np.int64),
        inward=read_only(turn_in[by_out], np.int32),
        node_free=read_only(node_free, np.bool_),
    )


def _meeting_links(roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (in, out) pairs with head(in) == tail(out), sorted."""
    leaving = np.argsort(roads.link_tail, kind="stable")
    first = _offsets(roads.link_tail, roads.node_count)
    count = np.diff(first)[roads.link_head]
    turn_in = np.repeat(np.arange(roads.link_count, dtype=np.int64), count)
    nth = np.arange(len(turn_in), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    return turn_in, leaving[first[roads.link_head[turn_in]] + nth]


def _offsets(row: NDArray[np.int64] | NDArray[np.int32], rows: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)
