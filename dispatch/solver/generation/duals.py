"""Prices of the master's rows as integers, the problem as it looks at those prices, and the bound that they prove.

Duals are multiples of 1/SCALE and every reduced cost is an integer count of such parts, so that the Lagrangian bound is
exact: whatever the linear solver's rounding did to the duals, any duals of the right sign prove a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns

SCALE = 1024
_ROOM = 2**61


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What any plan of the kind that is looked for must keep, besides serving a job at most once and a truck once.

    `most_left` of the must-serve jobs stay unserved and those served wait `most_wait_s` in sum; None: no such row.
    """

    most_left: int | None = None
    most_wait_s: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """In parts of 1/`scale` fen: `job` int64[J] of any sign; `limit` int64[L], `truck` int64[T], `wait`, `left` <= 0.

    `wait` is the price of a second that a must-serve job waits, `left` that of leaving one.
    """

    scale: int
    job: NDArray[np.int64]
    limit: NDArray[np.int64]
    truck: NDArray[np.int64]
    wait: int = 0
    left: int = 0


def scale_of(c: Columns) -> int:
    """SCALE, or less where the sums of a problem with huge costs would leave int64."""
    return max(1, min(SCALE, _ROOM // (2 * worst_sum(c) + 1)))


def worst_sum(c: Columns) -> int:
    """More than any plan's cost, in fen: every job left or served at its dearest that is worth serving."""
    return int(c.jobs["unserved_cost"].sum()) + int(np.abs(c.jobs["base"]).sum()) + int(c.trucks["switch"].sum()) + 1


def rounded(
    c: Columns, rows: Rows, job: NDArray[np.float64], limit: NDArray[np.float64], truck: NDArray[np.float64],
    wait: float, left: float, scale: int,
) -> Duals:  # fmt: skip
    """The nearest duals of the right sign in whole parts."""
    wait_parts = min(0, round(wait * scale)) if rows.most_wait_s is not None else 0
    left_parts = min(0, round(left * scale)) if rows.most_left is not None else 0
    parts = np.minimum(np.rint(job * scale).astype(np.int64), dearest(c, rows, left_parts, scale))
    return Duals(
        scale,
        parts,
        np.minimum(np.rint(limit * scale).astype(np.int64), 0),
        np.minimum(np.rint(truck * scale).astype(np.int64), 0),
        wait_parts,
        left_parts,
    )


def dearest(c: Columns, rows: Rows, left: int, scale: int) -> NDArray[np.int64]:
    """The highest price that a job's row may have: that of leaving the job."""
    most = c.jobs["unserved_cost"] * scale
    if rows.most_left is not None:
        must = c.jobs["must"] != 0
        # A job that no plan of this kind leaves may cost anything; the room that int64 has is the only end.
        most = np.where(must, _ROOM // (4 * max(1, c.jobs.size)) if rows.most_left == 0 else most - left, most)
    return most


def at_prices(c: Columns, duals: Duals) -> Columns:
    """The same problem in parts of a fen, where a route costs its reduced cost but for the truck's own dual.

    Nothing is charged for a job left, and a truck's switch charge stays the caller's constant.
    """
    scale = duals.scale
    trucks, jobs, options = c.trucks.copy(), c.jobs.copy(), c.options.copy()
    trucks["price"] *= scale
    trucks["switch"] *= scale
    hurry = np.where(jobs["must"] != 0, -duals.wait, 0)
    jobs["base"] = jobs["base"] * scale - duals.job - hurry * jobs["reported_s"]
    jobs["rate"] = jobs["rate"] * scale + hurry
    jobs["late_rate"] *= scale
    limited = options["limit"] >= 0
    options["cost"] *= scale
    options["cost"][limited] -= duals.limit[options["limit"][limited]]
    return c._replace(
        trucks=trucks, jobs=jobs, options=options,
        empty_rate=c.empty_rate * scale, overtime_rate=c.overtime_rate * scale,
    )  # fmt: skip


def proven(c: Columns, rows: Rows, duals: Duals, least: NDArray[np.int64]) -> int:
    """The Lagrangian bound in parts: no plan that keeps the rows costs less (Geoffrion 1974).

    `least` int64[T] is at most the least reduced cost of any route of each truck at these prices, without its own dual.
    """
    parts = int(c.trucks["switch"].sum()) * duals.scale
    parts += int(duals.job.sum()) + int(np.minimum(least, 0).sum()) + int((duals.limit * c.limits).sum())
    parts += duals.wait * (rows.most_wait_s or 0) + duals.left * (rows.most_left or 0)
    # A job whose price lies above that of leaving it would be left; `rounded` keeps prices from it.
    return parts


def whole(parts: int, scale: int) -> int:
    """The least integer cost that is no less than `parts`: costs are whole fen."""
    return -(-parts // scale)
