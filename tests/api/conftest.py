"""A town for every test of the service, and one position store for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from data.valkey import BundledValkey
from tests.api.service_fixture import Town, open_town

OpenTown = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bundled = BundledValkey(tmp_path_factory.mktemp("positions"))
    yield bundled.start()
    bundled.stop()


@pytest.fixture
def town(tmp_path: Path, valkey_url: str) -> OpenTown:
    """Opens the service of the town; a second time with what the first one has left."""
    return partial(open_town, tmp_path / "town", valkey_url)
