"""A classifier published with a catalogue, so that nights can place titles by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.parquet as pq

from reelhouse.catalogue.placing import CLASSIFIER
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.deep.measured import TITLE_DENSE
from reelhouse.deep.placers import PlacerKind, fit_placer, sides_in_tenths
from reelhouse.deep.reports import report_of
from reelhouse.matrix import load_rows

#: Most titles that a classifier is trained and judged on.
N_SAMPLE = 20_000


def fit_classifier(work: Workspace, kind: PlacerKind, *, seed: int) -> dict[str, Any]:
    """Train a classifier of the clusters, judge it, and write it into the model.

    Parameters
    ----------
    work : Workspace
        With the blocks of the feature matrix, the model and the staged assignments.
    kind : "linear" or "dense"
    seed : int

    Returns
    -------
    dict
        `classifier` for the manifest; empty where there is but one cluster.
    """
    model = ClusterModel.load(work.model)
    if model.n_clusters < 2:
        return {}
    index = placed_index(work, model)
    if index.size > N_SAMPLE:
        some = np.sort(np.random.default_rng(seed).choice(index.size, N_SAMPLE, replace=False))
    else:
        some = np.arange(index.size)
    rows, labels = load_rows(sorted(work.blocks.iterdir()), some), index[some]
    sides = sides_in_tenths(labels, seed)
    dense = TITLE_DENSE.model_copy(update={"seed": seed})
    fit = fit_placer(kind, rows, labels, sides, model.n_clusters, dense)
    fit.classifier.save(work.model / CLASSIFIER)
    logits = fit.classifier.logits(rows[sides.test])
    report = report_of(logits, labels[sides.test], fit.classifier.temperature)
    return {
        "classifier": {
            "kind": kind,
            "accuracy": round(report.accuracy, 4),
            "macro_f1": round(report.macro_f1, 4),
            "calibration_error": round(report.calibration_error, 4),
            "n_train": int(sides.train.size),
            "n_test": int(sides.test.size),
        }
    }


def placed_index(work: Workspace, model: ClusterModel) -> IntArray:
    """Number of the staged cluster of every title among those of a model: shape (n_titles,)."""
    placed = pq.read_table(work.staged / "assignments.parquet", columns=["cluster_id"])
    order = np.argsort(model.cluster_ids)
    at = np.searchsorted(model.cluster_ids[order], placed["cluster_id"].to_numpy())
    index: IntArray = order[at].astype(np.int32)
    return index
