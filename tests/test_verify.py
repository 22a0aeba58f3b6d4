"""`make verify` on tiny batteries: what it runs, what it does not run again, and what it writes down."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks.batteries import BATTERIES, Battery
from benchmarks.report import ROOT, origin, tree_of
from benchmarks.verify import Outcome, main, run_battery, verify

COUNT = """
from pathlib import Path
def count(name):
    with (Path(__file__).parents[1] / "ran").open("a") as file:
        file.write(name + " ")
"""
FILES = {
    "counting.py": COUNT,
    "good_test.py": (
        "import os, pytest\nfrom counting import count\n"
        "def test_one(): count('good'); assert os.environ['TOWLINE_FULL'] == '1'\n"
        "def test_two(): pass\n@pytest.mark.skip\ndef test_three(): pass\n"
    ),
    "bad_test.py": (
        "import pytest\nfrom counting import count\n"
        "def test_good(): count('bad')\ndef test_bad(): assert False\n"
        "@pytest.fixture\ndef broken(): raise ValueError\ndef test_broken(broken): pass\n"
    ),
    "crash_test.py": "import os\nfrom counting import count\ndef test_end(): count('crash'); os._exit(3)\n",
    "skipped_test.py": "import pytest\n@pytest.mark.skip\ndef test_it(): pass\n",
    "empty_test.py": "",
}
TINY = tuple(Battery(name.removesuffix("_test.py"), "tiny", name, workers=0) for name in FILES if "_" in name)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a tiny test needs none of them
    root = tmp_path / "tree"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    (root / "pytest.ini").write_text("[pytest]\npython_files = *_test.py\n")
    (root / ".gitignore").write_text("__pycache__/\n.pytest_cache/\nignored\n")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def ran(root: Path) -> list[str]:
    """What was run since the last time that this was asked."""
    file = root.parent / "ran"
    names = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return names


def verified(root: Path, *wanted: str, batteries: tuple[Battery, ...] = TINY) -> dict[str, Any]:
    document = verify(batteries, root, root.parent / "results", lambda _line: None, run_battery, wanted)
    assert json.loads((root.parent / "results" / "verify.json").read_bytes()) == json.loads(json.dumps(document))
    return document


def counts(document: dict[str, Any]) -> dict[str, tuple[str, int, int, int]]:
    return {
        name: (each["result"], each["passed"], each["failed"], each["skipped"])
        for name, each in document["batteries"].items()
    }


def test_each_battery_is_run_whatever_came_of_the_others(tree: Path) -> None:
    document = verified(tree)
    assert counts(document) == {
        "good": ("passed", 2, 0, 1), "bad": ("failed", 1, 2, 0), "crash": ("failed", 0, 1, 0),
        "skipped": ("skipped", 0, 0, 1), "empty": ("failed", 0, 1, 0),
    }  # fmt: skip
    assert [fault.partition("::")[2] for fault in document["batteries"]["bad"]["faults"]] == ["test_bad", "test_broken"]
    assert (document["ok"], document["complete"], document["tree"]) == (False, True, tree_of(tree))
    assert document["machine"]["cpus"] > 0
    assert ran(tree) == ["good", "bad", "crash"]
    good = verified(tree, batteries=(TINY[0], TINY[3]))
    assert (good["ok"], good["complete"]) == (True, True), "what was skipped is no failure"


def test_what_has_passed_on_this_code_is_not_run_again(tree: Path) -> None:
    first = verified(tree)
    ran(tree)
    assert counts(verified(tree)) == counts(first)
    assert ran(tree) == ["bad", "crash"]
    assert verified(tree, "good")["batteries"]["good"] == first["batteries"]["good"]
    assert ran(tree) == []
    (tree / "ignored").write_text("git does not count this")
    verified(tree, "good")
    assert ran(tree) == []
    (tree / "new.txt").write_text("a file that git does not know yet is code too")
    document = verified(tree, "good")
    assert ran(tree) == ["good"]
    assert (list(document["batteries"]), document["complete"]) == (["good"], False)


def test_an_interruption_costs_one_battery(tree: Path) -> None:
    def until_crash(battery: Battery, root: Path) -> Outcome:
        if battery.name == "crash":
            raise KeyboardInterrupt
        return run_battery(battery, root)

    with pytest.raises(KeyboardInterrupt):
        verify(TINY, tree, tree.parent / "results", lambda _line: None, until_crash)
    assert ran(tree) == ["good", "bad"]
    assert len(counts(verified(tree))) == len(TINY)
    assert ran(tree) == ["bad", "crash"]


def test_an_interrupt_lets_pytest_end_what_it_has_started(tree: Path) -> None:
    (tree / "waiting_test.py").write_text(
        "import pytest, threading\nfrom counting import count\n@pytest.fixture\n"
        "def server(): count('began'); yield; count('ended')\n"
        "def test_wait(server): count('waits'); threading.Event().wait(600)\n"
    )
    script = (
        # A shell that runs this suite in the background has told all of it to ignore interrupts.
        "import signal, sys; from pathlib import Path; from benchmarks.verify import *;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "run_battery(Battery('waiting', '', 'waiting_test.py', workers=0), Path(sys.argv[1]))"
    )
    log = (tree.parent / "ran").open("a+")
    with subprocess.Popen([sys.executable, "-c", script, str(tree)], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while "waits" not in (log.seek(0), log.read())[1]:
            assert process.poll() is None
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    log.close()
    assert ran(tree) == ["began", "waits", "ended"]


def test_code_that_changes_meanwhile_counts_for_nothing(tree: Path) -> None:
    (tree / "good_test.py").write_text(
        "from pathlib import Path\nfrom counting import count\n"
        "def test_one(): count('good'); (Path(__file__).parent / 'more.txt').write_text('x')\n"
    )
    assert verified(tree, "good")["tree"] is None
    assert ran(tree) == ["good"]
    assert verified(tree, "good")["tree"] is not None
    verified(tree, "good")
    assert ran(tree) == ["good"], "once more, and then it has passed"


@pytest.mark.parametrize("written", ["", "{", "[]", "{}", '{"tree": 1, "machine": 2}'])
def test_a_result_that_cannot_be_read_is_none(tree: Path, written: str) -> None:
    (tree.parent / "results").mkdir()
    (tree.parent / "results" / "verify.json").write_text(written)
    assert counts(verified(tree, "good")) == {"good": ("passed", 2, 0, 1)}


def test_without_git_everything_is_run(tree: Path) -> None:
    subprocess.run(["rm", "-r", ".git"], cwd=tree, check=True)
    assert origin(tree)["commit"] is None
    for _ in range(2):
        assert verified(tree, "good")["tree"] is None
        assert ran(tree) == ["good"]


def test_an_unknown_battery_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "nonsense"]) == 2
    assert "no battery nonsense; known are rooms," in capsys.readouterr().out


def test_every_test_is_in_one_battery() -> None:
    def within(file: str, *paths: str) -> bool:
        return any(file == path or file.startswith(f"{path}/") for path in paths)

    for path in (ROOT / "tests").rglob("test_*.py"):
        file = path.relative_to(ROOT).as_posix()
        homes = [each for each in BATTERIES if within(file, each.tests) and not within(file, *each.leaves_out)]
        chosen = [each.chosen for each in homes]
        assert chosen == [""] or chosen == ["random", "not random"], file


def test_the_batteries_name_what_there_is() -> None:
    paths = [path for battery in BATTERIES for path in (battery.tests, *battery.leaves_out)]
    assert [path for path in paths if not (ROOT / path).exists()] == []
