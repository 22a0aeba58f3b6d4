"""Places on the road graph, and the one rule by which a part of a link is measured.

A part of a link is an integer number of billionths of it (`SHARE_ONE` is the whole). Integers make the two
directions of a street agree (a share and its complement add up exactly), and make every search that adds the same
parts come to the same millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from routing.roads import NO_LINK

SHARE_ONE = 1_000_000_000
"""A whole link in the unit of shares. The largest product with an int32 stays below 2^62."""


@njit(cache=True, nogil=True)
def part(whole: int, share: int) -> int:
    """`share` billionths of `whole` (milliseconds or millimetres), rounded half up."""
    return (whole * share + SHARE_ONE // 2) // SHARE_ONE


def parts(whole: NDArray[np.int32] | NDArray[np.int64], share: NDArray[np.int64]) -> NDArray[np.int64]:
    """`part` of whole arrays, int64[n]."""
    return np.asarray((whole.astype(np.int64) * share + SHARE_ONE // 2) // SHARE_ONE, np.int64)


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

    @property
    def found(self) -> NDArray[np.bool_]:
        """bool[n], True where the place is on a link."""
        return np.asarray(self.link != NO_LINK)

    def take(self, rows: ArrayLike) -> Positions:
        """The places at `rows` (integers, or a boolean mask), in that order."""
        index = np.atleast_1d(np.asarray(rows))
        if index.size == 0:
            index = index.astype(np.int64)
        return Positions(self.link[index], self.reverse[index], self.along[index], self.off_m[index])

    @staticmethod
    def concatenate(parts: Sequence[Positions]) -> Positions:
        """The places of all parts, one after the other."""
        return Positions(
            np.concatenate([np.empty(0, np.int32), *(places.link for places in parts)]),
            np.concatenate([np.empty(0, np.int32), *(places.reverse for places in parts)]),
            np.concatenate([np.empty(0, np.float64), *(places.along for places in parts)]),
            np.concatenate([np.empty(0, np.float64), *(places.off_m for places in parts)]),
        )


def position_on(link: int, along: float, *, reverse: int = NO_LINK, off_m: float = 0.0) -> Positions:
    """One place on a link, as an array of length 1."""
    return Positions(
        np.array([link], dtype=np.int32),
        np.array([reverse], dtype=np.int32),
        np.array([along], dtype=np.float64),
        np.array([off_m], dtype=np.float64),
    )
