"""A store that stops its caller at the n-th call, as a kill does: nothing runs after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reelhouse.storage.store import Listed, Store


class Stopped(BaseException):
    """Not an `Exception`: no handler of the code under test goes on after it."""


class StoppingStore:
    """Passes calls on; from the n-th on, every call stops, the n-th before or after it is done."""

    def __init__(self, store: Store, *, stop_at: int | None = None, landed: bool = False) -> None:
        self.uri = store.uri
        self.calls = 0
        self._store = store
        self._stop_at = stop_at
        self._landed = landed
        self._lock = threading.Lock()

    def before(self, name: str, key: str) -> None:
        """What a test does before a call."""

    def get(self, key: str) -> bytes:
        return self._pass(self._store.get, key)

    def fetch(self, key: str, target: Path) -> None:
        self._pass(self._store.fetch, key, target)

    def exists(self, key: str) -> bool:
        return self._pass(self._store.exists, key)

    def list(self, prefix: str = "") -> Sequence[Listed]:
        return self._pass(self._store.list, prefix)

    def put(self, key: str, content: bytes | Path) -> None:
        self._pass(self._store.put, key, content)

    def create(self, key: str, content: bytes) -> None:
        self._pass(self._store.create, key, content)

    def delete(self, key: str) -> None:
        self._pass(self._store.delete, key)

    def require_writable(self) -> None:
        self._pass(self._store.require_writable, "")

    def _pass(self, act: Callable[..., Any], key: str, *others: object) -> Any:
        with self._lock:
            number = self.calls
            self.calls += 1
        stops = self._stop_at is not None and number >= self._stop_at
        if stops and not (self._landed and number == self._stop_at):
            raise Stopped
        self.before(act.__name__, key)
        result = act(*((key, *others) if act.__name__ != "require_writable" else ()))
        if stops:
            raise Stopped
        return result
