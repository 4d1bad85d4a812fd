"""A store that stops its caller at the n-th call, as a kill does: nothing runs after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reelhouse.storage.store import Store
from tests.support.counting_store import PassingStore


class Stopped(BaseException):
    """Not an `Exception`: no handler of the code under test goes on after it."""


class StoppingStore(PassingStore):
    """Passes calls on; from the n-th on, every call stops, the n-th before or after it is done."""

    def __init__(self, store: Store, *, stop_at: int | None = None, landed: bool = False) -> None:
        super().__init__(store)
        self.calls = 0
        self._stop_at = stop_at
        self._landed = landed

    def before(self, name: str, key: object) -> None:
        """What a test does before a call; a subclass says it."""

    def _pass(self, act: Callable[..., Any], *arguments: object) -> Any:
        with self._lock:
            number = self.calls
            self.calls += 1
        stops = self._stop_at is not None and number >= self._stop_at
        if stops and not (self._landed and number == self._stop_at):
            raise Stopped
        self.before(act.__name__, arguments[0] if arguments else "")
        result = act(*arguments)
        if stops:
            raise Stopped
        return result
