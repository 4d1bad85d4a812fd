"""Processes that publish and are killed; started from a server that has the imports done."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from reelhouse.storage.store import Store, open_store
from tests.support.counting_store import CountingStore, KillingStore, end_this_process
from tests.support.publication import Publication

#: What needs no import any more in a new process; none of it starts threads.
_IMPORTED = ["tests.support.processes", "reelhouse.storage.publish", "reelhouse.storage.verify"]

#: The calls of the operating system by which a local store writes.
_WRITING = ("fsync", "link", "replace", "unlink", "mkdir")


def context() -> ForkServerContext:
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(_IMPORTED)
    return found


@contextmanager
def started(target: Callable[..., None], *arguments: object) -> Iterator[ForkServerProcess]:
    """Run `target` in a process of its own, which is gone when the block is left."""
    process = context().Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def opened(uri: str, environment: dict[str, str]) -> Store:
    """Open a store in a child: it has its own environment, whatever its server's was."""
    os.environ.update(environment)
    return open_store(uri)


def publish_when_told(
    uri: str, environment: dict[str, str], publication: Publication, told: Connection
) -> None:
    """Say that all is ready, wait for a word, publish."""
    store = opened(uri, environment)
    told.send("ready")
    told.recv()
    publication.publish(store)
    told.send("done")


def publish_and_die(
    uri: str, environment: dict[str, str], publication: Publication, at: int, landed: bool
) -> None:
    """Publish, and be killed at the call of this number, before it or once it is done."""
    publication.publish(KillingStore(opened(uri, environment), kill_at=at, landed=landed))


def publish_and_die_in_a_system_call(
    uri: str, environment: dict[str, str], publication: Publication, at: int, landed: bool
) -> None:
    """Publish, and be killed at a call to the operating system."""
    store = opened(uri, environment)
    count_system_calls(at, landed)
    publication.publish(store)


def count_system_calls(at: int = -1, landed: bool = False) -> list[str]:
    """Put a counter before the system calls that write; return the names of those made so far."""
    made: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        call = getattr(os, name)

        def act(*arguments: Any, **named: Any) -> Any:
            chosen = len(made) == at
            made.append(name)
            if chosen and not landed:
                end_this_process()
            try:
                return call(*arguments, **named)
            finally:
                if chosen:
                    end_this_process()

        return act

    for name in _WRITING:
        setattr(os, name, counted(name))
    return made


def say_calls(
    uri: str, environment: dict[str, str], publication: Publication, told: Connection
) -> None:
    """Publish undisturbed, and say which calls to the store and to the system it takes."""
    store = CountingStore(opened(uri, environment))
    made = count_system_calls()
    publication.publish(store)
    told.send((store.names, made))
