"""Compiled sums of a row's products with 16-bit centroids, a run of features at a time.

Whole numbers (ratings) are multiplied two entries at once where the processor has an instruction
for it, exactly, in 32 bits; they wrap around when a row is too long, which the caller must know.
Other numbers are multiplied one by one in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from reelhouse.clustering.vector_code import (
    index,
    lanes,
    loop,
    processor_features,
    run_of,
    spread,
)

_I16, _I32 = ir.IntType(16), ir.IntType(32)
#: Running sums come in groups of so many.
GROUP = 16
#: Vectors of sums that are few.
_FEW = 4
#: Sums of pairs of products, by 16-bit lanes: what the processor must be able to do, and its name.
_PAIRED = (
    (32, "avx512bw", "llvm.x86.avx512.pmaddw.d.512"),
    (16, "avx2", "llvm.x86.avx2.pmadd.wd"),
    (8, "sse2", "llvm.x86.sse2.pmadd.wd"),
)


@cache
def _paired() -> dict[int, str]:
    """The instructions for pairs that there are, by lanes."""
    return {n: name for n, needed, name in _PAIRED if needed in processor_features()}


def _runs(width: int) -> list[tuple[int, int]]:
    """Runs of columns that are summed by one instruction: where they begin, and their lanes."""
    sizes = sorted(_paired(), reverse=True) or [GROUP]
    runs, at = [], 0
    while at < width:
        size = next((size for size in sizes if size <= width - at), sizes[-1])
        runs.append((at, size))
        at += size
    return runs


def stride_for(width: int) -> int:
    """Values between two features of a table: each begins at a cache line."""
    return -(-width // 32) * 32


def column_order(width: int, *, whole: bool) -> list[int]:
    """Column of the table that holds each centroid, so that the sums come out in their order.

    The instruction for pairs leaves the sums of every eight columns in two halves.

    Parameters
    ----------
    width : int
        Number of columns, whole groups.
    whole : bool
        Whether the rows are whole numbers.
    """
    order: list[int] = []
    for start, n in _runs(width) if whole and _paired() else []:
        for half in (0, 4):
            order += [start + eight + half + i for eight in range(0, n, 8) for i in range(4)]
    return order or list(range(width))


def _typed(
    typing_context: Any,
    table: Any,
    indices: Any,
    values: Any,
    start: Any,
    stop: Any,
    limit: Any,
    sums: Any,
    row: Any,
    like: Any,
) -> tuple[Any, Callable[..., Any]]:
    """Add values[i] * table[indices[i], :] to sums[row]; returns the first i that was left out.

    i goes from start on, up to stop or, unless the limit is None, to the first index that is not
    below it. `like` is a tuple with as many elements as there are sums: that way their number is
    known when the loop is compiled. All sums and a number are taken, since a view of one row would
    be counted by numba, by a locked instruction, each time.
    """
    signature = types.int64(table, indices, values, start, stop, limit, sums, row, like)
    return signature, _emit


add_products: Any = intrinsic(_typed)


def _emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    whole = isinstance(signature.args[2].dtype, types.Integer)
    kind = (_Pairs if _paired() else _Wholes) if whole else _Floats
    return kind(context, builder, signature, args).emit()


class _Sums:
    """Emits the loops; who derives from it says what the sums are and how an entry is added."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self.context, self.builder, self.kinds = context, builder, signature.args
        self.width = signature.args[8].count
        arrays = {
            at: context.make_array(signature.args[at])(context, builder, args[at])
            for at in (0, 1, 2, 6)
        }
        self.start, self.stop, row = (
            context.cast(builder, args[at], signature.args[at], types.int64) for at in (3, 4, 7)
        )
        self.limit = None
        if signature.args[5] != types.none:
            self.limit = context.cast(builder, args[5], signature.args[5], types.int64)
        self.table, self.indices, self.values = (arrays[at].data for at in (0, 1, 2))
        width = builder.extract_value(arrays[6].shape, 1)
        self.out = builder.gep(arrays[6].data, [builder.mul(row, width)])

    def emit(self) -> Any:
        """Several entries in each turn, then those that are left."""
        builder = self.builder
        places = [run_of(builder, self.out, at, kind) for at, kind in self.parts()]
        sums = [builder.load(place, align=4) for place in places]
        at, n = self.start, len(places)
        if n <= _FEW:
            # An addition waits for the one before: few sums are kept twice.
            twice = sums + [ir.Constant(one.type, None) for one in sums]
            at, twice = loop(builder, at, 4, twice, self._more(3), self._add_four)
            sums = [self.plus(twice[i], twice[n + i]) for i in range(n)]
        at, sums = loop(builder, at, 2, sums, self._more(1), self.add_two)
        at, sums = loop(builder, at, 1, sums, self._more(0), self.add_one)
        for place, total in zip(places, sums, strict=True):
            builder.store(total, place, align=4)
        return at

    def _more(self, ahead: int) -> list[Callable[[Any], Any]]:
        """Whether the entry so many ahead is stored, and below the limit."""
        builder = self.builder

        def last(at: Any) -> Any:
            return builder.add(at, index(ahead))

        stored = [lambda at: builder.icmp_signed("<", last(at), self.stop)]
        if self.limit is None:
            return stored
        return [
            *stored,
            lambda at: builder.icmp_signed("<", self.column(last(at)), self.limit),
        ]

    def _add_four(self, at: Any, sums: list[Any]) -> list[Any]:
        half = len(sums) // 2
        after = self.builder.add(at, index(2))
        return self.add_two(at, sums[:half]) + self.add_two(after, sums[half:])

    def plus(self, one: Any, other: Any) -> Any:
        """Both vectors of sums added."""
        return self.builder.add(one, other)

    def parts(self) -> list[tuple[int, Any]]:
        """Where each vector of sums begins, and its type."""
        raise NotImplementedError

    def add_one(self, at: Any, sums: list[Any]) -> list[Any]:
        """The sums after the entry at that position."""
        raise NotImplementedError

    def add_two(self, at: Any, sums: list[Any]) -> list[Any]:
        """The sums after that entry and the next."""
        return self.add_one(self.builder.add(at, index(1)), self.add_one(at, sums))

    def column(self, at: Any) -> Any:
        """Index of the entry at that position."""
        found = self.builder.load(self.builder.gep(self.indices, [at]))
        return self.context.cast(self.builder, found, self.kinds[1].dtype, types.int64)

    def centroids(self, at: Any) -> Any:
        """Pointer to what the centroids have at the entry's index."""
        # A constant, so that no multiplication is left of it.
        start = self.builder.mul(self.column(at), index(stride_for(self.width)))
        return self.builder.gep(self.table, [start])

    def value(self, at: Any, kind: Any) -> Any:
        """The entry's value, as a number of that type."""
        found = self.builder.load(self.builder.gep(self.values, [at]))
        return self.context.cast(self.builder, found, self.kinds[2].dtype, kind)


