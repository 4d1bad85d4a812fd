"""Compiled sizes of the values of sparse rows: what bounds the error of a coarse look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray


def sum_of_sizes(data: NDArray[Any], start: int, stop: int) -> float:
    """Sum of the absolute values of data[start:stop]."""
    raise NotImplementedError  # compiled by its overload, by kind of number


@overload(sum_of_sizes)
def _compiled_sum_of_sizes(data: Any, start: Any, stop: Any) -> Callable[..., Any]:
    if isinstance(data.dtype, types.Integer):

        def of_integers(data: Any, start: Any, stop: Any) -> Any:
            # Whole numbers may be added in any order: the compiler makes vectors of this.
            # Indices without a sign, since numba lets others count from the end.
            total = np.int64(0)
            for at in range(np.uintp(start), np.uintp(stop)):
                total += abs(np.int64(data[at]))
            return np.float64(total)

        return of_integers

    def of_floats(data: Any, start: Any, stop: Any) -> Any:
        # Four running sums: one alone would wait for itself at every step.
        a = b = c = d = 0.0
        whole = stop - (stop - start) % 4
        for at in range(start, whole, 4):
            a += abs(data[at])
            b += abs(data[at + 1])
            c += abs(data[at + 2])
            d += abs(data[at + 3])
        for at in range(whole, stop):
            a += abs(data[at])
        return (a + b) + (c + d)

    return of_floats
