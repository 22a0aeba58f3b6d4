"""`towline solve`, `towline check` and `towline explain`: their arguments, and what is called with them."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from dispatch.arguments import Answered, Surroundings, Verbs, add_verb, natural, positive


def add_parsers(verbs: Verbs) -> None:
    solve = add_verb(verbs, "solve", _solve, "who goes where: a PLAN for a PROBLEM")
    solve.add_argument("problem", type=Path, metavar="PROBLEM.json")
    solve.add_argument("-o", dest="output", type=Path, metavar="PLAN.json")
    effort = solve.add_mutually_exclusive_group()
    effort.add_argument("--work", type=positive, metavar="N", help="work units: reproducible")
    effort.add_argument("--seconds", type=_seconds, metavar="S", help="seconds: not promised to be reproducible")
    solve.add_argument("--seed", type=natural, default=0)
    check = add_verb(verbs, "check", _check, "score a PLAN again from its PROBLEM alone")
    check.add_argument("problem", type=Path, metavar="PROBLEM.json")
    check.add_argument("plan", type=Path, metavar="PLAN.json")
    explain = add_verb(verbs, "explain", _explain, "why a PLAN does what it does, in Chinese and English")
    explain.add_argument("problem", type=Path, metavar="PROBLEM.json")
    explain.add_argument("plan", type=Path, metavar="PLAN.json")
    explain.add_argument("--job", action="append", default=[], metavar="ID", help="this job only; may be repeated")
    explain.add_argument(
        "--at", type=_instant, metavar="RFC3339", help="the problem's now: times of day are its zone's"
    )


def _solve(a: argparse.Namespace, around: Surroundings) -> Answered:
    from dispatch import cli

    report = cli.solve_file(
        problem=a.problem, output=a.output, work=a.work, seconds=a.seconds, seed=a.seed, elapsed_s=around.elapsed_s
    )
    return report, cli.solve_text


def _check(a: argparse.Namespace, _around: Surroundings) -> Answered:
    from dispatch import cli

    return cli.check_files(problem=a.problem, plan=a.plan), cli.check_text


def _explain(a: argparse.Namespace, _around: Surroundings) -> Answered:
    from dispatch import cli_explain

    report = cli_explain.explain_files(problem=a.problem, plan=a.plan, jobs=a.job, now=a.at)
    return report, cli_explain.explain_text


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not an instant with its offset, as 2026-03-02T14:00:00+08:00")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from above 0 to a day")
    return seconds
