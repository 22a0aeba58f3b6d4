"""The verb `towline explain`: why a plan does what it does, job by job, in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from dispatch.cli import file_bytes
from dispatch.explain_job import facts_of
from dispatch.formats import read_plan, read_problem
from dispatch.plan import Method, Plan, Reason, Unserved
from dispatch.plan_document import PlanDocument
from dispatch.solver.check import check
from dispatch.words import Face
from dispatch.words_facts import BY_ID, full_sentence, party_sentence
from geo.faults import BadInput
from geo.instants import ms_of


def explain_files(
    *, problem: Path, plan: Path, jobs: Sequence[str] = (), now: datetime | None = None
) -> dict[str, object]:
    """The facts of each job of a PLAN, or of those named, and its sentences: `text` for the control room, `party` for
    the person at the roadside. A plan that is not sound is not explained: `ok` False and its faults.

    `now` is the instant of the problem's now, which has an offset; without it times count from there. BadInput: a file
    that cannot be read, a job that is not in the problem.
    """
    posed = read_problem(file_bytes(problem), str(problem))
    document = read_plan(file_bytes(plan), str(plan))
    unknown = set(jobs) - {job.id for job in posed.jobs}
    if unknown:
        raise BadInput(f"--job {min(unknown)}: {problem} has no such job")
    report = check(posed, document)
    if not report.ok:
        return {"ok": False, "faults": list(report.faults), "items": [], "next": None}
    face = Face() if now is None else Face(ms_of(now), now.tzinfo or UTC)
    items = [
        {
            "job": facts.job,
            "facts": asdict(facts),
            "text": full_sentence(facts, face, BY_ID).words(),
            "party": party_sentence(facts, face, BY_ID).words(),
        }
        for facts in facts_of(posed, _plan(document), jobs or None)
    ]
    return {"ok": True, "faults": [], "items": items, "next": None}


def explain_text(report: dict[str, object]) -> str:
    """The sentences for a person, and what their names say to the one at the roadside."""
    found = cast(dict[str, Any], report)
    if not found["ok"]:
        return "\n".join([f"the plan has {len(found['faults'])} fault(s)", *found["faults"]])
    lines = []
    for item in found["items"]:
        lines += [f"{item['job']}: {item['text']['en']}", f"  {item['text']['zh']}"]
        lines += [f"  to the party: {item['party']['en']}", f"  {item['party']['zh']}"]
    return "\n".join(lines) or "the plan has no job"


def _plan(document: PlanDocument) -> Plan:
    """A plan that the checker found sound."""
    return Plan(
        routes=document.routes,
        unserved=tuple(Unserved(left.job, Reason(left.reason)) for left in document.unserved),
        terms=document.terms,
        tier=document.tier,
        lower_bound=document.lower_bound,
        method=Method(document.method),
        work=document.work,
    )
