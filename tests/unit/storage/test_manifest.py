from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from reelhouse.errors import StoreError
from reelhouse.storage.manifest import (
    FileEntry,
    InputEntry,
    RunManifest,
    idempotency_key,
    new_run_id,
)

DIGEST = "ab" * 32


def manifest(**changes: Any) -> RunManifest:
    fields: dict[str, Any] = {
        "run_id": "20261121T051500Z-3f9a2c1b",
        "collection": "catalogue",
        "flow": "nightly",
        "key": DIGEST,
        "created_at": datetime(2026, 11, 21, 5, 15, tzinfo=UTC),
    }
    return RunManifest(**{**fields, **changes})


def test_a_manifest_survives_its_json() -> None:
    full = manifest(
        inputs=[InputEntry(name="titles", uri="a.csv", sha256=DIGEST, size=3, rows=1)],
        files=[FileEntry(path="titles.parquet", size=3, sha256=DIGEST, rows=1)],
        results={"silhouette": 0.25, "why": ["é", None]},
        made_from={"viewers": 3},
    )
    assert RunManifest.from_json(full.to_json()) == full
    assert full.to_json() == RunManifest.from_json(full.to_json()).to_json()


def test_what_json_cannot_hold_is_refused_by_name_of_the_run() -> None:
    with pytest.raises(StoreError, match="manifest of run 20261121T051500Z-3f9a2c1b"):
        manifest(results={"x": object()}).to_json()


def test_nan_becomes_null() -> None:
    written = manifest(results={"x": float("nan")}).to_json()
    assert RunManifest.from_json(written).results == {"x": None}


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "a//b", ""])
def test_a_file_path_that_leaves_the_run_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        FileEntry(path=path, size=0, sha256=DIGEST)


def test_a_path_listed_twice_is_refused() -> None:
    entry = FileEntry(path="a", size=0, sha256=DIGEST)
    with pytest.raises(ValidationError, match="twice"):
        manifest(files=[entry, entry])


def test_a_naive_time_and_a_nested_run_id_are_refused() -> None:
    with pytest.raises(ValidationError):
        manifest(created_at=datetime(2026, 1, 1))
    with pytest.raises(ValidationError):
        manifest(run_id="../other")


def test_the_key_depends_on_every_argument_and_on_nothing_else() -> None:
    base: dict[str, Any] = {
        "flow": "nightly",
        "inputs": [DIGEST],
        "settings": {"a": 1, "b": 2},
        "code_version": "0.1",
        "base_key": None,
    }
    key = idempotency_key(**base)
    assert key == idempotency_key(**{**base, "settings": {"b": 2, "a": 1}})
    changes: list[dict[str, Any]] = [
        {"flow": "catalogue"},
        {"inputs": ["cd" * 32]},
        {"settings": {"a": 1}},
        {"code_version": "0.2"},
        {"base_key": key},
    ]
    assert len({key, *(idempotency_key(**{**base, **change}) for change in changes)}) == 6


def test_a_run_id_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        new_run_id(datetime(2026, 1, 1), "3f9a2c1b")
