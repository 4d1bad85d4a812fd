import pytest
from obstore.exceptions import GenericError
from prefect import flow, task

from reelhouse.errors import SourceError, StoreError
from tasks.retrying import is_passing


def tries_of(error: Exception, cause: Exception | None = None) -> int:
    """How often a task that always fails is run, with two retries allowed."""
    tries = []

    @task(retries=2, retry_delay_seconds=0, retry_condition_fn=is_passing)
    def fails() -> None:
        tries.append(1)
        raise error from cause

    @flow
    def once() -> None:
        fails()

    with pytest.raises(type(error)):
        once()
    return len(tries)


def test_a_broken_connection_is_tried_again() -> None:
    assert tries_of(ConnectionResetError("reset by peer")) == 3


def test_an_error_of_ours_behind_which_stands_a_time_out_is_tried_again() -> None:
    assert tries_of(SourceError("no answer"), TimeoutError()) == 3


def test_bad_data_is_not_tried_again() -> None:
    assert tries_of(SourceError("is empty")) == 1


def test_a_defect_is_not_tried_again() -> None:
    assert tries_of(ZeroDivisionError()) == 1


def test_a_store_that_answers_with_an_error_of_its_own_is_tried_again() -> None:
    assert tries_of(StoreError("cannot write"), GenericError("503 Slow Down")) == 3


def test_a_full_disk_is_not_tried_again() -> None:
    assert tries_of(OSError(28, "No space left on device")) == 1
