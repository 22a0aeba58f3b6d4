"""What came of it, as a table: each peer's cost as a multiple of ours after the same time."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.decision_peers.ask import BUDGETS_S, OURS

Record = dict[str, Any]
Pair = tuple[Record, Record]

HEADS = (
    "trucks x jobs", "ground", "peer", *(f"cost / ours after {seconds:g} s" for seconds in BUDGETS_S),
    "jobs left out (ours)", "ours better or equal",
)  # fmt: skip


def text_of(records: Sequence[Record]) -> str:
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in _rows(records)]
    failed = Counter(f"{record['peer']} on {record['size']}" for record in records if "failed" in record)
    faults = sum(len(record.get("faults", ())) for record in records)
    lines += [
        "",
        "Ratios are the median of all seeds, and the most in brackets, of plans with the same must-serve tier.",
        f"No plan in time: {', '.join(f'{name} {times}x' for name, times in failed.items()) or 'never'}.",
        f"Faults that the checker found in all plans: {faults}.",
    ]
    return "\n".join(lines) + "\n"


def beaten(records: Sequence[Record]) -> list[str]:
    """One line for each time that a peer's plan is better than ours after the same time."""
    return [
        f"{peer['size']} {peer['ground']} seed {peer['seed']}: {peer['peer']} {peer['tier']} {peer['cost']} under"
        f" {ours['tier']} {ours['cost']} after {ours['budget_s']:g} s"
        for peer, ours in _pairs(records)
        if _key(peer) < _key(ours)
    ]


def _pairs(records: Sequence[Record]) -> Iterator[Pair]:
    """Every peer's plan with ours of the same problem after the same time; a rule's, which takes none, with each."""
    answered = [record for record in records if "failed" not in record]
    ours = {(*_problem(record), record["budget_s"]): record for record in answered if record["peer"] == OURS}
    for record in answered:
        for budget_s in BUDGETS_S if record["budget_s"] is None else (record["budget_s"],):
            same = ours.get((*_problem(record), budget_s))
            if record["peer"] != OURS and same is not None:
                yield record, same


def _problem(record: Record) -> tuple[str, str, int]:
    return record["size"], record["ground"], record["seed"]


def _key(record: Record) -> tuple[list[int], int]:
    return record["tier"], record["cost"]


def _rows(records: Sequence[Record]) -> Iterator[list[str]]:
    groups: dict[tuple[str, str, str], list[Pair]] = {}
    for peer, ours in _pairs(records):
        groups.setdefault((peer["size"], peer["ground"], peer["peer"]), []).append((peer, ours))
    for key, pairs in groups.items():
        timed = [[pair for pair in pairs if pair[1]["budget_s"] == budget_s] for budget_s in BUDGETS_S]
        left, ours_left = (statistics.median(pair[at]["unserved"] for pair in timed[-1] or pairs) for at in (0, 1))
        held = sum(_key(ours) <= _key(peer) for peer, ours in pairs)
        yield [*key, *map(_ratio, timed), f"{left:g} ({ours_left:g})", f"{held} of {len(pairs)}"]


def _ratio(pairs: Sequence[Pair]) -> str:
    same = [peer["cost"] / max(1, ours["cost"]) for peer, ours in pairs if peer["tier"] == ours["tier"]]
    worse = sum(peer["tier"] > ours["tier"] for peer, ours in pairs)
    words = [f"{statistics.median(same):.3f} ({max(same):.3f})"] if same else []
    return ", ".join([*words, *([f"worse tier {worse}x"] if worse else [])]) or "-"
