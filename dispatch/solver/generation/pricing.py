"""One round of pricing: the cheapest new routes of every truck at given prices, and the bound that they prove."""

from __future__ import annotations

from concurrent.futures import Executor
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.generation.duals import Duals, Rows, at_prices, proven
from dispatch.solver.generation.gangs import Gang, apart, gangs
from dispatch.solver.generation.labels import price_trucks, room_for_labels
from dispatch.solver.generation.listing import list_all
from dispatch.solver.generation.onward import Onward, onward
from dispatch.solver.generation.skipping import skipping

MOST_LABELS = 400_000
ROUTES_A_TRUCK = 10
MOST_STOPS = 24
_TRIED_A_UNIT = 12
_FEWEST_BUCKETS, _MOST_BUCKETS = 24, 384
_FIRST_TABLE = 500_000
"""Cells (place, bucket, job) of a gang's bounds at first, some ten milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Routes below their truck's dual: `trucks` int64[n], `options` int32[n, S]. `bound` in parts, `work` in units.

    `least` int64[T] bounds each truck's reduced costs; `cut` trucks were not searched to the end.
    """

    trucks: NDArray[np.int64]
    options: NDArray[np.int32]
    bound: int
    least: NDArray[np.int64]
    cut: int
    work: int


class Pricer:
    """Prices all trucks, on as many threads as it is given; what comes out does not depend on how many."""

    def __init__(self, c: Columns, rows: Rows, workers: Executor, threads: int) -> None:
        self.c, self.rows = c, rows
        self._workers, self._threads = workers, threads
        self._gangs = gangs(c)
        self._skip = skipping(c)
        self._labels = [room_for_labels(MOST_LABELS + 2 * c.options.size, c.jobs.size) for _ in range(threads)]
        cells = np.unique(c.options["place"]).size * c.jobs.size
        self._buckets = int(np.clip(_FIRST_TABLE // max(1, cells), _FEWEST_BUCKETS, _MOST_BUCKETS // 4))

    def price(self, duals: Duals, most_expanded: int) -> Priced:
        """Exact where no truck needs more than `most_expanded` labels; the bound holds in any case."""
        c = at_prices(self.c, duals)
        t = c.trucks.size
        routes = np.full((t, ROUTES_A_TRUCK, MOST_STOPS), -1, dtype=np.int32)
        cost = np.empty((t, ROUTES_A_TRUCK), dtype=np.int64)
        count, least = np.zeros(t, dtype=np.int64), np.zeros(t, dtype=np.int64)
        tables, bounding = self._ahead(c)
        searching = np.zeros(t, dtype=np.int64)

        def run(part: int) -> None:
            for gang, ahead in zip(self._gangs, tables, strict=True):
                price_trucks(
                    c, ahead, self._skip, self._part(gang, part), duals.truck,
                    self._labels[part], most_expanded, routes, cost, count, least, searching,
                )  # fmt: skip

        list(self._workers.map(run, range(self._threads)))
        work = sum(bounding) + int(searching.sum())
        self._balance(bounding, searching)
        which = np.arange(ROUTES_A_TRUCK)[None, :] < count[:, None]
        cheapest = np.minimum(np.where(which, cost, duals.truck[:, None]).min(axis=1), duals.truck)
        bound, cut = proven(self.c, self.rows, duals, least), int(np.count_nonzero(least < cheapest))
        return Priced(np.repeat(np.arange(t), count), routes[which], bound, least, cut, work)

    def narrowed(self, c: Columns) -> Pricer:
        """For the same problem where some trucks may serve less (`c.fits`), beginning where this one has come to."""
        other = copy(self)
        other.c = c
        other._gangs = []
        for gang in self._gangs:
            able = gang.trucks[c.fits[gang.trucks].any(axis=1)]
            if able.size:
                other._gangs.append(Gang(able, np.logical_or.reduce(c.fits[able])))
        return other

    def _part(self, gang: Gang, part: int) -> NDArray[np.int64]:
        """A thread's trucks: of one layout however many threads there are, so that kernels are compiled once."""
        return np.ascontiguousarray(gang.trucks[part :: self._threads])

    def _balance(self, bounding: list[int], searching: NDArray[np.int64]) -> None:
        """Closer bounds where the search takes longer than they do, coarser ones where it is the other way round."""
        bounded, searched = sum(bounding), int(searching.sum())
        if searched > 2 * bounded:
            self._buckets = min(_MOST_BUCKETS, self._buckets * 3 // 2)
        elif searched < bounded // 3:
            self._buckets = max(_FEWEST_BUCKETS, self._buckets * 2 // 3)
        made: list[Gang] = []
        for gang, units in zip(self._gangs, bounding, strict=True):
            is_slow = int(searching[gang.trucks].sum()) > 2 * units
            made.extend(apart(gang, self.c, searching > units // 2) if is_slow else [gang])
        self._gangs = made

    def list_within(
        self, duals: Duals, least: NDArray[np.int64], gap: int, most_routes: int, most_tried: int
    ) -> tuple[tuple[NDArray[np.int64], NDArray[np.int32]] | None, int]:
        """Every route (trucks [n], options [n, S]) that a plan better by up to `gap` parts could hold; and the work.

        None where a thread finds more than `most_routes`, or has looked at more than `most_tried` ways.
        """
        c = at_prices(self.c, duals)
        tables, bounding = self._ahead(c)
        work = sum(bounding)
        below = np.minimum(least, 0) + gap

        def run(part: int) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
            options = np.empty((most_routes, MOST_STOPS), dtype=np.int32)
            of_row = np.empty(most_routes, dtype=np.int64)
            filled, tried = 0, 0
            for gang, ahead in zip(self._gangs, tables, strict=True):
                rows = slice(filled, most_routes)
                count, looks = list_all(
                    c, ahead, self._part(gang, part), below, options[rows], of_row[rows], most_tried - tried
                )
                tried += looks
                if count < 0:
                    return of_row[:0], options[:0], -tried
                filled += count
            return of_row[:filled], options[:filled], tried

        made = list(self._workers.map(run, range(self._threads)))
        work += sum(abs(tried) for _, _, tried in made) // _TRIED_A_UNIT
        if any(tried < 0 for _, _, tried in made):
            return None, work
        trucks = np.concatenate([trucks for trucks, _, _ in made])
        return (trucks, np.concatenate([options for _, options, _ in made])), work

    def _ahead(self, c: Columns) -> tuple[list[Onward], list[int]]:
        def bounds(gang: Gang) -> tuple[Onward, int]:
            return onward(c, gang.crew(c), self._buckets)

        made = list(self._workers.map(bounds, self._gangs))
        return [ahead for ahead, _ in made], [units for _, units in made]
