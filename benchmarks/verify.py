"""`make verify`: the long batteries, one after the other; what has passed on this very code is not run again.

What came of each is written into benchmarks/results/verify.json when it ends: an interruption costs one battery.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from api.clock import elapsed_s, wall_ms
from benchmarks.batteries import BATTERIES, Battery
from benchmarks.report import RESULTS, ROOT, origin, tree_of, write
from geo.instants import text_of

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
MOST_FAULTS = 20
END_S = 30

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` is passed, failed, or skipped where every test was; `faults` names the first tests that failed."""

    result: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    ended_at: str
    faults: tuple[str, ...]


Run = Callable[[Battery, Path], Outcome]


def verify(
    batteries: Sequence[Battery], root: Path, results: Path, say: Say, run: Run, wanted: Sequence[str] = ()
) -> dict[str, Any]:
    """Runs the batteries that are wanted (all without a name) and have not passed yet; what is written down.

    Without git nobody can tell whether the code is still the same, and everything is run.
    """
    file = results / "verify.json"
    document = {"ok": False, "complete": False, **origin(root), "batteries": {}}
    known = _known(file, document)
    document["batteries"] = {battery.name: known[battery.name] for battery in batteries if battery.name in known}
    chosen = [battery for battery in batteries if battery.name in (wanted or [each.name for each in batteries])]
    for number, battery in enumerate(chosen, start=1):
        title = f"battery {number} of {len(chosen)}, {battery.name} ({battery.about})"
        if document["batteries"].get(battery.name, {}).get("result") == "passed":
            say(f"{title}: has passed on this code already")
            continue
        say(title)
        outcome = run(battery, root)
        if document["tree"] is not None and tree_of(root) != document["tree"]:
            say("the code has changed meanwhile: nothing of this run counts for the next one")
            document["tree"] = None
        document["batteries"][battery.name] = {**asdict(outcome), "faults": list(outcome.faults)}
        _judge(document, batteries)
        write(file, document)
        say(f"{battery.name}: {outcome.result} ({_counts(outcome)})")
    _judge(document, batteries)
    write(file, document)
    return document


def run_battery(battery: Battery, root: Path) -> Outcome:
    """One run of pytest at full counts. A battery that ends without a word, or has no tests, has failed."""
    begun_s = elapsed_s()
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "junit.xml"
        workers = ("-n", str(battery.workers), "--dist", "loadgroup") if battery.workers else ()
        command = [sys.executable, "-m", "pytest", "-q", *workers, f"--junitxml={xml}", *battery.words]
        code = _pytest(command, root)
        cases = list(ElementTree.parse(xml).iter("testcase")) if xml.is_file() else []
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(failed) - skipped
    result = "failed" if code != 0 or failed else "passed" if passed else "skipped"
    return Outcome(
        result=result,
        passed=passed,
        failed=max(len(failed), int(result == "failed")),
        skipped=skipped,
        seconds=round(elapsed_s() - begun_s, 1),
        ended_at=text_of(wall_ms()),
        faults=tuple(f"{case.get('classname')}::{case.get('name')}" for case in failed[:MOST_FAULTS]),
    )


def _pytest(command: Sequence[str], root: Path) -> int:
    """The exit code. An interrupt is passed on, once: pytest then ends the servers that its tests have started."""
    environ = {**os.environ, "TOWLINE_FULL": "1"}
    with subprocess.Popen(command, cwd=root, env=environ, start_new_session=True) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def _known(file: Path, now: dict[str, Any]) -> dict[str, Any]:
    """What came of the batteries on this very code, interpreter and machine."""
    try:
        before = json.loads(file.read_bytes())
        same = now["tree"] is not None and all(before[key] == now[key] for key in ("tree", "machine"))
        return dict(before["batteries"]) if same else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _judge(document: dict[str, Any], batteries: Sequence[Battery]) -> None:
    known = document["batteries"]
    document["complete"] = all(battery.name in known for battery in batteries)
    document["ok"] = document["complete"] and all(each["result"] != "failed" for each in known.values())


def _counts(outcome: Outcome) -> str:
    return f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped, {outcome.seconds:.0f} s"


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 where no battery that was asked for has failed, 1 where one has, 2 on an unknown name."""
    parser = argparse.ArgumentParser(prog="make verify", description="The long batteries at full counts, resumable.")
    parser.add_argument("battery", nargs="*", help=f"all without a name; known are {', '.join(_names())}")
    parser.add_argument("--again", action="store_true", help="run what has passed already, too")
    asked = parser.parse_args(argv)
    unknown = sorted({*asked.battery} - {*_names()})
    if unknown:
        _say(f"there is no battery {', '.join(unknown)}; known are {', '.join(_names())}")
        return BAD_INPUT
    if asked.again:
        (RESULTS / "verify.json").unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        document = verify(BATTERIES, ROOT, RESULTS, _say, run_battery, asked.battery)
    except KeyboardInterrupt:
        _say("interrupted; what has passed is not run again next time")
        return INTERRUPTED
    for name, outcome in document["batteries"].items():
        _say(f"{name:<10} {outcome['result']:<8} {_counts(Outcome(**outcome))}")
        for fault in outcome["faults"]:
            _say(f"           {fault}")
    wanted = asked.battery or _names()
    return FAILED if any(document["batteries"][name]["result"] == "failed" for name in wanted) else OK


def _names() -> list[str]:
    return [battery.name for battery in BATTERIES]


def _say(line: str) -> None:
    print(f"verify: {line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
