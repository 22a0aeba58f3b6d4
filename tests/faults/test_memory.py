"""What a service that runs keeps in memory: what it says that it keeps, and no compiler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.test_demo_kill import Demo, wait_until

MORE_RESCUES = 40
SLACK_MB = 24
"""The stream's texts of some minutes (1 MB a minute), the rescues themselves, and what the allocator cannot reuse."""

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


def test_a_service_on_a_cold_home_grows_by_its_trees_and_its_stream(cold: Demo) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("this system does not tell what a process's memory is made of")
    wait_until(cold.is_ready, 300)
    links = cold.towline("city", "info", "coquimbo")["links"]
    wait_until(lambda: any(rescue["status"] != "reported" for rescue in cold.rescues()), 120)
    pid = cold.pid("service")
    assert pid is not None
    kernels = sorted(path.name for path in (cold.home / "numba").rglob("*.nbc"))
    before_mb, known = own_mb(pid), len(cold.rescues())
    wait_until(lambda: len(cold.rescues()) >= known + MORE_RESCUES, 900, 1.0)
    trees_mb = (len(cold.rescues()) + 12) * 4 * links / 2**20
    assert own_mb(pid) - before_mb < trees_mb + SLACK_MB
    assert sorted(path.name for path in (cold.home / "numba").rglob("*.nbc")) == kernels
    assert cold.pid("service") == pid
