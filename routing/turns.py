"""Which link may follow which: the graph that is searched, whose nodes are directed links and whose arcs are turns.

A turn ban is an arc that is absent (Caldwell, "On finding minimum routes in a network with turn penalties", CACM 4
(1961)). A banned path of three or more links is kept by copies of its middle links, one for each way of having come
that matters: the automaton of Aho and Corasick, "Efficient string matching", CACM 18 (1975), over links.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.arrays import offsets, read_only
from routing.roads import Roads

State = tuple[int, ...]
"""The last links driven, as far as a banned path may still come of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """V nodes and T permitted turns as compressed rows. Closures play no part here: they belong to a metric.

    node_link      int32[V]    the link that a node stands for: node v < L is link v, the rest are copies
    onward_offset  int64[V+1]  onward[onward_offset[a]:onward_offset[a+1]] may be entered at the end of node a
    onward         int32[T]    ascending within a row
    copy_offset    int64[L+1]  copies[copy_offset[k]:copy_offset[k+1]] are the copies of link k
    copies         int32[V-L]
    most_copies                the most copies that one link has
    """

    node_link: NDArray[np.int32]
    onward_offset: NDArray[np.int64]
    onward: NDArray[np.int32]
    copy_offset: NDArray[np.int64]
    copies: NDArray[np.int32]
    most_copies: int

    @property
    def node_count(self) -> int:
        return len(self.node_link)

    @property
    def tail(self) -> NDArray[np.int64]:
        """int64[T]: the node that each turn leaves."""
        return np.repeat(np.arange(self.node_count, dtype=np.int64), np.diff(self.onward_offset))


def permitted_turns(roads: Roads) -> Turns:
    """Every (in, out) pair that meets at a node and is not banned, U-turns into `link_reverse` included.

    Banned paths are left aside: each node is a link and the other way round.
    """
    turn_in, turn_out = _permitted(roads)
    return _turns(turn_in, turn_out, np.arange(roads.link_count, dtype=np.int64), roads.link_count)


def turn_graph(roads: Roads) -> Turns:
    """The permitted turns with a copy of a link for each way of having come that a banned path asks about."""
    turn_in, turn_out = _permitted(roads)
    if roads.path_ban_count == 0:
        return _turns(turn_in, turn_out, np.arange(roads.link_count, dtype=np.int64), roads.link_count)
    return _Automaton(roads, turn_in, turn_out).turns()


class _Automaton:
    """States are the links and the beginnings, of two or more links, of banned paths."""

    def __init__(self, roads: Roads, turn_in: NDArray[np.int64], turn_out: NDArray[np.int64]) -> None:
        ends = roads.path_ban_offset.tolist()
        links = roads.path_ban_link.tolist()
        self._banned = {tuple(links[a:b]) for a, b in pairwise(ends)}
        begun = sorted({path[:k] for path in self._banned for k in range(2, len(path))})
        self._node: dict[State, int] = {state: roads.link_count + row for row, state in enumerate(begun)}
        self._links = roads.link_count
        self._in, self._out = turn_in, turn_out

    def turns(self) -> Turns:
        first = offsets(self._in, self._links)
        begins = {state[0] for state in self._node}
        plain = ~np.isin(self._in, list(begins))
        turn_in, turn_out = [self._in[plain]], [self._out[plain]]
        states = [(link,) for link in sorted(begins)] + list(self._node)
        for state in states:
            here = self._node.get(state, state[-1])
            onward = self._out[first[state[-1]] : first[state[-1] + 1]].tolist()
            reached = [self._next((*state, link)) for link in onward]
            kept = [node for node in reached if node is not None]
            turn_in.append(np.full(len(kept), here, np.int64))
            turn_out.append(np.array(kept, np.int64))
        node_link = [*range(self._links), *(state[-1] for state in self._node)]
        return _turns(np.concatenate(turn_in), np.concatenate(turn_out), np.array(node_link, np.int64), self._links)

    def _next(self, driven: State) -> int | None:
        """The node of the longest end of `driven` that is a state, None where an end of it is a banned path."""
        ends = [driven[k:] for k in range(len(driven))]
        if any(end in self._banned for end in ends):
            return None
        return next((self._node[end] for end in ends if end in self._node), driven[-1])


def turns_from(
    node_link: NDArray[np.int32], onward_offset: NDArray[np.int64], onward: NDArray[np.int32], links: int
) -> Turns:
    """The graph with what follows from its independent columns."""
    copied = node_link[links:]
    copy_offset = offsets(copied, links)
    return Turns(
        node_link=read_only(node_link, np.int32),
        onward_offset=read_only(onward_offset, np.int64),
        onward=read_only(onward, np.int32),
        copy_offset=read_only(copy_offset, np.int64),
        copies=read_only(links + np.argsort(copied, kind="stable"), np.int32),
        most_copies=int(np.diff(copy_offset).max(initial=0)),
    )


def _turns(turn_in: NDArray[np.int64], turn_out: NDArray[np.int64], node_link: NDArray[np.int64], links: int) -> Turns:
    in_order = np.lexsort((turn_out, turn_in))
    offset = offsets(turn_in, len(node_link))
    return turns_from(read_only(node_link, np.int32), offset, read_only(turn_out[in_order], np.int32), links)


def _permitted(roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (in, out) pairs with head(in) == tail(out) that are not banned, sorted."""
    leaving = np.argsort(roads.link_tail, kind="stable")
    first = offsets(roads.link_tail, roads.node_count)
    count = np.diff(first)[roads.link_head]
    turn_in = np.repeat(np.arange(roads.link_count, dtype=np.int64), count)
    nth = np.arange(len(turn_in), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    turn_out = leaving[first[roads.link_head[turn_in]] + nth].astype(np.int64)
    allowed = ~is_banned(turn_in, turn_out, roads.ban_in, roads.ban_out, roads.link_count)
    return turn_in[allowed], turn_out[allowed]


def is_banned(
    turn_in: NDArray[Any], turn_out: NDArray[Any], ban_in: NDArray[Any], ban_out: NDArray[Any], links: int
) -> NDArray[np.bool_]:
    """bool[n]: which (in, out) pairs of link rows are among the banned ones."""
    keys, banned = (a.astype(np.int64) * links + b for a, b in ((turn_in, turn_out), (ban_in, ban_out)))
    return np.asarray(np.isin(keys, banned))
