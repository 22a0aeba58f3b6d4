"""What a service that runs keeps in memory: what it says that it keeps, and no compiler."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.test_demo_kill import Demo, wait_until

MORE_RESCUES = 40
SLACK_MB = 24
"""The stream's texts of some minutes (1 MB a minute), the rescues themselves, and what the allocator cannot reuse. The
compiler alone would take three times as much."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    """A demo on a home where nothing has ever been compiled or built."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "home" / "numba"))
    (tmp_path / "home").mkdir()
    started = Demo(tmp_path / "home")
    yield started
    started.end()


def own_mb(pid: int) -> float:
    """Memory that is the process's own: files that are mapped, libraries above all, are shared with others."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024


def ready(demo: Demo) -> tuple[int, float]:
    """The service that answers now and has made a plan, and its memory."""
    wait_until(demo.is_ready, 300)
    wait_until(lambda: any(rescue["status"] != "reported" for rescue in demo.rescues()), 120)
    pid = demo.pid("service")
    assert pid is not None
    return pid, own_mb(pid)


def test_a_service_on_a_cold_home_compiles_nothing_and_grows_by_what_it_keeps(cold: Demo) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("this system does not tell what a process's memory is made of")
    pid, first_mb = ready(cold)
    kernels = sorted(path.name for path in (cold.home / "numba").rglob("*.nbc"))
    known = len(cold.rescues())
    wait_until(lambda: len(cold.rescues()) >= known + MORE_RESCUES, 900, 1.0)
    assert own_mb(pid) < first_mb + SLACK_MB
    assert sorted(path.name for path in (cold.home / "numba").rglob("*.nbc")) == kernels
    assert cold.pid("service") == pid, "it was the same process all the time"
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: cold.pid("service") not in (None, pid))
    _, again_mb = ready(cold)
    assert first_mb < again_mb + SLACK_MB, "the first start keeps no more than any other"
