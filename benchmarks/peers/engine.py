"""What a worker measures: an engine that is loaded, and the ways in which it can be asked.

The question is put into the engine's own form beforehand and the answer is left in its own form, so that a time is the
engine's and not that of a translation of ours. What turns an answer into seconds is kept with each way.

Each way is of a kind, and only equal kinds are compared:

- `coordinates`  longitude and latitude go in: finding the place on the road is part of the time;
- `snapped`      the places have been found on the road before;
- `search`       as `snapped`, but the engine is not even asked to hand the times out (compared with our `snapped`);
- `links`        from the end of one link to the end of another, on one and the same graph of turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Single:
    """`ask(k)` answers the k-th pair of places."""

    kind: str
    label: str
    ask: Callable[[int], Any]
    seconds: Callable[[Any], float]


@dataclass(frozen=True, slots=True)
class Many:
    """`ask()` answers all pairs, or a whole table, in one call. `seconds` is None where it hands nothing out."""

    kind: str
    label: str
    ask: Callable[[], Any]
    seconds: Callable[[Any], NDArray[np.float64]] | None


class Engine(Protocol):
    """An engine with its data in memory."""

    threads: int

    def singles(self, pairs: int) -> list[Single]:
        """The ways of asking for one pair of the first `pairs`, the favourite first."""

    def batches(self, pairs: int) -> list[Many]:
        """The ways of asking for the first `pairs` pairs in one call; none where the engine has no such call."""

    def tables(self, rows: int, columns: int) -> list[Many]:
        """The ways of asking for the times from `rows` origins to `columns` destinations, the favourite first."""
