"""Trying out, before any work is done, that a store creates an object once and only once."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from reelhouse.errors import StoreError
from reelhouse.storage.objects import PROBE, ObjectExistsError, ObjectMissingError

if TYPE_CHECKING:
    from reelhouse.storage.store import Store

logger = logging.getLogger(__name__)

_WRITERS = 8


def require_create_once(store: Store, *, rounds: int) -> None:
    """Let eight writers at a time create the same object, then a ninth; one may succeed.

    Parameters
    ----------
    store
        The store; what is written is removed again.
    rounds
        Objects that are tried. A store that checks first and writes then is not caught by every
        one.

    Raises
    ------
    StoreError
        When the store is read-only, lets two writers create one object, or lets one replace it.
    """
    keys = [f"{PROBE}{secrets.token_hex(8)}" for _ in range(1 + rounds)]
    tries = [(keys[0], "the first alone")]
    # The writers of one key follow each other in the queue, so that they meet.
    tries += [(key, f"writer {writer}") for key in keys[1:] for writer in range(_WRITERS)]
    # Alone: a store that cannot be written says so at once, with nothing to remove.
    created = [_creates(store, *tries[0])]
    with ThreadPoolExecutor(_WRITERS) as pool:
        try:
            created += pool.map(lambda one: _creates(store, *one), tries[1:])
            before = list(pool.map(lambda key: _content(store, key), keys))
            late = list(pool.map(lambda key: _creates(store, key, "late"), keys))
            after = list(pool.map(lambda key: _content(store, key), keys))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        list(pool.map(lambda key: _delete(store, key), keys))
    won = [one for one, success in zip(tries, created, strict=True) if success]
    found = [
        _Found([text for of, text in won if of == key], before[number], late[number], after[number])
        for number, key in enumerate(keys)
    ]
    _judge(store.uri, [one for one in found if one.before is not None])


class _Found(NamedTuple):
    """What came of one key."""

    winners: list[str]
    before: str | None
    late: bool
    after: str | None


def _judge(uri: str, found: Sequence[_Found]) -> None:
    if not found:
        # Writers that meet may all be told "exists"; not every time.
        raise StoreError(f"{uri} says that objects exist which it does not hold")
    for one in found:
        several = len(one.winners) > 1
        if several or one.late or one.after != one.before or one.winners not in ([], [one.before]):
            how = "lets several writers create one object" if several else "replaces an object"
            raise StoreError(
                f"{uri} {how} that was to be created only if absent, so two writers could lose "
                f"a version: a store that honours If-None-Match is required"
            )


def _creates(store: Store, key: str, text: str) -> bool:
    """Say whether the store acknowledged a create; a lost reply counts as none."""
    try:
        store.create(key, text.encode())
    except ObjectExistsError:
        return False
    return True


def _content(store: Store, key: str) -> str | None:
    try:
        return store.get(key).decode(errors="replace")
    except ObjectMissingError:
        return None


def _delete(store: Store, key: str) -> None:
    try:
        store.delete(key)
    except StoreError as error:
        # A key that may write and not delete is enough to publish.
        logger.warning("the probe object stays behind: %s", error)
