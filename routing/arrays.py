"""How arrays cross the border into kernels: one dtype, contiguous, read-only, so that each kernel compiles once."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def read_only(values: ArrayLike, dtype: type[Scalar]) -> NDArray[Scalar]:
    """A contiguous view (a copy only where dtype or layout ask for one) that cannot be written to."""
    array: NDArray[Any] = np.ascontiguousarray(values, dtype=dtype).view()
    array.setflags(write=False)
    return array
