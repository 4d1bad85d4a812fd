"""A store that numbers its calls, so that something can happen at each."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reelhouse.errors import StoreError
from reelhouse.storage.store import Listed, Store


class PassingStore:
    """Hands every call to `_pass`, which decides what becomes of it."""

    def __init__(self, store: Store) -> None:
        self.uri = store.uri
        self._store = store
        self._lock = threading.Lock()

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
        self._pass(self._store.require_writable)

    def _pass(self, act: Callable[..., Any], *arguments: object) -> Any:
        raise NotImplementedError


class CountingStore(PassingStore):
    """Passes calls on; `before` and `after` are called around the one of number `at`.

    Attributes
    ----------
    names
        The calls so far.
    """

    def __init__(self, store: Store, *, at: int = -1) -> None:
        super().__init__(store)
        self.names: list[str] = []
        self._at = at

    def before(self) -> None:
        """Do nothing; a subclass may."""

    def after(self) -> None:
        """Do nothing; a subclass may."""

    def _pass(self, act: Callable[..., Any], *arguments: object) -> Any:
        with self._lock:
            chosen = len(self.names) == self._at
            self.names.append(act.__name__)
        if chosen:
            self.before()
        try:
            return act(*arguments)
        finally:
            # "There is none" is an answer as well.
            if chosen:
                self.after()


class FailingStore(CountingStore):
    """The call of number `fail_at` raises before it does anything, or after it is done."""

    def __init__(self, store: Store, *, fail_at: int = -1, landed: bool = False) -> None:
        super().__init__(store, at=fail_at)
        self._landed = landed

    def before(self) -> None:
        if not self._landed:
            raise StoreError("injected: the request did not arrive")

    def after(self) -> None:
        raise StoreError("injected: the reply was lost")


class KillingStore(CountingStore):
    """The call of number `kill_at` ends this process before it does anything, or once done."""

    def __init__(self, store: Store, *, kill_at: int, landed: bool) -> None:
        super().__init__(store, at=kill_at)
        self._landed = landed

    def before(self) -> None:
        if not self._landed:
            end_this_process()

    def after(self) -> None:
        end_this_process()


def end_this_process() -> None:
    """kill -9 of this very process."""
    os.kill(os.getpid(), signal.SIGKILL)


def evenly(total: int, points: int, *, always: int) -> list[int]:
    """Return so many of the numbers below `total`, evenly spread with both ends; 0 means all.

    `always` is the call that commits: it is among them.
    """
    if not points or points >= total:
        return list(range(total))
    spread = {round(number * (total - 1) / max(points - 1, 1)) for number in range(points)}
    return sorted(spread | {always})
