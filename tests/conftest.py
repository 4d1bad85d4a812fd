"""Options and fixtures of all tests."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pytest

from reelhouse.storage.manifest import RunManifest, new_run_id
from reelhouse.storage.publish import publish
from reelhouse.storage.store import Store
from reelhouse.storage.tables import write_parts, write_table
from reelhouse.storage.version import Version


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-rounds",
        type=int,
        default=5,
        help="random kills of each fault test (default 5)",
    )


@pytest.fixture
def fault_rounds(request: pytest.FixtureRequest) -> int:
    rounds: int = request.config.getoption("--fault-rounds")
    return rounds


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data files; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("REELHOUSE_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; REELHOUSE_DATA names another folder")
    return folder


class PublishRun(Protocol):
    """Publishes a small catalogue version whose content follows from `mark`."""

    def __call__(
        self, store: Store, mark: str, *, parent: int | None = None, key: str | None = None
    ) -> Version: ...


@pytest.fixture
def publish_run(tmp_path: Path) -> PublishRun:
    def publish_one(
        store: Store, mark: str, *, parent: int | None = None, key: str | None = None
    ) -> Version:
        token = secrets.token_hex(4)
        staged = tmp_path / f"staged-{token}"
        table = pa.table({"title_id": [mark, "b"], "year": pa.array([2020, 2021], pa.int32())})
        write_table(table, staged / "titles.parquet", table.schema)
        write_parts(table, staged / "assignments.parquet", table.schema, rows_per_part=1)
        (staged / "report").mkdir()
        (staged / "report" / "index.html").write_text(f"<p>{mark}</p>")
        now = datetime(2026, 11, 21, 5, 15, tzinfo=UTC)
        manifest = RunManifest(
            run_id=new_run_id(now, token),
            collection="catalogue",
            flow="test",
            key=key or mark,
            created_at=now,
        )
        return publish(store, "catalogue", staged, manifest, parent)

    return publish_one
