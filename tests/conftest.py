"""What every test may rely on: the real data where it lies, and cities built once a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.home import towline_home

os.environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; a test that takes it carries the mark `shared`."""
    if not SHARED.is_dir():
        message = f"the real data is not at {SHARED}"
        if os.environ.get("CI") == "true":
            pytest.fail(message + ", and with CI=true no test may do without it")
        pytest.skip(message)
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long batteries run with `make verify` only."""
    if os.environ.get("TOWLINE_FULL") == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long battery: make verify runs it"))
