"""Random numbers inside kernels: a generator whose whole state is one word of the caller's."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def lots(seed: int) -> NDArray[np.uint64]:
    """A state uint64[1] from a seed: equal seeds, equal draws."""
    return np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)


@njit(cache=True, nogil=True, inline="always")
def draw(state: NDArray[np.uint64]) -> np.uint64:
    """The next word: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.uint64(x * np.uint64(2685821657736338717))


@njit(cache=True, nogil=True, inline="always")
def below(state: NDArray[np.uint64], count: int) -> int:
    """A whole number from 0 to count - 1."""
    return int((draw(state) >> np.uint64(33)) % np.uint64(count))


@njit(cache=True, nogil=True, inline="always")
def share(state: NDArray[np.uint64]) -> float:
    """A number from 0 to 1, the latter not included."""
    return float(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
