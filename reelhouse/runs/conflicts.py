"""Two runs at once: the later one is made again on the version of the earlier."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, retry, retry_if_exception_type, stop_after_attempt

from reelhouse.errors import CommitConflictError
from reelhouse.runs.wrapping import stand_in

logger = logging.getLogger(__name__)

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: Runs that one run may meet before it gives up. Each of them has published.
ATTEMPTS = 5


def on_newest_version(
    *, attempts: int = ATTEMPTS
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make a run again, from its beginning, when another committed the version it was made for.

    The whole run is repeated: it reads the newer version, so nothing of the other's work is lost,
    and it publishes nothing when the other did the same.

    Parameters
    ----------
    attempts
        How often the run is made at most; then its `CommitConflictError` goes on to the caller.

    Examples
    --------
    >>> heads = iter([1, 2])
    >>> @on_newest_version()
    ... def publish_on_top():
    ...     head = next(heads)
    ...     if head == 1:
    ...         raise CommitConflictError("catalogue is at version 2")
    ...     return head + 1
    >>> publish_on_top()
    3
    """

    def repeating(run: Callable[_P, _R]) -> Callable[_P, _R]:
        again = retry(
            retry=retry_if_exception_type(CommitConflictError),
            stop=stop_after_attempt(attempts),
            before_sleep=_tell,
            reraise=True,
        )
        repeated: Callable[_P, _R] = again(run)
        stand_in(repeated, run)
        return repeated

    return repeating


def _tell(attempt: RetryCallState) -> None:
    error = attempt.outcome and attempt.outcome.exception()
    logger.warning("%s (attempt %d begins)", error, attempt.attempt_number + 1)
