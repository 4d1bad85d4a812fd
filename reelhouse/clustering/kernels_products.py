"""Compiled products of sparse rows with centroids.

Centroids are laid out in *tiles*: tile t is an array of shape (n_features, WIDTH) whose column j is
centroid t * WIDTH + j. A stored entry of a row meets one contiguous run of WIDTH floats, and the
WIDTH running sums of the row stay in vector registers until the row ends. Plain numba keeps them in
memory and loads and stores them for every entry, which takes twice as long; hence the few lines of
LLVM. A row is summed in an order of its own: the result depends on nothing but the row.

A tile is met by many rows before the next one is: 17,770 features make 2 MiB, which the second-
level cache holds in good part. Wider tiles were slower from 100 clusters on; narrower ones read the
rows more often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from reelhouse.clustering.vector_code import index, loop, run_of, spread

#: Centroids of a tile: two registers of AVX-512, four of AVX2, eight of NEON.
WIDTH = 32
#: Entries of a row in each turn, each with its sums: an addition waits for the one before.
_AT_ONCE = 2
_ALL = (0.0,) * WIDTH


def used_columns(n_clusters: int) -> int:
    """Columns of a tile that are worth a look: few clusters leave a quarter of one empty."""
    return 24 if n_clusters <= 24 else WIDTH


def _typed_products(
    typing_context: Any,
    table: Any,
    indices: Any,
    values: Any,
    start: Any,
    stop: Any,
    bias: Any,
    out: Any,
    like: Any,
) -> tuple[Any, Callable[..., Any]]:
    """out[j] = bias[j] + sum over i in [start, stop) of values[i] * table[indices[i], j].

    All arrays are C-contiguous; table, bias and out are float32 with WIDTH columns, of which the
    first len(like) are taken: that way their number is known when the loop is compiled.
    """
    signature = types.void(table, indices, values, start, stop, bias, out, like)
    return signature, _emit_products


_products: Any = intrinsic(_typed_products)


def _emit_products(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    emitter = _Emitter(context, builder, signature, args)
    start, stop = (context.cast(builder, args[i], signature.args[i], types.int64) for i in (3, 4))
    zeros = ir.Constant(emitter.vector, [0.0] * emitter.lanes)
    sums = [builder.load(at, align=4) for at in emitter.runs(emitter.bias)]
    sums += [zeros] * (len(sums) * (_AT_ONCE - 1))
    at, sums = emitter.loop(start, stop, sums, _AT_ONCE)
    at, sums = emitter.loop(at, stop, sums, 1)
    n = emitter.n_runs
    for number, place in enumerate(emitter.runs(emitter.out)):
        total = sums[number]
        for other in sums[number + n :: n]:
            total = builder.fadd(total, other)
        builder.store(total, place, align=4)
    return context.get_dummy_value()


class _Emitter:
    """Writes loops over the entries of a row."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self._context, self._builder, self._types = context, builder, signature.args
        self._used = signature.args[7].count
        # 24 columns are three vectors of eight, but no whole number of longer ones.
        self.lanes = 16 if self._used % 16 == 0 else 8
        self.vector = ir.VectorType(ir.FloatType(), self.lanes)
        self.n_runs = self._used // self.lanes
        arrays = {
            at: context.make_array(signature.args[at])(context, builder, args[at]).data
            for at in (0, 1, 2, 5, 6)
        }
        self._table, self._indices, self._values, self.bias, self.out = arrays.values()

    def loop(self, start: Any, stop: Any, sums: list[Any], at_once: int) -> tuple[Any, list[Any]]:
        """Add entries from `start` on, `at_once` in each turn, each into sums of its own.

        Returns
        -------
        tuple of (where it ended, sums)
        """
        builder, n = self._builder, self.n_runs

        def whole_turn(at: Any) -> Any:
            return builder.icmp_signed("<", builder.add(at, index(at_once - 1)), stop)

        def turn(at: Any, before: list[Any]) -> list[Any]:
            after = list(before)
            for number in range(at_once):
                own = slice(number * n, (number + 1) * n)
                after[own] = self._added(builder.add(at, index(number)), before[own])
            return after

        return loop(builder, start, at_once, sums, [whole_turn], turn)

    def _added(self, at: Any, sums: list[Any]) -> list[Any]:
        """The sums after the entry at that position."""
        builder = self._builder
        column = self._loaded(self._indices, at, self._types[1].dtype, types.int64)
        value = self._loaded(self._values, at, self._types[2].dtype, types.float32)
        value = spread(builder, value, self.lanes)
        row = builder.gep(self._table, [builder.mul(column, index(WIDTH))])
        # "contract" lets product and sum become one instruction; nothing is reordered.
        return [
            builder.fadd(
                builder.fmul(builder.load(place, align=4), value, flags=("contract",)),
                total,
                flags=("contract",),
            )
            for place, total in zip(self.runs(row), sums, strict=True)
        ]

    def _loaded(self, pointer: Any, at: Any, kind: Any, wanted: Any) -> Any:
        value = self._builder.load(self._builder.gep(pointer, [at]))
        return value if kind == wanted else self._context.cast(self._builder, value, kind, wanted)

    def runs(self, pointer: Any) -> list[Any]:
        """Pointers to the vectors that make the used floats from a float pointer on."""
        starts = range(0, self._used, self.lanes)
        return [run_of(self._builder, pointer, at, self.vector) for at in starts]


