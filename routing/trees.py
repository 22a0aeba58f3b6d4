"""Whole trees to places that are asked for again and again, kept within a bound of bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

TreeKey = tuple[int, int, int]
"""A destination as link, reverse and share."""


class TreeCache:
    """The most recently used trees, as many as fit into `capacity_bytes`. Safe to use from several threads.

    A tree is read-only once it is in here, so that readers share it without copying.
    """

    __slots__ = ("_bytes", "_capacity_bytes", "_lock", "_trees")

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._trees: OrderedDict[TreeKey, NDArray[np.uint32]] = OrderedDict()
        self._lock = Lock()

    @property
    def capacity_bytes(self) -> int:
        return self._capacity_bytes

    def __len__(self) -> int:
        with self._lock:
            return len(self._trees)

    def find(self, key: TreeKey) -> NDArray[np.uint32] | None:
        """The tree of this destination, which is the most recently used from now on, or None."""
        with self._lock:
            tree = self._trees.get(key)
            if tree is not None:
                self._trees.move_to_end(key)
            return tree

    def keep(self, key: TreeKey, tree: NDArray[np.uint32]) -> None:
        """Put a tree in and the least recently used ones out until all fit."""
        with self._lock:
            known = self._trees.pop(key, None)
            self._bytes += tree.nbytes - (0 if known is None else known.nbytes)
            self._trees[key] = tree
            while self._bytes > self._capacity_bytes:
                _, oldest = self._trees.popitem(last=False)
                self._bytes -= oldest.nbytes
