from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from reelhouse.cli import main
from reelhouse.storage.store import Store


class Answer(NamedTuple):
    status: int
    out: str
    err: str


Ask = Callable[..., Answer]


@pytest.fixture
def ask(small_store: Store, capsys, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a command against the small store."""
    monkeypatch.setenv("REELHOUSE_STORE", small_store.uri)

    def run(*arguments: str, columns: int | None = None) -> Answer:
        if columns is None:
            monkeypatch.delenv("COLUMNS", raising=False)
        else:
            monkeypatch.setenv("COLUMNS", str(columns))
        status = main(list(arguments))
        return Answer(status, *capsys.readouterr())

    return run
