"""Compiled sums of outer products, and the solution of small positive definite systems.

The factors of a user's titles are gathered into a buffer, whose outer products are summed in tiles
that stay in vector registers until the buffer ends: plain numba loads and stores the sums for each
row, which takes three times as long. Hence the few lines of LLVM. The order of a sum depends on
nothing but the user.
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

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.vector_code import index, loop, run_of, spread
from reelhouse.models.rating.kernels_pairs import IN_VECTORS

#: Lanes of a vector: one register of AVX-512, two of AVX2.
_LANES = 16
#: Rows of the wide tile, which has two vectors; the narrow one has twice the rows and one. Either
#: keeps eight sums, since an addition waits for the one before.
_ROWS = 4
#: Columns of the wide tile.
WIDTH = 2 * _LANES
#: Rows gathered at a time: 32 KiB at 64 factors, which the first-level cache holds.
GATHERED = 128

Floats = NDArray[np.floating]


def padded(n_factors: int) -> int:
    """Columns of buffers for so many factors: whole tiles."""
    return -(-n_factors // WIDTH) * WIDTH


def _tile(tile_rows: int, vectors: int) -> Any:
    """Compiled for a tile of so many rows and vectors.

    sums[top + i, left + j] += sum over k < n_rows of rows[k, top + i] * rows[k, left + j], for i
    below tile_rows and j within the vectors. Both arrays are C-contiguous, float32 and of as many
    columns.
    """

    def typed(
        typing_context: Any, rows: Any, n_rows: Any, top: Any, left: Any, sums: Any
    ) -> tuple[Any, Callable[..., Any]]:
        return types.void(rows, n_rows, top, left, sums), emit

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _emit_tile(context, builder, signature, args, tile_rows, vectors)
        return context.get_dummy_value()

    return intrinsic(typed)


def _emit_tile(
    context: Any, builder: Any, signature: Any, args: Any, tile_rows: int, vectors: int
) -> None:
    rows = context.make_array(signature.args[0])(context, builder, args[0])
    sums = context.make_array(signature.args[4])(context, builder, args[4])
    n_rows, top, left = (
        context.cast(builder, args[i], signature.args[i], types.int64) for i in (1, 2, 3)
    )
    width = builder.extract_value(rows.shape, 1)
    vector = ir.VectorType(ir.FloatType(), _LANES)
    starts = range(0, vectors * _LANES, _LANES)

    def turn(at: Any, before: list[Any]) -> list[Any]:
        row = builder.gep(rows.data, [builder.mul(at, width)])
        right = builder.gep(row, [left])
        factors = [builder.load(run_of(builder, right, s, vector), align=4) for s in starts]
        after = []
        for i in range(tile_rows):
            one = builder.load(builder.gep(row, [builder.add(top, index(i))]))
            scale = spread(builder, one, _LANES)
            for j, factor in enumerate(factors):
                # "contract" lets product and sum become one instruction; nothing is reordered.
                added = builder.fmul(scale, factor, flags=("contract",))
                total = before[i * vectors + j]
                after.append(builder.fadd(added, total, flags=("contract",)))
        return after

    zeros = [ir.Constant(vector, [0.0] * _LANES)] * (tile_rows * vectors)
    more = [lambda at: builder.icmp_signed("<", at, n_rows)]
    _, totals = loop(builder, index(0), 1, zeros, more, turn)
    for i in range(tile_rows):
        line = builder.mul(builder.add(top, index(i)), width)
        place = builder.gep(sums.data, [builder.add(line, left)])
        for j, s in enumerate(starts):
            run = run_of(builder, place, s, vector)
            total = builder.fadd(builder.load(run, align=4), totals[i * vectors + j])
            builder.store(total, run, align=4)


_add_wide = _tile(_ROWS, 2)
_add_narrow = _tile(2 * _ROWS, 1)


@numba.njit(nogil=True, cache=True)
def add_outer_products(rows: FloatArray, n_rows: int, sums: FloatArray) -> None:
    """Add the outer products of the first rows of a buffer with themselves to a matrix.

    Parameters
    ----------
    rows : ndarray of shape (GATHERED, padded(n_factors)), float32
    sums : ndarray of shape (padded(n_factors), padded(n_factors)), float32
        Changed; below the diagonal only in part.
    """
    width = sums.shape[0]
    for left in range(0, width, WIDTH):
        for top in range(0, left + _LANES, _ROWS):
            _add_wide(rows, n_rows, top, left, sums)
        # Left of the second half of these rows lies what is below the diagonal.
        for top in range(left + _LANES, left + WIDTH, 2 * _ROWS):
            _add_narrow(rows, n_rows, top, left + _LANES, sums)


@numba.njit(nogil=True, cache=True)
def normal_equations(
    others: IntArray,
    targets: Floats,
    factors: FloatArray,
    buffer: FloatArray,
    gram: FloatArray,
    sums: FloatArray,
    weighted: FloatArray,
) -> None:
    """Sum what the least squares of one row need.

    Parameters
    ----------
    others : ndarray of shape (n,), int32
        Whose factors; each has a target.
    targets : ndarray of shape (n,), float32
    factors : ndarray of shape (n_others, n_factors), float32
    buffer : ndarray of shape (GATHERED, padded(n_factors)), float32
        Zero beyond the factors; overwritten.
    gram : ndarray of shape (padded(n_factors), padded(n_factors)), float32
        Written: sum of outer products, on and above the diagonal.
    sums, weighted : ndarray of shape (padded(n_factors),), float32
        Written: sum of the factors, and of factors times target.
    """
    n_factors = factors.shape[1]
    gram[:] = np.float32(0.0)
    sums[:] = np.float32(0.0)
    weighted[:] = np.float32(0.0)
    for start in range(0, others.shape[0], GATHERED):
        n_rows = min(GATHERED, others.shape[0] - start)
        for k in range(n_rows):
            row, into = factors[others[start + k]], buffer[k]
            target = np.float32(targets[start + k])
            for f in range(n_factors):
                into[f] = row[f]
                sums[f] += row[f]
                weighted[f] += row[f] * target
        add_outer_products(buffer, n_rows, gram)


@numba.njit(nogil=True, cache=True)
def factorize(matrix: FloatArray, n: int, scratch: FloatArray) -> None:
    """Cholesky: turn the upper triangle of a matrix into U with U.T @ U = matrix.

    Rows are taken four at a time, so that each pass over them does more than it loads.

    Parameters
    ----------
    matrix : ndarray of shape (padded(n), padded(n)), float32
        Positive definite in its first n rows and columns, 0 right of them; changed, and 1 on the
        diagonal below them.
    scratch : ndarray of the same shape
        Overwritten.
    """
    for row in range(n, -(-n // _ROWS) * _ROWS):
        matrix[row] = np.float32(0.0)
        matrix[row, row] = np.float32(1.0)
    for top in range(0, n, _ROWS):
        if top > 0:
            _subtract_products(matrix, top, scratch)
        _factorize_four(matrix, top)


@numba.njit(nogil=True, cache=True)
def _subtract_products(matrix: FloatArray, top: int, scratch: FloatArray) -> None:
    """Take from four rows what the finished rows above them explain."""
    width = matrix.shape[1]
    scratch[top : top + _ROWS] = np.float32(0.0)
    for left in range(top // WIDTH * WIDTH, width, WIDTH):
        _add_wide(matrix, top, top, left, scratch)
    for row in range(top, top + _ROWS):
        for j in range(top, width):
            matrix[row, j] -= scratch[row, j]


@numba.njit(nogil=True, cache=True)
def _factorize_four(matrix: FloatArray, top: int) -> None:
    """Finish four rows from which all above is taken."""
    one = np.float32(1.0)
    a, b, c, d = matrix[top], matrix[top + 1], matrix[top + 2], matrix[top + 3]
    i, j, k, m = top, top + 1, top + 2, top + 3
    a[i] = np.sqrt(a[i])
    by_a = one / a[i]
    ab, ac, ad = a[j] * by_a, a[k] * by_a, a[m] * by_a
    b[j] = np.sqrt(b[j] - ab * ab)
    by_b = one / b[j]
    bc, bd = (b[k] - ab * ac) * by_b, (b[m] - ab * ad) * by_b
    c[k] = np.sqrt(c[k] - ac * ac - bc * bc)
    by_c = one / c[k]
    cd = (c[m] - ac * ad - bc * bd) * by_c
    d[m] = np.sqrt(d[m] - ad * ad - bd * bd - cd * cd)
    by_d = one / d[m]
    a[j], a[k], a[m], b[k], b[m], c[m] = ab, ac, ad, bc, bd, cd
    for at in range(top + _ROWS, matrix.shape[1]):
        in_a = a[at] * by_a
        in_b = (b[at] - ab * in_a) * by_b
        in_c = (c[at] - ac * in_a - bc * in_b) * by_c
        a[at], b[at], c[at] = in_a, in_b, in_c
        d[at] = (d[at] - ad * in_a - bd * in_b - cd * in_c) * by_d


@numba.njit(nogil=True, cache=True)
def solve_lower(upper: FloatArray, n: int, right: FloatArray) -> None:
    """Solve U.T @ x = right in place, for U of `factorize`.

    Parameters
    ----------
    right : ndarray of shape (padded(n),), float32
        Of any value beyond n.
    """
    for top in range(0, n, _ROWS):
        a, b, c, d = upper[top], upper[top + 1], upper[top + 2], upper[top + 3]
        j, k, m = top + 1, top + 2, top + 3
        p = right[top] / a[top]
        q = (right[j] - a[j] * p) / b[j]
        r = (right[k] - a[k] * p - b[k] * q) / c[k]
        s = (right[m] - a[m] * p - b[m] * q - c[m] * r) / d[m]
        right[top], right[j], right[k], right[m] = p, q, r, s
        for at in range(top + _ROWS, right.shape[0]):
            right[at] -= p * a[at] + q * b[at] + r * c[at] + s * d[at]


@numba.njit(nogil=True, cache=True, fastmath=IN_VECTORS)
def solve_upper(upper: FloatArray, n: int, right: FloatArray) -> None:
    """Solve U @ x = right in place, for U of `factorize`; parameters as of `solve_lower`."""
    right[n:] = np.float32(0.0)
    for top in range((n - 1) // _ROWS * _ROWS, -1, -_ROWS):
        a, b, c, d = upper[top], upper[top + 1], upper[top + 2], upper[top + 3]
        j, k, m = top + 1, top + 2, top + 3
        p, q, r, s = right[top], right[j], right[k], right[m]
        for at in range(top + _ROWS, right.shape[0]):
            x = right[at]
            p -= a[at] * x
            q -= b[at] * x
            r -= c[at] * x
            s -= d[at] * x
        s /= d[m]
        r = (r - c[m] * s) / c[k]
        q = (q - b[k] * r - b[m] * s) / b[j]
        right[top] = (p - a[j] * q - a[k] * r - a[m] * s) / a[top]
        right[j], right[k], right[m] = q, r, s
