"""Compiled products of sparse rows with centroids.

Centroids are laid out in *tiles*: tile t is an array of shape (n_features, WIDTH) whose column j is
centroid t * WIDTH + j. A stored entry of a row meets one contiguous run of WIDTH floats, and the
WIDTH running sums of the row stay in vector registers until the row ends. Plain numba keeps them in
memory and loads and stores them for every entry, which takes twice as long; hence the few lines of
LLVM. Each row is summed in the order of its entries: the result depends on nothing but the row.

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

#: Centroids of a tile: two registers of AVX-512, four of AVX2, eight of NEON.
WIDTH = 32
_LANES = 16


def _typed_products(
    typing_context: Any,
    table: Any,
    indices: Any,
    values: Any,
    start: Any,
    stop: Any,
    bias: Any,
    out: Any,
) -> tuple[Any, Callable[..., Any]]:
    """out[j] = bias[j] + sum over i in [start, stop) of values[i] * table[indices[i], j].

    All arrays are C-contiguous; table, bias and out are float32 with WIDTH columns.
    """
    signature = types.void(table, indices, values, start, stop, bias, out)
    return signature, _emit_products


_products: Any = intrinsic(_typed_products)


def _emit_products(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    lanes = ir.VectorType(ir.FloatType(), _LANES)
    index_type = ir.IntType(64)
    arrays = [
        context.make_array(kind)(context, builder, value).data if number not in (3, 4) else None
        for number, (kind, value) in enumerate(zip(signature.args, args, strict=True))
    ]
    table, indices, values, _, _, bias, out = arrays
    start, stop = (context.cast(builder, args[i], signature.args[i], types.int64) for i in (3, 4))
    first = [builder.load(at, align=4) for at in _runs(builder, bias)]
    entry = builder.block
    head, body, end = (builder.append_basic_block(name) for name in ("head", "body", "end"))
    builder.branch(head)

    builder.position_at_end(head)
    i = builder.phi(index_type)
    i.add_incoming(start, entry)
    sums = [builder.phi(lanes) for _ in first]
    for total, value in zip(sums, first, strict=True):
        total.add_incoming(value, entry)
    builder.cbranch(builder.icmp_signed("<", i, stop), body, end)

    builder.position_at_end(body)
    column = _loaded(context, builder, indices, i, signature.args[1].dtype, types.int64)
    value = _loaded(context, builder, values, i, signature.args[2].dtype, types.float32)
    spread = _spread(builder, value, lanes)
    row = builder.gep(table, [builder.mul(column, ir.Constant(index_type, WIDTH))])
    # "contract" lets product and sum become one instruction; nothing is reordered.
    after = [
        builder.fadd(
            builder.fmul(builder.load(at, align=4), spread, flags=("contract",)),
            total,
            flags=("contract",),
        )
        for at, total in zip(_runs(builder, row), sums, strict=True)
    ]
    i.add_incoming(builder.add(i, ir.Constant(index_type, 1)), builder.block)
    for total, value in zip(sums, after, strict=True):
        total.add_incoming(value, builder.block)
    builder.branch(head)

    builder.position_at_end(end)
    for at, total in zip(_runs(builder, out), sums, strict=True):
        builder.store(total, at, align=4)
    return context.get_dummy_value()


def _runs(builder: Any, pointer: Any) -> list[Any]:
    """Pointers to the vectors that make WIDTH floats from a float pointer on."""
    lanes = ir.VectorType(ir.FloatType(), _LANES)
    starts = [ir.Constant(ir.IntType(64), at) for at in range(0, WIDTH, _LANES)]
    return [builder.bitcast(builder.gep(pointer, [at]), lanes.as_pointer()) for at in starts]


def _spread(builder: Any, value: Any, lanes: Any) -> Any:
    """A vector that holds the value in each lane."""
    undefined = ir.Constant(lanes, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
    return builder.shuffle_vector(one, undefined, zeros)


def _loaded(context: Any, builder: Any, pointer: Any, at: Any, kind: Any, wanted: Any) -> Any:
    value = builder.load(builder.gep(pointer, [at]))
    return value if kind == wanted else context.cast(builder, value, kind, wanted)


@numba.njit(nogil=True, cache=True)
def _take_two(
    scores: NDArray[np.float32],
    tile: int,
    i: int,
    labels: NDArray[np.int32],
    best: NDArray[np.float32],
    second_labels: NDArray[np.int32],
    second: NDArray[np.float32],
) -> None:
    """Let a tile's scores compete for the two highest of row i."""
    for j in range(WIDTH):
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
    """
    scores = np.empty(WIDTH, np.float32)
    for tile in range(tiles.shape[0]):
        table = tiles[tile]
        for i in range(first, last):
            row = rows[i]
            _products(table, indices, data, indptr[row], indptr[row + 1], bias[tile], scores)
            highest = np.float32(-np.inf)
            for j in range(WIDTH):
                highest = max(highest, scores[j])
            if want_second:
                if highest > second[i]:
                    _take_two(scores, tile, i, labels, best, second_labels, second)
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
            _products(table, indices, data, indptr[row], indptr[row + 1], bias[tile], scores)
            for j in range(used):
                out[i, tile * WIDTH + j] = scores[j]
