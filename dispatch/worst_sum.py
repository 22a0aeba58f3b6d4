"""How large a plan's sums can get, so that int64 arithmetic is known to be safe before any of it is done."""

from __future__ import annotations

from dispatch.problem import NO_WAY_S, Problem, ProblemJob

MOST_SUM = 2**62


def worst_sum(problem: Problem) -> int:
    """No plan of the problem costs, and none of its terms sums to, more than this.

    A truck departs before its shift ends, so no arrival is later than the last shift's end plus the longest drive.
    """
    drives = problem.durations_s[problem.durations_s != NO_WAY_S]
    longest_s = int(drives.max(initial=0))
    last_departure_s = max((truck.shift_end_s for truck in problem.trucks), default=0)
    latest_s = max(0, last_departure_s) + longest_s
    truck_price = max((truck.price for truck in problem.trucks), default=0)
    weights = problem.weights
    total = 0
    last_free_s = latest_s
    for job in problem.jobs:
        ended_s = latest_s + job.on_scene_s + longest_s + max((shop.unload_s for shop in job.shops), default=0)
        last_free_s = max(last_free_s, ended_s)
        total += max(job.unserved_cost, _worst_served(problem, job, latest_s, longest_s) + truck_price)
    for truck in problem.trucks:
        if problem.jobs:
            total += weights.overtime * max(0, last_free_s - truck.shift_end_s)
        if truck.driving_to is not None:
            total += weights.theta + weights.kappa * truck.driven_s
    return total


def _worst_served(problem: Problem, job: ProblemJob, latest_s: int, longest_s: int) -> int:
    weights = problem.weights
    wait_s = max(0, latest_s - job.reported_s)
    late_s = max(0, latest_s - job.promise_s)
    terms = job.weight * (weights.wait * wait_s + weights.late * late_s)
    terms += weights.blocked * job.lanes_blocked * (wait_s + job.on_scene_s)
    prices = max((shop.price for shop in job.shops), default=0)
    return terms + (weights.empty_drive + weights.tow_detour) * longest_s + prices
