"""`reelhouse show` and `versions` of a comparison, staged by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store

ROWS = [
    {"protocol": "rating", "model": "svd", "family": "matrix factorization", "status": "measured",
     "place": 1, "rmse": 0.91, "rmse_low": 0.9, "rmse_high": 0.92, "mae": 0.7, "seconds_fit": 1.5},
    {"protocol": "rating", "model": "gc-mc", "family": "graph", "status": "out of time",
     "reason": "not done after 10 minutes"},
    {"protocol": "ranking", "model": "ease", "family": "autoencoder", "status": "measured",
     "place": 1, "ndcg_100": 0.4538, "recall_20": 0.4, "recall_50": 0.5, "ndcg_10": 0.41,
     "seconds_fit": 0.0123},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _published(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path / "store", create=True)
    monkeypatch.setenv("REELHOUSE_STORE", store.uri)
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "note.txt").write_text("x")
    manifest = RunManifest(
        run_id="by-hand", collection="comparison", flow="compare", key="by-hand",
        created_at=datetime(2026, 11, 26, tzinfo=UTC), parent_version=None,
        counts={"users": 943, "titles": 1682, "rows_good": 100_000, "models_measured": 2,
                "models_failed": 1},
        results={"comparison": ROWS},
    )  # fmt: skip
    publish(store, "comparison", staged, manifest, None)


def test_each_protocol_is_a_table_and_what_failed_is_said_with_its_reason(ask) -> None:
    answer = ask("show", "--collection", "comparison")
    assert answer.status == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    at = lines.index("models")
    assert lines[at + 1 : at + 6] == [
        "rating family RMSE MAE 95 % interval fit, s",
        "svd matrix factorization 0.9100 0.7000 0.9000 to 0.9200 1.5",
        "gc-mc out of time: not done after 10 minutes",
        "ranking family NDCG@100 Recall@20 Recall@50 NDCG@10 95 % interval fit, s",
        "ease autoencoder 0.4538 0.4000 0.5000 0.4100 0.0123",
    ]
    assert "943 users rated 1,682 titles; 2 models measured, 1 failed" in lines


def test_versions_count_users_and_models(ask) -> None:
    header, row = ask("versions", "--collection", "comparison").out.splitlines()[:2]
    names = header.split()
    assert names[5:9] == ["users", "titles", "ratings", "models"]
    assert row.split()[5:9] == ["943", "1,682", "100,000", "2"]
