"""A small comparison as it is staged, and its explorer page; texts can be anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from reelhouse.report.comparison_page import write_comparison_report
from reelhouse.schema import (
    COMPARISON,
    COMPARISON_CURVES,
    COMPARISON_SPLITS,
    COMPARISON_TRIALS,
    QUARANTINE,
)
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.tables import write_table
from tests.support.explorer import Text, as_it_is, bad_row, write_quality_of

#: Model, family, RMSE and seconds of a fit; the second did not end.
RATING = (
    ("bias", "baseline", 0.94, 0.0),
    ("broken", "graph", None, None),
    ("svd++", "matrix factorization", 0.90, 0.1),
)
#: Model, family, NDCG@100 and seconds of a fit. The last is far behind.
RANKING = (
    ("ease", "autoencoder", 0.45, 0.2),
    ("ials", "matrix factorization", 0.46, 0.1),
    ("mult-vae", "autoencoder", 0.44, 9.0),
    ("pure-svd", "matrix factorization", 0.43, 0.02),
    ("popularity", "baseline", 0.20, 0.0),
)


def stage_small_comparison(staged: Path, text: Text = as_it_is) -> RunManifest:
    """Stage a comparison of three models of ratings and five of rankings."""
    rating, ranking = _rating(text), _ranking(text)
    tables = {
        "comparison": (COMPARISON, [*rating, *ranking]),
        "splits": (COMPARISON_SPLITS, [_split(row, n, text) for row in [*rating, *ranking]
                                       if row["status"] == "measured" for n in range(2)]),
        "curves": (COMPARISON_CURVES, _curves(text)),
        "trials": (COMPARISON_TRIALS, _trials(text)),
        "quarantine": (QUARANTINE, [bad_row(text)]),
    }  # fmt: skip
    for name, (schema, rows) in tables.items():
        write_table(pa.Table.from_pylist(rows, schema=schema), staged / f"{name}.parquet", schema)
    checks = [write_quality_of(staged / "quality", text)]
    return RunManifest(
        run_id="20261126T051500Z-cafe0002",
        collection="comparison",
        flow="compare",
        key="small",
        created_at=datetime(2026, 11, 26, 5, 15, tzinfo=UTC),
        settings={"splits": {"folds": text("setting", "auto"), "liked": None}, "seed": 3,
                  "budget": {"n_trials": 2}},
        software={"numpy": text("software", "2.4")},
        checks=checks,
        counts={"rows_read": 101, "rows_good": 100, "rows_quarantined": 1, "users": 9,
                "titles": 8, "models_measured": 7, "models_failed": 1},
        results={
            "settings_chosen_on": text("chosen on", "a validation part"),
            "newest_date": "2026-01-02",
            "comparison": [
                {"protocol": "rating", "model": text("model", "svd++"), "place": 1, "rmse": 0.9}
            ],
        },
    )  # fmt: skip


def write_small_comparison(staged: Path, text: Text = as_it_is) -> Path:
    """Stage the small comparison and write its page; returns the path of its index.html."""
    return write_comparison_report(staged, stage_small_comparison(staged, text), [], version=1)


def _row(protocol: str, row: tuple[Any, ...], by: str, place: int | None, text: Text) -> Any:
    model, family, value, seconds = row
    found: dict[str, Any] = {
        "protocol": protocol,
        "model": text("model", model),
        "family": text("family", family),
        "status": "measured",
        "place": place,
        by: value,
        "seconds_fit": seconds,
        "n_splits": 2,
        "n_trials": 2,
        "settings": json.dumps({text("name of a setting", "factors"): text("setting", "10")}),
    }
    if value is None:
        return found | {"status": "failed", "reason": text("reason", "it broke"), "n_splits": 0}
    return found | {f"{by}_low": value - 0.01, f"{by}_high": value + 0.01}


def _rating(text: Text) -> list[Any]:
    rows = [_row("rating", one, "rmse", place, text)
            for one, place in zip(RATING, (2, None, 1), strict=True)]  # fmt: skip
    rows[2] |= {"mae": 0.7, "rmse_cold_users": 1.1, "difference": 0.04, "p_value": 0.0004}
    return rows


def _ranking(text: Text) -> list[Any]:
    rows = [_row("ranking", one, "ndcg_100", place, text)
            for one, place in zip(RANKING, (2, 1, 3, 4, 5), strict=True)]  # fmt: skip
    for at, row in enumerate(rows):
        row |= {"recall_20": 0.4 + at / 100, "coverage_10": 0.2 + at / 10,
                "ndcg_100_cold_users": 0.3}  # fmt: skip
    return rows


def _split(row: Any, number: int, text: Text) -> dict[str, Any]:
    by = "rmse" if row["protocol"] == "rating" else "ndcg_100"
    return {
        "protocol": row["protocol"],
        "model": row["model"],
        "split": text("split", f"seed {number}"),
        "n_train": 80,
        "n_held_out": 20,
        by: row[by],
        "seconds_fit": row["seconds_fit"],
    }


def _curves(text: Text) -> list[dict[str, Any]]:
    # An epoch that was not judged, and one that left all figures behind.
    values = (1.1, None, 0.95, float("inf"), 0.91)
    return [
        {"protocol": protocol, "model": text("model", model), "epoch": epoch,
         "seconds": epoch / 10, "value": value}
        for protocol, model in (("rating", "svd++"), ("ranking", "ials"), ("ranking", "mult-vae"))
        for epoch, value in enumerate(values, start=1)
    ]  # fmt: skip


def _trials(text: Text) -> list[dict[str, Any]]:
    own = {"protocol": "rating", "model": text("model", "svd++"), "trial": 0, "outcome": "done",
           "settings": json.dumps({text("name of a setting", "factors"): 5}), "value": 0.93,
           "seconds": 0.2, "chosen": False}  # fmt: skip
    other = {text("name of a setting", "factors"): text("setting", "10")}
    failed = {"outcome": "failed", "reason": text("reason", "it broke"), "value": float("nan")}
    return [
        own,
        own | {"trial": 1, "settings": json.dumps(other), "value": 0.91, "chosen": True},
        own | {"trial": 2, "settings": json.dumps(other)} | failed,
    ]
