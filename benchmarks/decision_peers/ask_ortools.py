"""OR-Tools' routing library. Runs in the peers' environment; imports nothing of ours but the question.

Nearly all of the objective can be said in its terms: an option is a node, a job the disjunction of its options with the
price of leaving it as penalty; two dimensions of the same times carry what waiting costs (a soft bound at the report)
and what lateness costs (one at the promise), the second overtime as well; a third counts stops for the truck's price.
What is not the same: a truck has to arrive before its shift ends, not only to depart; of a job to come only the arrival
from the nearest place of all is known to be too early; the must-serve tier is a large price instead of a first
objective. It uses one thread.
"""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.decision_peers.question import NO_WAY_S, Answer, Question, Sequences

MUST_PENALTY = 10**13
MUST_RATE = 10**7
HORIZON_S = 2 * NO_WAY_S


def answer(question: Question, seconds: float, first: Sequences | None) -> Answer:
    """The best sequences found, None where there are none in time; `first` is where a warm start begins."""
    pywrapcp: Any = import_module("ortools.constraint_solver.pywrapcp")
    enums: Any = import_module("ortools.constraint_solver.routing_enums_pb2")
    begun_s = perf_counter()
    model = _Model(question, pywrapcp)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(1000 * seconds))
    model.routing.CloseModelWithParameters(parameters)
    warm = None if first is None else model.assignment_of(first)
    built_s = perf_counter()
    if warm is None:
        found = model.routing.SolveWithParameters(parameters)
    else:
        found = model.routing.SolveFromAssignmentWithParameters(warm, parameters)
    timing = {
        "build_s": built_s - begun_s,
        "solve_s": perf_counter() - built_s,
        "started_warm": float(warm is not None),
        "objective": float("nan"),
    }
    if found is None:
        return None, timing
    return model.sequences(found), {**timing, "objective": float(found.ObjectiveValue())}


