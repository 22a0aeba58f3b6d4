"""A town for every test of the service, and one position store for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from api import route_rescues
from data.valkey import BundledValkey
from tests.api.service_fixture import PATIENCE_S, Town, open_town

OpenTown = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bundled = BundledValkey(tmp_path_factory.mktemp("positions"))
    yield bundled.start()
    bundled.stop()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer waits for its plan, as a test does: a busy machine may need longer than the service's two seconds."""
    monkeypatch.setattr(route_rescues, "PATIENCE_S", PATIENCE_S)


@pytest.fixture
def town(tmp_path: Path, valkey_url: str) -> OpenTown:
    """Opens the service of the town; a second time with what the first one has left."""
    return partial(open_town, tmp_path / "town", valkey_url)
