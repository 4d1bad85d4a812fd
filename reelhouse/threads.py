"""Threads for compiled kernels that release the interpreter's lock.

Kernels are `numba.njit(nogil=True)` and run in plain threads: numba's own parallel loops must not
be entered from two threads at once, which Dask's threads do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_threads(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], n_threads: int | None = None
) -> list[Result]:
    """Apply a function to each piece in threads; results in the order of the pieces.

    Parameters
    ----------
    function : callable
        Releases the interpreter's lock for most of its time.
    pieces : iterable
    n_threads : int or None
        None: one per core.
    """
    wanted = n_threads if n_threads is not None else available_threads()
    work = list(pieces)
    if wanted <= 1 or len(work) <= 1:
        return [function(piece) for piece in work]
    with ThreadPoolExecutor(min(wanted, len(work))) as pool:
        return list(pool.map(function, work))
