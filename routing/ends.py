"""Origins and destinations as the kernels take them: in integers, without repeats, and as ranks of the hierarchy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.arrays import read_only, unchanged
from routing.positions import SHARE_ONE, Positions
from routing.roads import NO_LINK


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """n origins or destinations in the integers that are added up: each has one or two (link, share) pairs."""

    link: NDArray[np.int32]
    reverse: NDArray[np.int32]
    share: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.link)

    @staticmethod
    def of(places: Positions, links: int) -> Ends:
        """The places of `places`. Raises ValueError for a link that is none of `links`, or a share outside 0..1."""
        link, reverse = unchanged(places.link, np.int32, "link"), unchanged(places.reverse, np.int32, "reverse")
        along = read_only(places.along, np.float64)
        if not link.shape == reverse.shape == along.shape == (link.size,):
            raise ValueError(f"places of {link.shape}, {reverse.shape} and {along.shape} do not go together")
        share = np.empty(len(along), np.int64)
        bad = _shares(link, reverse, along, links, share)
        if bad >= 0:
            if not 0 <= along[bad] <= 1:
                raise ValueError(f"place {bad}: along {along[bad]} is not between 0 and 1")
            which = "reverse" if NO_LINK <= link[bad] < links else "link"
            row = reverse[bad] if which == "reverse" else link[bad]
            raise ValueError(f"place {bad}: {which} {row} is none of the {links} links")
        return Ends.in_integers(link, reverse, share)

    @staticmethod
    def in_integers(link: NDArray[Any], reverse: NDArray[Any], share: NDArray[np.int64]) -> Ends:
        """The places of these columns, which are known to be sound."""
        return Ends(read_only(link, np.int32), read_only(reverse, np.int32), read_only(share, np.int64))

    def distinct(self) -> tuple[Ends, NDArray[np.int64] | None]:
        """The places without repeats, and for each place here its row among them; None where there are no repeats."""
        columns = np.column_stack([self.link.astype(np.int64), self.reverse.astype(np.int64), self.share])
        if len(np.unique((columns[:, 0] << 30) + columns[:, 2])) == len(columns):
            return self, None
        rows, row_of = np.unique(columns, axis=0, return_inverse=True)
        if len(rows) == len(columns):
            return self, None
        return Ends.in_integers(*rows.T), row_of.reshape(-1).astype(np.int64)

    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Rows, links and shares of all pairs, by row; a place's `link` before its `reverse`."""
        rows = np.arange(len(self), dtype=np.int64)
        row = np.column_stack([rows, rows]).reshape(-1)
        link = np.column_stack([self.link, self.reverse]).reshape(-1)
        share = np.column_stack([self.share, SHARE_ONE - self.share]).reshape(-1)
        there = link != NO_LINK
        return row[there], link[there], share[there]


@njit(cache=True, nogil=True)
def _shares(
    link: NDArray[np.int32], reverse: NDArray[np.int32], along: NDArray[np.float64], links: int,
    share: NDArray[np.int64],
) -> int:  # fmt: skip
    """Fills in the billionths; the row of the first place that is none, -1 where all are."""
    for k in range(len(link)):
        if not (0 <= along[k] <= 1 and NO_LINK <= link[k] < links and NO_LINK <= reverse[k] < links):
            return k
        share[k] = np.int64(np.rint(along[k] * SHARE_ONE))
    return -1


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """The pairs of n places as ranks: those of place k are offset[k]:offset[k+1].

    rank   int32[S]
    ms     int32[S]   how long the rest of the link takes from the place on
    left   int64[S]   the share of the link that is left, in billionths
    entry  int64[S]   the row of the entry that a seed comes of (copies of a link share it)
    """

    offset: NDArray[np.int64]
    rank: NDArray[np.int32]
    ms: NDArray[np.int32]
    left: NDArray[np.int64]
    entry: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offset) - 1

    def in_order(self, order: NDArray[np.int64]) -> Seeds:
        """The seeds of the places in another order."""
        count = np.diff(self.offset)[order]
        offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        at = np.repeat(self.offset[order] - offset[:-1], count) + np.arange(offset[-1])
        return Seeds(offset, self.rank[at], self.ms[at], self.left[at], self.entry[at])
