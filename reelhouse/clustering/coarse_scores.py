"""Compiled scores of a row from its sums of products: the best two, in vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from reelhouse.clustering.coarse_sums import GROUP
from reelhouse.clustering.vector_code import run_of, spread

_FLOAT, _I32 = ir.FloatType(), ir.IntType(32)
_SCORES, _NUMBERS = ir.VectorType(_FLOAT, GROUP), ir.VectorType(_I32, GROUP)


def _typed(
    typing_context: Any, sums: Any, row: Any, steps: Any, bias: Any, like: Any
) -> tuple[Any, Callable[..., Any]]:
    """Number of the best of sums[row] * steps + bias, it, and the next; of equal ones the first.

    `like` is a tuple with as many elements as there are scores.
    """
    found = types.Tuple(  # type: ignore[no-untyped-call]
        (types.int64, types.float32, types.float32)
    )
    return found(sums, row, steps, bias, like), _emit


top_two: Any = intrinsic(_typed)


def _emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    kinds = signature.args
    width = kinds[4].count
    sums, steps, bias = (
        context.make_array(kinds[at])(context, builder, args[at]) for at in (0, 2, 3)
    )
    row = context.cast(builder, args[1], kinds[1], types.int64)
    start = builder.mul(row, builder.extract_value(sums.shape, 1))
    own = builder.gep(sums.data, [start])
    scores, numbers = [], []
    for at in range(0, width, GROUP):
        loaded = _loaded(builder, own, at, _SCORES)
        if isinstance(kinds[0].dtype, types.Integer):
            loaded = builder.sitofp(_loaded(builder, own, at, _NUMBERS), _SCORES)
        product = builder.fmul(loaded, _loaded(builder, steps.data, at, _SCORES))
        scores.append(builder.fadd(product, _loaded(builder, bias.data, at, _SCORES)))
        numbers.append(ir.Constant(_NUMBERS, list(range(at, at + GROUP))))
    best = _reduced(builder, scores, "fmax")
    none = ir.Constant(_NUMBERS, [width - 1] * GROUP)
    alike = [
        builder.select(builder.fcmp_ordered("==", one, spread(builder, best, GROUP)), number, none)
        for one, number in zip(scores, numbers, strict=True)
    ]
    label = _reduced(builder, alike, "smin")
    lowest = ir.Constant(_SCORES, [float("-inf")] * GROUP)
    others = [
        builder.select(
            builder.icmp_signed("==", number, spread(builder, label, GROUP)), lowest, one
        )
        for one, number in zip(scores, numbers, strict=True)
    ]
    found = [builder.zext(label, ir.IntType(64)), best, _reduced(builder, others, "fmax")]
    return context.make_tuple(builder, signature.return_type, found)


def _loaded(builder: Any, pointer: Any, at: int, kind: Any) -> Any:
    return builder.load(run_of(builder, pointer, at, kind), align=4)


def _reduced(builder: Any, vectors: list[Any], how: str) -> Any:
    """The largest or the smallest of all lanes of all vectors."""
    total = vectors[0]
    for one in vectors[1:]:
        if how == "fmax":
            first = builder.fcmp_ordered(">", total, one)
        else:
            first = builder.icmp_signed("<", total, one)
        total = builder.select(first, total, one)
    kind = "f32" if how == "fmax" else "i32"
    function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module,
        ir.FunctionType(total.type.element, [total.type]),
        f"llvm.vector.reduce.{how}.v{GROUP}{kind}",
    )
    return builder.call(function, [total], fastmath=("nnan", "nsz") if how == "fmax" else ())
