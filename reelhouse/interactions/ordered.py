"""Apply a function to many partitions at once and take the results in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

from reelhouse.threads import available_threads, map_threads

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Through = Literal["threads", "dask"]

# Pieces per thread between two waits: enough to even the threads out, few enough that their
# results, an array as long as there are titles for each, do not add up.
_PIECES_AHEAD = 8


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
        Reads and writes files that every worker sees.
    pieces : sequence
    n_threads : int or None
        None: one per core; without meaning for `dask`, whose scheduler decides.
    through : {"threads", "dask"}
        Threads of this process, or whatever scheduler Dask is set to.
    """
    threads = n_threads if n_threads is not None else available_threads()
    step = max(1, threads) * _PIECES_AHEAD
    for first in range(0, len(pieces), step):
        some = pieces[first : first + step]
        if through == "dask":
            import dask

            yield from dask.compute(*[dask.delayed(function)(piece) for piece in some])
        else:
            yield from map_threads(function, some, threads)
