"""One question to one peer, in the peers' environment: QUESTION.npz PEER SECONDS [FIRST.json] -> one line of JSON.

A process of its own for every question: OR-Tools and our solver's libraries need not get along, and none finds anything
warm that another left.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.decision_peers import ask_ortools, ask_vroom
from benchmarks.decision_peers.question import Answer, Question, Sequences, load


def ask(question: Question, peer: str, seconds: float, first: Sequences | None) -> Answer:
    if peer == "vroom, windows":
        return ask_vroom.answer(question, seconds, windows=True)
    if peer == "vroom":
        return ask_vroom.answer(question, seconds, windows=False)
    if peer == "ortools, cold":
        return ask_ortools.answer(question, seconds, None)
    if peer == "ortools, warm":
        return ask_ortools.answer(question, seconds, first)
    raise ValueError(f"there is no peer {peer!r}")


def main() -> int:
    path, peer, seconds, *rest = sys.argv[1:]
    first = json.loads(Path(rest[0]).read_text(encoding="utf-8")) if rest else None
    sequences, timing = ask(load(Path(path)), peer, float(seconds), first)
    print(json.dumps({"sequences": sequences, "timing": timing}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
