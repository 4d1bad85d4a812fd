"""Which failures are worth another try, and how often."""

from __future__ import annotations

import logging
from typing import Any

from obstore.exceptions import GenericError
from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import get_state_exception

from reelhouse.errors import ReelhouseError
from reelhouse.redaction import redacted

logger = logging.getLogger(__name__)

#: Seconds before the second, third and fourth try.
DELAYS: list[float] = [1.0, 5.0, 15.0]

#: Seconds that one try may take, by far more than gigabytes need.
LONGEST_TRY = 60.0 * 60.0

#: What lies behind a failure that may pass: a connection, or a store that answers with an error of
#: its own. obstore has repeated the request for some seconds by then.
_PASSING = (ConnectionError, TimeoutError, GenericError)


def is_passing(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """A failure that may pass: of the network, not of the data and not of the request.

    An error of ours says what is wrong with the data; trying again changes nothing, unless a
    broken connection is behind it.
    """
    error: object = get_state_exception(state)
    cause = error.__cause__ if isinstance(error, ReelhouseError) else error
    if not isinstance(cause, _PASSING):
        return False
    logger.warning(
        "%s failed, it is tried again: %s", task.name, " ".join(redacted(str(error)).split())
    )
    return True


#: Options of a task that touches a network: `@task(name="...", **RETRIED)`.
RETRIED: dict[str, Any] = {
    "retries": len(DELAYS),
    "retry_delay_seconds": DELAYS,
    "retry_condition_fn": is_passing,
    # Of each try, without the waits between them.
    "timeout_seconds": LONGEST_TRY,
    "cache_policy": NO_CACHE,
}
