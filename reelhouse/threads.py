"""Threads for compiled kernels that release the interpreter's lock.

Kernels are `numba.njit(nogil=True)` and run in plain threads: numba's own parallel loops must not
be entered from two threads at once, which Dask's threads do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_threads(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], n_threads: int | None = None
) -> list[Result]:
    """Apply a function to each piece in threads; results in the order of the pieces.

    The calling thread works too, and threads are kept for the next call: thousands of short calls
    cost little. A function may itself call `map_threads`.

    Parameters
    ----------
    function : callable
        Releases the interpreter's lock for most of its time.
    pieces : iterable
    n_threads : int or None
        None: one per core.

    Raises
    ------
    Exception
        The first one that a piece raised; pieces not yet begun are left out.
    """
    work = list(pieces)
    helpers = min(n_threads if n_threads is not None else available_threads(), len(work)) - 1
    if helpers <= 0:
        return [function(piece) for piece in work]
    shared = _Shared(function, work)
    pool = _pool(os.getpid(), helpers)
    futures = [pool.submit(shared.drain) for _ in range(helpers)]
    shared.drain()
    for future in futures:
        # One that has not begun finds nothing left to do; waiting for it could be for ever, if it
        # waits for this very thread.
        if not future.cancel():
            future.result()
    if shared.errors:
        raise shared.errors[0]
    return shared.results


class _Shared(Generic[Piece, Result]):
    """Pieces that several threads take one by one."""

    def __init__(self, function: Callable[[Piece], Result], work: list[Piece]) -> None:
        self._function, self._work = function, work
        self._numbers = iter(range(len(work)))
        self.results: list[Result] = [None] * len(work)  # type: ignore[list-item]
        self.errors: list[Exception] = []

    def drain(self) -> None:
        """Take pieces until none is left, or one fails."""
        # next() of a range is one step under the interpreter's lock: no number comes twice.
        for number in self._numbers:
            try:
                self.results[number] = self._function(self._work[number])
            except Exception as error:
                self.errors.append(error)
            if self.errors:
                return


@cache
def _pool(process: int, n_threads: int) -> ThreadPoolExecutor:
    """Threads of this process; a forked one has none of its parent's."""
    return ThreadPoolExecutor(n_threads, "reelhouse")
