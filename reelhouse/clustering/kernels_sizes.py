"""Compiled sizes of the values of sparse rows: what bounds the error of a coarse look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
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


def _largest_size(values: NDArray[Any]) -> float:
    """The largest absolute value of an array of shape (n,); 0 of none."""
    raise NotImplementedError  # compiled by its overload, by kind of number


@overload(_largest_size)
def _compiled_largest_size(values: Any) -> Callable[..., Any]:
    if isinstance(values.dtype, types.Integer):

        def of_integers(values: Any) -> Any:
            if values.shape[0] == 0:
                return 0.0
            low = high = values[0]
            for at in range(values.shape[0]):
                low, high = min(low, values[at]), max(high, values[at])
            return max(np.float64(high), -np.float64(low))

        return of_integers

    bits = np.int32 if values.dtype == types.float32 else np.int64
    size = np.iinfo(bits).max

    def of_floats(values: Any) -> Any:
        # Without their sign, the bits of floats are in the order of whole numbers; and the largest
        # of whole numbers is found in vectors.
        found = np.zeros(1, values.dtype)
        largest = bits(0)
        whole = values.view(bits)
        for at in range(whole.shape[0]):
            largest = max(largest, bits(whole[at] & size))
        found.view(bits)[0] = largest
        return np.float64(found[0])

    return of_floats


@numba.njit(nogil=True, cache=True)
def largest_of_rows(
    indptr: NDArray[np.int64],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    first: int,
    last: int,
) -> float:
    """A bound of the size of every value of rows[first:last].

    The least one where they are stored one after the other; else one that says nothing, since
    looking for it would take as long as what it is there to save.
    """
    for i in range(first, last - 1):
        if rows[i + 1] != rows[i] + 1:
            return np.inf
    return _largest_size(data[indptr[rows[first]] : indptr[rows[last - 1] + 1]])
