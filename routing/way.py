"""A way through the roads: the links driven in order, and what holds at each moment of driving them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.positions import SHARE_ONE, Positions, part, position_on
from routing.roads import Roads
from routing.shapes import bearing_deg, cut, link_shape


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The driven links in order, k >= 1; the first and the last may be driven in part, one link from start to end.

    links         int32[k]
    start_along   0..1, share of the first link at which the way starts
    end_along     0..1, share of the last link at which it ends
    elapsed_ms    int64[k+1]  milliseconds since the start on entering each link's driven part; last the whole duration
    driven_mm     int64[k+1]  millimetres driven by then
    turn_ms       int32[k]    how long the turn into each link took before it was entered, 0 for the first
    link_ms       int32[k]    how long each link takes as a whole, in the version that the way was found in
    roads         the roads that the links are rows of

    Moments outside 0..duration_ms count as the start or the end. While it turns, a truck stands at the end of the link
    that it leaves. From any moment on, what is left of the way is a shortest way from `position_at` that moment, and
    that version's table says exactly `duration_ms - elapsed_ms` for it, or while it turns at most the turn more.
    """

    links: NDArray[np.int32]
    start_along: float
    end_along: float
    elapsed_ms: NDArray[np.int64]
    driven_mm: NDArray[np.int64]
    turn_ms: NDArray[np.int32]
    link_ms: NDArray[np.int32]
    roads: Roads

    @property
    def duration_ms(self) -> int:
        return int(self.elapsed_ms[-1])

    @property
    def length_mm(self) -> int:
        return int(self.driven_mm[-1])

    def position_at(self, elapsed_ms: int) -> Positions:
        """The place (of length 1) on the road after so many milliseconds, in the driven direction only."""
        step, along = self._stand(elapsed_ms)
        return position_on(int(self.links[step]), along)

    def place_at(self, elapsed_ms: int) -> tuple[float, float, float]:
        """Longitude, latitude and compass heading (degrees) after so many milliseconds."""
        step, along = self._stand(elapsed_ms)
        lon_deg, lat_deg, share = link_shape(self.roads, int(self.links[step]))
        place_lon, place_lat = np.interp(along, share, lon_deg), np.interp(along, share, lat_deg)
        return float(place_lon), float(place_lat), bearing_deg(lon_deg, lat_deg, share, along)

    def length_mm_at(self, elapsed_ms: int) -> int:
        """Millimetres driven after so many milliseconds."""
        step, along = self._stand(elapsed_ms)
        whole = int(self.roads.link_length_mm[self.links[step]])
        skipped = part(whole, self._start_share) if step == 0 else 0
        return int(self.driven_mm[step]) + int(part(whole, round(along * SHARE_ONE))) - int(skipped)

    def geometry(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes (degrees) of the way, at least two points, no point twice in a row but then."""
        last = len(self.links) - 1
        pieces = []
        for step in range(last + 1):
            lon_deg, lat_deg, share = link_shape(self.roads, int(self.links[step]))
            if step in (0, last):
                start = self.start_along if step == 0 else 0.0
                end = self.end_along if step == last else 1.0
                lon_deg, lat_deg = cut(lon_deg, lat_deg, share, start, end)
            pieces.append((lon_deg, lat_deg))
        lon = np.concatenate([piece[0] for piece in pieces])
        lat = np.concatenate([piece[1] for piece in pieces])
        moves = np.append(True, (np.diff(lon) != 0) | (np.diff(lat) != 0))
        if np.count_nonzero(moves) == 1:
            moves[-1] = True
        return lon[moves], lat[moves]

    def steps(self) -> list[tuple[str, int, int]]:
        """Street name, millimetres and milliseconds of each stretch of links in a row that bear one name."""
        name = self.roads.link_name[self.links]
        first = np.flatnonzero(np.append(True, name[1:] != name[:-1]))
        end = np.append(first[1:], len(name))
        return [
            (
                self.roads.names[name[a]],
                int(self.driven_mm[b] - self.driven_mm[a]),
                int(self.elapsed_ms[b] - self.elapsed_ms[a]),
            )
            for a, b in zip(first, end, strict=True)
        ]

    @property
    def _start_share(self) -> int:
        return round(self.start_along * SHARE_ONE)

    def _stand(self, elapsed_ms: int) -> tuple[int, float]:
        """Which link is being driven, and how much of it lies behind.

        At the moment of passing a node the next link is the one driven.
        """
        if elapsed_ms >= self.duration_ms:
            return len(self.links) - 1, self.end_along
        elapsed_ms = max(elapsed_ms, 0)
        step = int(np.searchsorted(self.elapsed_ms, elapsed_ms, side="right")) - 1
        spent_ms = elapsed_ms - int(self.elapsed_ms[step])
        if step == 0 and spent_ms == 0:
            return 0, self.start_along
        whole = int(self.link_ms[step])
        before_ms = int(part(whole, self._start_share)) if step == 0 else 0
        return step, min(1.0, (before_ms + spent_ms) / whole) if whole else 1.0


def way_along(
    roads: Roads,
    links: NDArray[np.int32],
    start_along: float,
    end_along: float,
    *,
    link_ms: NDArray[np.int32] | None = None,
    turn_ms: NDArray[np.int32] | None = None,
) -> Way:
    """Add up the times and lengths of a way by the rule of parts (`routing.positions.part`).

    Without `link_ms` the links take their free-flow times, without `turn_ms` turns take none.
    """
    whole_ms = roads.link_duration_ms[links] if link_ms is None else link_ms
    turns = np.zeros(len(links), np.int32) if turn_ms is None else turn_ms
    elapsed_ms = _running(whole_ms, start_along, end_along)
    elapsed_ms[:-1] += np.cumsum(turns)
    elapsed_ms[-1] += turns.sum()
    return Way(
        links=links,
        start_along=start_along,
        end_along=end_along,
        elapsed_ms=elapsed_ms,
        driven_mm=_running(roads.link_length_mm[links], start_along, end_along),
        turn_ms=turns,
        link_ms=whole_ms,
        roads=roads,
    )


def _running(whole: NDArray[np.int32], start_along: float, end_along: float) -> NDArray[np.int64]:
    """int64[k+1]: 0, then the sums of the links' driven parts."""
    driven = whole.astype(np.int64)
    driven[-1] = part(int(whole[-1]), round(end_along * SHARE_ONE))
    driven[0] -= part(int(whole[0]), round(start_along * SHARE_ONE))
    return np.concatenate([[0], np.cumsum(driven)])
