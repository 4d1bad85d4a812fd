"""Nearest centroids in two looks: a coarse one at all, an exact one where that leaves doubt.

What limits the exact products (`kernels_products`) is not arithmetic but how fast centroids come
out of the cache. Here they are 16-bit whole numbers, a centroid's largest value being 32,767, so
that half the bytes are moved. A centroid's value is off by at most half a step, so a row's score by
at most half a step times the sum of the sizes of its values. Where the best coarse score leads by
more than two such errors its centroid is the nearest, beyond doubt; the other rows, few of them,
are looked at exactly. The labels are those of the exact products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

#: Most clusters: wider rows of the table would not stay in the cache.
MAX_CLUSTERS = 128
#: Largest whole number of a centroid.
STEPS = 32_767
#: Sums of single precision are off by a little as well.
_MARGIN = 1.0 + 1.0 / 16.0
_INDEX = ir.IntType(64)
_LANES = 16
_VECTOR = ir.VectorType(ir.FloatType(), _LANES)
_STEPS_VECTOR = ir.VectorType(ir.IntType(16), _LANES)


def width_for(n_clusters: int) -> int:
    """Sums of a row: as many as there are clusters, in whole vectors."""
    return -(-n_clusters // _LANES) * _LANES


def stride_for(n_clusters: int) -> int:
    """Values between two features of the table: each begins at a cache line."""
    return -(-n_clusters // 32) * 32


def _typed_sums(
    typing_context: Any,
    table: Any,
    indices: Any,
    values: Any,
    start: Any,
    stop: Any,
    stride: Any,
    out: Any,
    like: Any,
) -> tuple[Any, Callable[..., Any]]:
    """out[j] = sum over i in [start, stop) of values[i] * table[indices[i], j], j < len(like).

    `like` is a tuple whose length is the number of sums: that way it is known when the loop is
    compiled, and each length is compiled and kept on its own.
    """
    return types.void(table, indices, values, start, stop, stride, out, like), _emit_sums


_sums: Any = intrinsic(_typed_sums)


def _emit_sums(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    kinds = signature.args
    places = [ir.Constant(_INDEX, at) for at in range(0, kinds[7].count, _LANES)]
    # An addition waits for the one before: few sums are kept twice, for every other entry.
    at_once = 2 if len(places) <= 4 else 1
    table, indices, values, out = (
        context.make_array(kinds[at])(context, builder, args[at]).data for at in (0, 1, 2, 6)
    )
    start, stop, stride = (
        context.cast(builder, args[at], kinds[at], types.int64) for at in (3, 4, 5)
    )

    def added(at: Any, sums: list[Any]) -> list[Any]:
        column = builder.load(builder.gep(indices, [at]))
        column = context.cast(builder, column, kinds[1].dtype, types.int64)
        value = builder.load(builder.gep(values, [at]))
        value = _spread(builder, context.cast(builder, value, kinds[2].dtype, types.float32))
        row = builder.gep(table, [builder.mul(column, stride)])
        found = []
        for place, total in zip(places, sums, strict=True):
            steps = builder.bitcast(builder.gep(row, [place]), _STEPS_VECTOR.as_pointer())
            centroid = builder.sitofp(builder.load(steps, align=2), _VECTOR)
            product = builder.fmul(centroid, value, flags=("contract",))
            found.append(builder.fadd(product, total, flags=("contract",)))
        return found

    sums = [ir.Constant(_VECTOR, [0.0] * _LANES)] * (len(places) * at_once)
    last = builder.sub(stop, ir.Constant(_INDEX, at_once - 1))
    at, sums = _loop(builder, added, start, last, sums, len(places), at_once)
    _, sums = _loop(builder, added, at, stop, sums, len(places), 1)
    for number, place in enumerate(places):
        total = sums[number]
        if at_once == 2:
            total = builder.fadd(total, sums[number + len(places)])
        target = builder.bitcast(builder.gep(out, [place]), _VECTOR.as_pointer())
        builder.store(total, target, align=4)
    return context.get_dummy_value()


def _loop(
    builder: Any,
    added: Callable[[Any, list[Any]], list[Any]],
    start: Any,
    stop: Any,
    sums: list[Any],
    n_places: int,
    at_once: int,
) -> tuple[Any, list[Any]]:
    """Add entries from `start` on, `at_once` in each turn, each into sums of its own."""
    entry = builder.block
    head, body, end = (builder.append_basic_block(name) for name in ("head", "body", "end"))
    builder.branch(head)
    builder.position_at_end(head)
    i = builder.phi(_INDEX)
    i.add_incoming(start, entry)
    before = [builder.phi(_VECTOR) for _ in sums]
    for total, value in zip(before, sums, strict=True):
        total.add_incoming(value, entry)
    builder.cbranch(builder.icmp_signed("<", i, stop), body, end)

    builder.position_at_end(body)
    after = list(before)
    for number in range(at_once):
        own = slice(number * n_places, (number + 1) * n_places)
        after[own] = added(builder.add(i, ir.Constant(_INDEX, number)), before[own])
    i.add_incoming(builder.add(i, ir.Constant(_INDEX, at_once)), builder.block)
    for total, value in zip(before, after, strict=True):
        total.add_incoming(value, builder.block)
    builder.branch(head)
    builder.position_at_end(end)
    return i, before


def _spread(builder: Any, value: Any) -> Any:
    """A vector that holds the value in each lane."""
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
    return builder.shuffle_vector(one, undefined, zeros)


@numba.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _highest(scores: NDArray[np.float32]) -> Any:
    """The largest score; without a thought for what is no number, in vectors."""
    highest = scores[0]
    for j in range(1, scores.shape[0]):
        highest = max(highest, scores[j])
    return highest


@numba.njit(nogil=True, cache=True)
def _top_two(scores: NDArray[np.float32]) -> tuple[int, Any, Any]:
    """Position of the highest score, it, and the next; the scores are spoilt."""
    best = _highest(scores)
    label = 0
    while label < scores.shape[0] - 1 and scores[label] != best:
        label += 1
    scores[label] = -np.inf
    return label, best, _highest(scores)


def _sum_of_sizes(data: NDArray[Any], start: int, stop: int) -> float:
    """Sum of the absolute values of data[start:stop]."""
    raise NotImplementedError  # compiled by its overload, by kind of number


@overload(_sum_of_sizes)
def _compiled_sum_of_sizes(data: Any, start: Any, stop: Any) -> Callable[..., Any]:
    if isinstance(data.dtype, types.Integer):

        def of_integers(data: Any, start: Any, stop: Any) -> Any:
            # Whole numbers may be added in any order: the compiler makes vectors of this.
            total = np.int64(0)
            for at in range(start, stop):
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


@numba.njit(nogil=True, cache=True)
def write_steps(
    centroids: NDArray[np.float32],
    steps: NDArray[np.float32],
    table: NDArray[np.int16],
    first: int,
    last: int,
) -> None:
    """Write the features first to last - 1 of centroids as whole numbers of their steps.

    Parameters
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32
    steps : ndarray of shape (width,), float32
        Size of a step of each centroid; 0 for one of zeros.
    table : ndarray of shape (n_features, stride), int16
        Written.
    """
    for start in range(first, last, 16):
        stop = min(start + 16, last)
        for cluster in range(centroids.shape[0]):
            inverse = np.float32(0.0)
            if steps[cluster] > 0:
                inverse = np.float32(1.0) / steps[cluster]
            for f in range(start, stop):
                table[f, cluster] = np.int16(np.rint(centroids[cluster, f] * inverse))


@numba.njit(nogil=True, cache=True)
def coarse_nearest(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    table: NDArray[np.int16],
    steps: NDArray[np.float32],
    bias: NDArray[np.float32],
    step: float,
    first: int,
    last: int,
    labels: NDArray[np.int32],
    doubtful: NDArray[np.bool_],
    like: tuple[float, ...],
) -> None:
    """Best coarse score of each of rows[first:last], and whether another may be better.

    Parameters
    ----------
    indptr, indices, data
        CSR arrays.
    rows : ndarray of shape (n,), int64
        Numbers of the rows to place.
    table : ndarray of shape (n_features, stride), int16
    steps, bias : ndarray of shape (width,), float32
        A score is a product times its centroid's step, plus its bias; minus infinity where there is
        no centroid.
    step : float
        The largest step.
    labels, doubtful : ndarray of shape (n,)
        Written at [first:last].
    like : tuple of `width` floats
    """
    width = len(like)
    scores = np.empty(width, np.float32)
    for i in range(first, last):
        start, stop = indptr[rows[i]], indptr[rows[i] + 1]
        _sums(table, indices, data, start, stop, table.shape[1], scores, like)
        for j in range(width):
            scores[j] = scores[j] * steps[j] + bias[j]
        label, best, second = _top_two(scores)
        labels[i] = label
        # Half a step each way for both scores, and what is lost in single precision.
        error = step * _sum_of_sizes(data, start, stop) * _MARGIN + 1e-6 * abs(best)
        # Not "<=": a score that is no number leaves doubt.
        doubtful[i] = not (best - second > error)
