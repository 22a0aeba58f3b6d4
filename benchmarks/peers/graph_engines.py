"""Peers without roads of their own: scipy, networkx and pandana on the very graph of turns that our router searches.

They are asked from the end of one link to the end of another (kind `links`), so that their answers must be ours to the
millisecond.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.engine import Many, Single
from benchmarks.peers.questions import Questions

TREES_AT_ONCE = 100
"""scipy hands out whole trees: more at once would measure the memory."""


class Scipy:
    """scipy.sparse.csgraph.dijkstra: whole trees, from the origins or against the arcs from the destinations."""

    threads = 1

    def __init__(self, questions: Questions) -> None:
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        graph = questions.graph
        nodes = len(graph.offset) - 1
        self._dijkstra = dijkstra
        self._questions = questions
        self._onward = csr_matrix(
            (graph.weight_ms.astype(np.float64), graph.target, graph.offset), shape=(nodes, nodes)
        )
        self._inward = self._onward.T.tocsr()

    def singles(self, pairs: int) -> list[Single]:
        starts = self._questions.pair_from.node[:pairs].tolist()
        ends = self._questions.pair_to.node[:pairs].tolist()
        return [
            Single(
                "links",
                "dijkstra, one tree",
                lambda k: self._dijkstra(self._onward, indices=starts[k])[ends[k]],
                lambda ms: float(ms) / 1000.0,
            )
        ]

    def batches(self, pairs: int) -> list[Many]:
        del pairs  # there is no such call
        return []

    def tables(self, rows: int, columns: int) -> list[Many]:
        starts, ends = self._questions.table_from.node[:rows], self._questions.table_to.node[:columns]

        def ask() -> NDArray[np.float64]:
            if rows <= columns:
                return self._trees(self._onward, starts, ends)
            return self._trees(self._inward, ends, starts).T

        return [Many("links", "dijkstra, a tree each", ask, lambda ms: np.asarray(ms) / 1000.0)]

    def _trees(self, matrix: Any, roots: NDArray[np.int64], leaves: NDArray[np.int64]) -> NDArray[np.float64]:
        out = np.empty((len(roots), len(leaves)))
        for begin in range(0, len(roots), TREES_AT_ONCE):
            some = slice(begin, begin + TREES_AT_ONCE)
            out[some] = self._dijkstra(matrix, indices=roots[some])[:, leaves]
        return out


class Networkx:
    """networkx, pure Python: bidirectional Dijkstra for a pair, whole trees for a table."""

    threads = 1

    def __init__(self, questions: Questions) -> None:
        import networkx

        graph = questions.graph
        self._nx = networkx
        self._questions = questions
        self._onward = networkx.DiGraph()
        self._onward.add_weighted_edges_from(
            zip(graph.source.tolist(), graph.target.tolist(), graph.weight_ms.tolist(), strict=True)
        )
        self._inward = self._onward.reverse()

    def singles(self, pairs: int) -> list[Single]:
        starts = self._questions.pair_from.node[:pairs].tolist()
        ends = self._questions.pair_to.node[:pairs].tolist()
        return [
            Single(
                "links",
                "bidirectional_dijkstra",
                lambda k: self._nx.bidirectional_dijkstra(self._onward, starts[k], ends[k])[0],
                lambda ms: ms / 1000.0,
            )
        ]

    def batches(self, pairs: int) -> list[Many]:
        del pairs  # there is no such call
        return []

    def tables(self, rows: int, columns: int) -> list[Many]:
        starts = self._questions.table_from.node[:rows].tolist()
        ends = self._questions.table_to.node[:columns].tolist()

        def trees(graph: Any, roots: list[int], leaves: list[int]) -> list[list[float]]:
            out = []
            for root in roots:
                tree = self._nx.single_source_dijkstra_path_length(graph, root)
                out.append([tree.get(leaf, np.inf) for leaf in leaves])
            return out

        def ask() -> NDArray[np.float64]:
            if rows <= columns:
                return np.array(trees(self._onward, starts, ends))
            return np.array(trees(self._inward, ends, starts)).T

        return [Many("links", "a tree each", ask, lambda ms: np.asarray(ms) / 1000.0)]


class Pandana:
    """pandana's contraction hierarchy, which it makes whenever a network is loaded; tables are lists of pairs to it."""

    threads = 1

    def __init__(self, questions: Questions) -> None:
        import pandana  # type: ignore[import-not-found]
        import pandas

        graph = questions.graph
        nodes = len(graph.offset) - 1
        # Its unit is a thousandth of what is given, cut off: half a millisecond more makes whole milliseconds of it.
        seconds = pandas.DataFrame({"s": (graph.weight_ms + 0.5) / 1000.0})
        self._questions = questions
        self._network = pandana.Network(
            pandas.Series(np.zeros(nodes)),
            pandas.Series(np.arange(nodes, dtype=np.float64)),
            pandas.Series(graph.source),
            pandas.Series(graph.target),
            seconds,
            twoway=False,
        )

    def singles(self, pairs: int) -> list[Single]:
        starts = self._questions.pair_from.node[:pairs].tolist()
        ends = self._questions.pair_to.node[:pairs].tolist()
        return [
            Single(
                "links",
                "shortest_path_length",
                lambda k: self._network.shortest_path_length(starts[k], ends[k]),
                float,
            )
        ]

    def batches(self, pairs: int) -> list[Many]:
        starts, ends = self._questions.pair_from.node[:pairs], self._questions.pair_to.node[:pairs]
        return [Many("links", "shortest_path_lengths", lambda: self._lengths(starts, ends), np.asarray)]

    def tables(self, rows: int, columns: int) -> list[Many]:
        starts = np.repeat(self._questions.table_from.node[:rows], columns)
        ends = np.tile(self._questions.table_to.node[:columns], rows)
        return [
            Many(
                "links",
                "shortest_path_lengths of all pairs",
                lambda: self._lengths(starts, ends),
                lambda s: np.asarray(s).reshape(rows, columns),
            )
        ]

    def _lengths(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Any:
        return self._network.shortest_path_lengths(starts, ends)
