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


def unchanged(values: ArrayLike, dtype: type[Scalar], name: str) -> NDArray[Scalar]:
    """As `read_only`, but raises ValueError where a value would become another one in that dtype."""
    given = np.asarray(values)
    if given.dtype == dtype:
        return read_only(given, dtype)
    with np.errstate(invalid="ignore"):
        array = read_only(given, dtype)
    if not np.array_equal(array, given):
        raise ValueError(f"{name} holds a value that is no {np.dtype(dtype)}")
    return array


def offsets(row: NDArray[Any], rows: int) -> NDArray[np.int64]:
    """int64[rows+1]: where the entries of each row begin among entries sorted by `row`, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)
