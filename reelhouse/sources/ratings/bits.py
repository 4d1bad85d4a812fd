"""Compiled: instructions of the processor that numba does not offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

_I64 = ir.IntType(64)


def _typed_zeros(typing_context: Any, word: Any) -> tuple[Any, Callable[..., Any]]:
    """Bits below the lowest that is set, of a uint64; 64 without any."""
    return types.uint64(types.uint64), _emit_zeros


def _emit_zeros(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))


def _typed_bytes(typing_context: Any, text: Any, i: Any) -> tuple[Any, Callable[..., Any]]:
    """Eight bytes of a text from i on, which need not be a multiple of eight, as one uint64."""
    return types.uint64(text, types.uint64), _emit_bytes


def _emit_bytes(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    text = context.make_array(signature.args[0])(context, builder, args[0])
    place = builder.gep(text.data, [args[1]])
    return builder.load(builder.bitcast(place, _I64.as_pointer()), align=1)


trailing_zeros: Any = intrinsic(_typed_zeros)
eight_bytes: Any = intrinsic(_typed_bytes)
