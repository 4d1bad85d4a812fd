"""Apply a function to many partitions at once and take the results in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, TypeVar

from reelhouse.threads import available_threads

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Through = Literal["threads", "dask"]

# Results are arrays as long as there are titles: those that wait for their turn must stay few.
_AHEAD_PER_THREAD = 2
_TASKS_AT_ONCE = 32


def in_order(
    function: Callable[[Piece], Result],
    pieces: Sequence[Piece],
    *,
    n_threads: int | None,
    through: Through,
) -> Iterator[Result]:
    """Yield the result of each piece, in the order of the pieces.

    Parameters
    ----------
    function : callable
        Releases the interpreter's lock for most of its time; reads and writes files that every
        worker sees.
    pieces : sequence
    n_threads : int or None
        None: one per core; without meaning for `dask`, whose scheduler decides.
    through : {"threads", "dask"}
        Threads of this process, or whatever scheduler Dask is set to.
    """
    if through == "dask":
        return _in_tasks(function, pieces)
    return _in_threads(function, pieces, n_threads or available_threads())


def _in_threads(
    function: Callable[[Piece], Result], pieces: Sequence[Piece], n_threads: int
) -> Iterator[Result]:
    if min(n_threads, len(pieces)) <= 1:
        yield from map(function, pieces)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(min(n_threads, len(pieces)))
    try:
        for piece in pieces:
            waiting.append(pool.submit(function, piece))
            if len(waiting) > _AHEAD_PER_THREAD * n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # After an error there is no use for what has not begun.
        pool.shutdown(cancel_futures=True)


def _in_tasks(function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    import dask

    for first in range(0, len(pieces), _TASKS_AT_ONCE):
        some = pieces[first : first + _TASKS_AT_ONCE]
        yield from dask.compute(*[dask.delayed(function)(piece) for piece in some])
