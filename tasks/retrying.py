"""Which failures are worth another try, and how often."""

from __future__ import annotations

from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import get_state_exception

from reelhouse.errors import ReelhouseError

#: Seconds before the second, third and fourth try.
DELAYS: list[float] = [1.0, 5.0, 15.0]


def is_passing(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """A failure that may pass: of the network, not of the data and not of the request.

    An error of ours says what is wrong with the data; trying again changes nothing, unless a
    broken connection is behind it.
    """
    error: object = get_state_exception(state)
    if isinstance(error, ReelhouseError):
        return isinstance(error.__cause__, ConnectionError | TimeoutError)
    return isinstance(error, OSError)


#: Options of a task that touches a network: `@task(name="...", **RETRIED)`.
RETRIED: dict[str, Any] = {
    "retries": len(DELAYS),
    "retry_delay_seconds": DELAYS,
    "retry_condition_fn": is_passing,
    "cache_policy": NO_CACHE,
}
