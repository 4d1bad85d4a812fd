"""Pieces of LLVM code that the kernels share: loops over entries, vectors of one value.

Plain numba keeps the running sums of a row in memory; written out like this they stay in vector
registers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

INDEX = ir.IntType(64)
_LANE = ir.IntType(32)


def index(value: int) -> Any:
    """A constant of the type that counts entries."""
    return ir.Constant(INDEX, value)


def lanes(numbers: Sequence[int]) -> Any:
    """Constant numbers of lanes, as a shuffle takes them."""
    return ir.Constant(ir.VectorType(_LANE, len(numbers)), list(numbers))


def spread(builder: Any, value: Any, width: int) -> Any:
    """A vector of `width` lanes that holds the value in each."""
    undefined = ir.Constant(ir.VectorType(value.type, width), ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(_LANE, 0))
    return builder.shuffle_vector(one, undefined, lanes([0] * width))


def run_of(builder: Any, pointer: Any, start: int, kind: Any) -> Any:
    """Pointer to the vector of type `kind` that begins `start` elements after a pointer."""
    return builder.bitcast(builder.gep(pointer, [index(start)]), kind.as_pointer())


def loop(
    builder: Any,
    start: Any,
    step: int,
    state: Sequence[Any],
    conditions: Sequence[Callable[[Any], Any]],
    body: Callable[[Any, list[Any]], list[Any]],
) -> tuple[Any, list[Any]]:
    """Emit a loop that carries values from turn to turn, in registers.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    start : value of type INDEX
    step : int
        Added to the index by each turn.
    state : sequence of values
    conditions : sequence of callables
        Given the index; the loop goes on while all hold. One is looked at only after the one
        before held, so it may read what that one allows.
    body : callable
        Given the index and the state; returns the state of the next turn.

    Returns
    -------
    tuple of (index at the end, state at the end)
    """
    entry = builder.block
    head, inside, end = (builder.append_basic_block(name) for name in ("head", "inside", "end"))
    builder.branch(head)
    builder.position_at_end(head)
    at = builder.phi(INDEX)
    at.add_incoming(start, entry)
    before = [builder.phi(value.type) for value in state]
    for phi, value in zip(before, state, strict=True):
        phi.add_incoming(value, entry)
    for condition in conditions[:-1]:
        further = builder.append_basic_block("further")
        builder.cbranch(condition(at), further, end)
        builder.position_at_end(further)
    builder.cbranch(conditions[-1](at), inside, end)

    builder.position_at_end(inside)
    after = body(at, list(before))
    at.add_incoming(builder.add(at, index(step)), builder.block)
    for phi, value in zip(before, after, strict=True):
        phi.add_incoming(value, builder.block)
    builder.branch(head)
    builder.position_at_end(end)
    return at, list(before)


@cache
def processor_features() -> frozenset[str]:
    """What the processor that numba compiles for can do, by LLVM's names, and its family."""
    from numba.core.registry import cpu_target

    triple, _, features = cpu_target.target_context.codegen().magic_tuple()
    able = {name[1:] for name in features.split(",") if name.startswith("+")}
    return frozenset(able | {str(triple).split("-")[0]})