@numba.njit(nogil=True, cache=True)
def _take_two(
    scores: NDArray[np.float32],
    width: int,
    tile: int,
    i: int,
    labels: NDArray[np.int32],
    best: NDArray[np.float32],
    second_labels: NDArray[np.int32],
    second: NDArray[np.float32],
) -> None:
    """Let a tile's scores compete for the two highest of row i."""
    for j in range(width):
        score = scores[j]
        if score > best[i]:
            # The first score of all displaces no centroid.
            second[i] = best[i]
            second_labels[i] = labels[i] if best[i] > -np.inf else -1
            best[i] = score
            labels[i] = tile * WIDTH + j
        elif score > second[i]:
            second[i] = score
            second_labels[i] = tile * WIDTH + j


@numba.njit(nogil=True, cache=True)
def nearest_centroids(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    tiles: NDArray[np.float32],
    bias: NDArray[np.float32],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    best: NDArray[np.float32],
    second_labels: NDArray[np.int32],
    second: NDArray[np.float32],
    want_second: bool,
    like: tuple[float, ...],
) -> None:
    """Highest score of each of rows[first:last] and, if wanted, the second highest.

    Equal scores go to the centroid of the lower number.

    Parameters
    ----------
    indptr, indices, data
        CSR arrays.
    rows : ndarray of shape (n,), int64
        Numbers of the rows to place.
    tiles : ndarray of shape (n_tiles, n_features, WIDTH), float32
    bias : ndarray of shape (n_tiles, WIDTH), float32
        Added to the products; minus infinity where the last tile has no centroid.
    labels, best, second_labels, second : ndarray of shape (n,)
        Written at [first:last]; the scores must come as minus infinity, the labels as 0 and -1.
        The last two may be empty unless wanted.
    like : tuple of `used_columns(n_clusters)` floats
    """
    width = len(like)
    scores = np.empty(width, np.float32)
    for tile in range(tiles.shape[0]):
        table = tiles[tile]
        for i in range(first, last):
            row = rows[i]
            _products(table, indices, data, indptr[row], indptr[row + 1], bias[tile], scores, like)
            highest = np.float32(-np.inf)
            for j in range(width):
                highest = max(highest, scores[j])
            if want_second:
                if highest > second[i]:
                    _take_two(scores, width, tile, i, labels, best, second_labels, second)
            elif highest > best[i]:
                best[i] = highest
                labels[i] = tile * WIDTH + np.argmax(scores)


@numba.njit(nogil=True, cache=True)
def all_scores(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    data: NDArray[Any],
    rows: NDArray[np.int64],
    tiles: NDArray[np.float32],
    bias: NDArray[np.float32],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Score of rows[first:last] at every centroid.

    Parameters
    ----------
    out : ndarray of shape (n, n_clusters), float32
        Written at [first:last]; the others as for `nearest_centroids`.
    """
    scores = np.empty(WIDTH, np.float32)
    n_clusters = out.shape[1]
    for tile in range(tiles.shape[0]):
        table = tiles[tile]
        used = min(WIDTH, n_clusters - tile * WIDTH)
        for i in range(first, last):
            row = rows[i]
            _products(table, indices, data, indptr[row], indptr[row + 1], bias[tile], scores, _ALL)
            for j in range(used):
                out[i, tile * WIDTH + j] = scores[j]
