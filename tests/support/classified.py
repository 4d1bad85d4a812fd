"""A small deep run as it is staged: the small catalogue run, and what networks learned of it."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pyarrow as pa

from reelhouse.report.page import write_catalogue_report
from reelhouse.schema import CLASSIFIER_REPORT, CLASSIFIERS, CONFUSION, NETWORK_CURVES
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.tables import write_table
from tests.support.explorer import CLUSTER_IDS, Text, as_it_is, stage_small_run

#: One grey point.
_PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def stage_small_networks(staged: Path, text: Text = as_it_is) -> RunManifest:
    """Stage the small run with a linear classifier that takes two of twelve titles for others."""
    manifest = stage_small_run(staged, text)
    about = {"classifier": text("classifier", "linear"), "labels_from": "clusters"}
    other = {**about, "labels_from": text("labels", "other fields")}
    tables = {
        "classifiers": (CLASSIFIERS, [_classifier(about, True), _classifier(other, False)]),
        "classifier_report": (CLASSIFIER_REPORT, [*_report(about, CLUSTER_IDS),
                                                  *_report(other, range(3))]),
        "confusion": (CONFUSION, [*_confusion(about), _cell(other, 0, 1, 4)]),
        "curves": (NETWORK_CURVES, _curves(text)),
    }  # fmt: skip
    for name, (schema, rows) in tables.items():
        write_table(pa.Table.from_pylist(rows, schema=schema), staged / f"{name}.parquet", schema)
    figures = staged / "figures"
    figures.mkdir()
    (figures / "embedding.png").write_bytes(_PNG)
    listed = [
        {"stem": stem, "title": text("picture", "Embedding"), "caption": text("picture", "Before")}
        for stem in ("embedding", "missing")
    ]
    (figures / "index.json").write_text(json.dumps(listed), encoding="utf-8")
    return manifest.model_copy(update={"collection": "deep", "flow": "deep"})


def write_small_networks(staged: Path, text: Text = as_it_is) -> Path:
    """Stage the small deep run and write its page; returns the path of its index.html."""
    manifest = stage_small_networks(staged, text)
    return write_catalogue_report(staged, manifest, [], version=1, clustering={})


def _classifier(about: dict[str, str], places: bool) -> dict[str, Any]:
    return about | {
        "accuracy": 10 / 12, "macro_f1": 0.8, "log_loss": 0.4, "calibration_error": 0.02,
        "seconds": 1.5, "n_train": 20, "n_validation": 4, "n_test": 12, "places": places,
    }  # fmt: skip


def _report(about: dict[str, str], ids: Any) -> list[dict[str, Any]]:
    return [
        about | {"cluster_id": one, "precision": 1.0, "recall": 0.5, "f1": 2 / 3, "support": 4}
        for one in ids
    ]


def _cell(about: dict[str, str], true: int, said: int, titles: int) -> dict[str, Any]:
    return about | {"true_cluster_id": true, "predicted_cluster_id": said, "titles": titles}


def _confusion(about: dict[str, str]) -> list[dict[str, Any]]:
    return [_cell(about, 0, 0, 3), _cell(about, 0, 4, 1), _cell(about, 1, 1, 4),
            _cell(about, 4, 4, 3), _cell(about, 4, 0, 1)]  # fmt: skip


def _curves(text: Text) -> list[dict[str, Any]]:
    return [
        {"network": text("network", "dense"), "stage": text("stage", "clusters"), "epoch": epoch,
         "what": what, "value": 1 / epoch}
        for what in ("loss", "validation_loss", "accuracy")
        for epoch in (1, 2, 3)
    ]  # fmt: skip