class _Floats(_Sums):
    """Products and sums in single precision."""

    vector = ir.VectorType(ir.FloatType(), GROUP)
    steps = ir.VectorType(_I16, GROUP)

    def plus(self, one: Any, other: Any) -> Any:
        return self.builder.fadd(one, other)

    def parts(self) -> list[tuple[int, Any]]:
        return [(at, self.vector) for at in range(0, self.width, GROUP)]

    def add_one(self, at: Any, sums: list[Any]) -> list[Any]:
        builder = self.builder
        row, value = self.centroids(at), spread(builder, self.value(at, types.float32), GROUP)
        found = []
        for (place, _), total in zip(self.parts(), sums, strict=True):
            steps = builder.load(run_of(builder, row, place, self.steps), align=2)
            product = builder.fmul(builder.sitofp(steps, self.vector), value, flags=("contract",))
            found.append(builder.fadd(product, total, flags=("contract",)))
        return found


class _Wholes(_Sums):
    """Products and sums of whole numbers, on any processor."""

    vector = ir.VectorType(_I32, GROUP)
    steps = ir.VectorType(_I16, GROUP)

    def parts(self) -> list[tuple[int, Any]]:
        return [(at, self.vector) for at in range(0, self.width, GROUP)]

    def add_one(self, at: Any, sums: list[Any]) -> list[Any]:
        builder = self.builder
        row, value = self.centroids(at), spread(builder, self.value(at, types.int32), GROUP)
        found = []
        for (place, _), total in zip(self.parts(), sums, strict=True):
            steps = builder.load(run_of(builder, row, place, self.steps), align=2)
            found.append(builder.add(total, builder.mul(builder.sext(steps, self.vector), value)))
        return found


class _Pairs(_Sums):
    """Whole numbers, two products and their sum by one instruction."""

    def parts(self) -> list[tuple[int, Any]]:
        found = []
        for at, n in _runs(self.width):
            half = ir.VectorType(_I32, n // 2)
            found += [(at, half), (at + n // 2, half)]
        return found

    def add_one(self, at: Any, sums: list[Any]) -> list[Any]:
        return self._added(self.centroids(at), None, self._low_half(at), sums)

    def add_two(self, at: Any, sums: list[Any]) -> list[Any]:
        after = self.builder.add(at, index(1))
        high = self.builder.shl(self.value(after, types.int32), ir.Constant(_I32, 16))
        pair = self.builder.or_(self._low_half(at), high)
        return self._added(self.centroids(at), self.centroids(after), pair, sums)

    def _low_half(self, at: Any) -> Any:
        return self.builder.and_(self.value(at, types.int32), ir.Constant(_I32, 0xFFFF))

    def _added(self, first: Any, second: Any, pair: Any, sums: list[Any]) -> list[Any]:
        builder = self.builder
        found: list[Any] = []
        for at, n in _runs(self.width):
            steps, total = ir.VectorType(_I16, n), ir.VectorType(_I32, n // 2)
            values = builder.bitcast(spread(builder, pair, n // 2), steps)
            one = builder.load(run_of(builder, first, at, steps), align=2)
            two = ir.Constant(steps, [0] * n)
            if second is not None:
                two = builder.load(run_of(builder, second, at, steps), align=2)
            multiply = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
                builder.module, ir.FunctionType(total, [steps, steps]), _paired()[n]
            )
            for zipped in _zipped(n):
                both = builder.shuffle_vector(one, two, lanes(zipped))
                added = builder.call(multiply, [both, values])
                found.append(builder.add(sums[len(found)], added))
        return found


def _zipped(n: int) -> list[list[int]]:
    """Lanes of two vectors in turns, the first and the second four of every eight columns."""
    halves = []
    for half in (0, 4):
        columns = [eight + half + i for eight in range(0, n, 8) for i in range(4)]
        halves.append([lane for column in columns for lane in (column, n + column)])
    return halves
