"""The questions of a run, as a folder of .npy files that both interpreters read: places, and one graph of turns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """n places.

    lonlat  float64[n, 2]  WGS-84 degrees, six decimals (what the peers keep of them)
    node    int64[n]       the node of `Graph` for the link that the place lies on
    """

    lonlat: NDArray[np.float64]
    node: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.node)

    def first(self, count: int) -> Places:
        return Places(self.lonlat[:count], self.node[:count])


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Links as nodes and permitted turns as arcs, compressed rows: what peers without roads of their own are given.

    An arc's milliseconds lead from the end of one link to the end of the next: the turn and the link turned into.
    """

    offset: NDArray[np.int64]
    target: NDArray[np.int32]
    weight_ms: NDArray[np.int64]

    @property
    def source(self) -> NDArray[np.int64]:
        """int64[T]: the node that each arc leaves."""
        return np.repeat(np.arange(len(self.offset) - 1, dtype=np.int64), np.diff(self.offset))


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Pair k leads from pair_from[k] to pair_to[k]; tables are the first rows and columns of the rest."""

    pair_from: Places
    pair_to: Places
    table_from: Places
    table_to: Places
    graph: Graph


def graph_of(
    onward_offset: NDArray[np.int64],
    onward: NDArray[np.int32],
    node_link: NDArray[np.int32],
    link_ms: NDArray[np.int32],
    turn_cost_ms: NDArray[np.int32],
) -> Graph:
    """The graph of plain arrays: permitted turns as compressed rows, the link of each node, and what both cost."""
    weight_ms = link_ms[node_link[onward]].astype(np.int64) + turn_cost_ms
    return Graph(onward_offset.astype(np.int64), onward.astype(np.int32), weight_ms)


def save(questions: Questions, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in fields(questions):
        value = getattr(questions, part.name)
        for column in fields(value):
            np.save(folder / f"{part.name}.{column.name}.npy", getattr(value, column.name))


def load(folder: Path) -> Questions:
    def part(name: str, kind: type[Any]) -> Any:
        return kind(**{column.name: np.load(folder / f"{name}.{column.name}.npy") for column in fields(kind)})

    return Questions(
        part("pair_from", Places), part("pair_to", Places), part("table_from", Places), part("table_to", Places),
        part("graph", Graph),
    )  # fmt: skip
