"""Which links a way consists of, and which of them arrive at and leave a node, by OpenStreetMap's ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft


class WayLinks:
    """Look-ups in the links of a draft whose `link_ref` are way ids and whose `node_key` are sorted node ids."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._by_head, self._by_tail, self._by_way = (
            np.argsort(column, kind="stable") for column in (draft.link_head, draft.link_tail, draft.link_ref)
        )
        self._heads, self._tails = draft.link_head[self._by_head], draft.link_tail[self._by_tail]
        self._ways = draft.link_ref[self._by_way]

    def arriving(self, node: int) -> list[int]:
        """The links whose head is the node with that id, ascending."""
        return _rows(self._by_head, self._heads, self._row(node))

    def leaving(self, node: int) -> list[int]:
        """The links whose tail is the node with that id, ascending."""
        return _rows(self._by_tail, self._tails, self._row(node))

    def of(self, way: int) -> list[int]:
        """The links of a way, ascending."""
        return _rows(self._by_way, self._ways, way)

    def of_way(self, links: Sequence[int], way: int) -> list[int]:
        """Those of `links` that belong to the way."""
        return [link for link in links if self._draft.link_ref[link] == way]

    def way(self, link: int) -> int:
        return int(self._draft.link_ref[link])

    def ends(self, link: int) -> tuple[int, int]:
        """The ids of tail and head."""
        key = self._draft.node_key
        return int(key[self._draft.link_tail[link]]), int(key[self._draft.link_head[link]])

    def reverse(self, link: int) -> int:
        """The opposite direction, NO_LINK where there is none."""
        return int(self._draft.link_reverse[link])

    def _row(self, node: int) -> int:
        row = int(np.searchsorted(self._draft.node_key, node))
        return row if row < len(self._draft.node_key) and self._draft.node_key[row] == node else -1


def _rows(order: NDArray[np.int64], keys: NDArray[np.int32] | NDArray[np.int64], key: int) -> list[int]:
    first, last = np.searchsorted(keys, [key, key + 1])
    rows: list[int] = order[first:last].tolist()
    return rows
