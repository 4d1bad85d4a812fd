"""Progress of long steps, as bars in the Prefect UI."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from tasks.markdown import escaped
from tasks.server import forgiving, has_server

#: Told how much is done of how much.
Tell = Callable[[float, float], None]

#: Seconds between two updates, and before the first: a short step shows no bar.
EVERY = 1.0
#: Least step of the bar, in percent.
STEP = 1.0


@contextmanager
def progress(key: str, doing: str) -> Iterator[Tell]:
    """Show how far a step is, at most once a second; a broken server costs one try.

    Parameters
    ----------
    key : str
        Of the artifact: lower case, with dashes.
    doing : str
        What goes on, in words.

    Yields
    ------
    callable
        To be told how much is done of how much, from any thread, as often as one likes.
    """
    if not has_server():
        yield lambda done, total: None
        return
    bar = _Bar(key, doing)
    yield bar
    bar.finish()


class _Bar:
    """One bar: the artifact behind it is made with the first update."""

    def __init__(self, key: str, doing: str) -> None:
        self._key, self._doing = key, escaped(doing)
        # The run that the artifact belongs to stands in here; other threads do not know it.
        self._context = copy_context()
        self._lock = threading.Lock()
        self._last, self._percent = time.monotonic(), 0.0
        self._artifact: UUID | None = None
        self._broken = False

    def __call__(self, done: float, total: float) -> None:
        percent = min(100.0 * done / total, 100.0) if total > 0 else 100.0
        with self._lock:
            now = time.monotonic()
            if now - self._last >= EVERY and percent - self._percent >= STEP:
                self._show(percent)
                self._last, self._percent = time.monotonic(), percent

    def finish(self) -> None:
        """Fill the bar, if there is one."""
        with self._lock:
            if self._artifact is not None and self._percent < 100.0:
                self._show(100.0)

    def _show(self, percent: float) -> None:
        if not self._broken:
            self._broken = True
            with forgiving(f"no progress of {self._key} is shown"):
                self._context.run(self._send, percent)
                self._broken = False

    def _send(self, percent: float) -> None:
        # The next update makes up for a lost one.
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            if self._artifact is None:
                # Typed as if it might be called from a coroutine.
                made: Any = create_progress_artifact(percent, self._key, self._doing)
                self._artifact = made
            else:
                update_progress_artifact(self._artifact, percent)