class _Model:
    """Nodes: options, then the trucks' starts, then the one end."""

    def __init__(self, question: Question, pywrapcp: Any) -> None:
        self._q = question
        options, trucks = len(question.job), question.trucks
        self._end = options + trucks
        starts = list(range(options, options + trucks))
        self.manager = pywrapcp.RoutingIndexManager(self._end + 1, trucks, starts, [self._end] * trucks)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._index = [self.manager.NodeToIndex(option) for option in range(options)]
        self._add_costs()
        self._add_times()
        self._add_prices()
        self._add_jobs()
        self._add_places()
        self._add_locks()

    def _add_costs(self) -> None:
        """Empty drives, what an option costs whenever it is served, and leaving the job that a truck drives to."""
        q, options = self._q, len(self._q.job)
        entry = q.extra + q.fixed[q.job]
        cost = np.zeros((self._end + 1, self._end + 1), dtype=np.int64)
        cost[:options, :options] = q.empty_rate[0] * _capped(q.onward_s) + entry
        cost[options:-1, :options] = q.empty_rate[0] * _capped(q.start_s) + entry
        stays = q.job[None, :] == q.target[:, None]
        cost[options:-1, :options] += np.where(stays, 0, q.switch[:, None])
        cost[options:-1, -1] = q.switch
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(cost.tolist()))

    def _add_times(self) -> None:
        q, options = self._q, len(self._q.job)
        drive_s = np.zeros((self._end + 1, self._end + 1), dtype=np.int64)
        drive_s[:options, :options] = q.onward_s + q.span_s[:, None]
        drive_s[options:-1, :options] = q.start_s
        # In the first dimension the end is the last arrival, in the second the time at which the truck is free again.
        arrive = self.routing.RegisterTransitMatrix(drive_s.tolist())
        drive_s[:options, -1] = q.span_s
        free = self.routing.RegisterTransitMatrix(drive_s.tolist())
        last_s = np.maximum(q.shift_end_s - 1, q.free_s).tolist()
        self.routing.AddDimensionWithVehicleCapacity(arrive, HORIZON_S, last_s, False, "arrive")
        self.routing.AddDimension(free, HORIZON_S, HORIZON_S, False, "free")
        waits, lates = (self.routing.GetDimensionOrDie(name) for name in ("arrive", "free"))
        rate = q.rate + MUST_RATE * q.must
        for option, index in enumerate(self._index):
            job = int(q.job[option])
            waits.SetCumulVarSoftUpperBound(index, max(0, int(q.reported_s[job])), int(rate[job]))
            lates.SetCumulVarSoftUpperBound(index, max(0, int(q.promise_s[job])), int(q.late_rate[job]))
            if q.release_s[job] > 0:
                least_s = int(min(q.start_s[:, option].min(), q.onward_s[:, option].min()))
                for dimension in (waits, lates):
                    dimension.CumulVar(index).SetMin(int(q.release_s[job]) + least_s)
        for truck in range(q.trucks):
            # A truck that stays pays for leaving the job that it drives to.
            self.routing.SetVehicleUsedWhenEmpty(bool(q.target[truck] >= 0), truck)
            for dimension in (waits, lates):
                dimension.CumulVar(self.routing.Start(truck)).SetValue(int(q.free_s[truck]))
            bound_s = max(int(q.shift_end_s[truck]), int(q.free_s[truck]))
            lates.SetCumulVarSoftUpperBound(self.routing.End(truck), bound_s, int(q.overtime_rate[0]))

    def _add_prices(self) -> None:
        options = len(self._q.job)
        one = self.routing.RegisterUnaryTransitVector([1] * options + [0] * (self._end + 1 - options))
        self.routing.AddDimension(one, 0, options, True, "stops")
        stops = self.routing.GetDimensionOrDie("stops")
        for truck, price in enumerate(self._q.price.tolist()):
            stops.SetSpanCostCoefficientForVehicle(price, truck)

    def _add_jobs(self) -> None:
        q = self._q
        works = q.free_s < q.shift_end_s
        for job in range(q.jobs):
            mine = [self._index[option] for option in np.flatnonzero(q.job == job).tolist()]
            able = np.flatnonzero(q.fits[:, job] & works).tolist()
            if not mine:
                continue
            penalty = int(q.unserved_cost[job]) + (MUST_PENALTY if q.must[job] else 0)
            self.routing.AddDisjunction(mine, penalty)
            for index in mine:
                # -1 is no truck: without it the job could not be left.
                self.routing.VehicleVar(index).SetValues([-1, *able])

    def _add_places(self) -> None:
        solver = self.routing.solver()
        for shop, room in enumerate(self._q.places.tolist()):
            there = [self.routing.ActiveVar(self._index[k]) for k in np.flatnonzero(self._q.limit == shop).tolist()]
            if len(there) > room:
                solver.Add(solver.Sum(there) <= room)

    def _add_locks(self) -> None:
        """A locked job is its truck's first stop: nothing else leads to it."""
        q = self._q
        locked = [self._index[option] for option in np.flatnonzero(q.locked[q.job] >= 0).tolist()]
        for index in self._index:
            for first in locked:
                if first != index:
                    self.routing.NextVar(index).RemoveValue(first)

    def assignment_of(self, sequences: Sequences) -> Any:
        """Routes as a first solution; None where the model does not take them."""
        routes = [
            [self.manager.NodeToIndex(option) for option in _in_time(self._q, truck, sequence)]
            for truck, sequence in enumerate(sequences)
        ]
        return self.routing.ReadAssignmentFromRoutes(routes, True)

    def sequences(self, found: Any) -> Sequences:
        read: Sequences = []
        for truck in range(self._q.trucks):
            stops = []
            index = found.Value(self.routing.NextVar(self.routing.Start(truck)))
            while not self.routing.IsEnd(index):
                option = self.manager.IndexToNode(index)
                stops.append((int(self._q.job[option]), option))
                index = found.Value(self.routing.NextVar(index))
            read.append(stops)
        return read


def _in_time(question: Question, truck: int, sequence: list[tuple[int, int]]) -> list[int]:
    """The options of a sequence up to the first at which the truck would arrive after its shift."""
    q, at_s, before = question, int(question.free_s[truck]), -1
    options: list[int] = []
    for job, option in sequence:
        drive_s = int(q.start_s[truck, option] if before < 0 else q.onward_s[before, option])
        at_s = max(at_s, int(q.release_s[job])) + drive_s
        if at_s >= q.shift_end_s[truck]:
            break
        options.append(option)
        at_s, before = at_s + int(q.span_s[option]), option
    return options


def _capped(drive_s: Any) -> Any:
    """No way costs no more than a day would, so that sums stay far from overflow; the times forbid it anyway."""
    return np.minimum(drive_s, NO_WAY_S)
