"""What all versions of a city's travel times share: its roads, the graph of turns and its hierarchy, and the grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.contraction import contract
from routing.dissection import nested_dissection
from routing.hierarchy import Hierarchy
from routing.roads import Roads
from routing.snap import SegmentGrid, segment_grid
from routing.turn_costs import TurnModel, turn_costs
from routing.turns import Turns, turn_graph


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """The graph of turns and the hierarchy over it: what a city's bundle keeps, since it takes seconds to make."""

    turns: Turns
    hierarchy: Hierarchy


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One city's roads ready for any travel times.

    turn_cost_ms   int32[T]  what each turn costs beyond the roads that it joins
    """

    roads: Roads
    turns: Turns
    hierarchy: Hierarchy
    turn_cost_ms: NDArray[np.int32]
    grid: SegmentGrid


def structure_of(roads: Roads) -> Structure:
    """The hierarchy of a city's roads (a second for 70,000 links)."""
    turns = turn_graph(roads)
    return Structure(turns, contract(turns, nested_dissection(roads, turns)))


def network_of(roads: Roads, model: TurnModel, structure: Structure | None = None) -> Network:
    """The network of a city; without its `structure` that is made here."""
    made = structure_of(roads) if structure is None else structure
    return Network(roads, made.turns, made.hierarchy, turn_costs(roads, made.turns, model), segment_grid(roads))
