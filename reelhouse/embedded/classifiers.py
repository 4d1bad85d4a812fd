"""Classifiers of the clusters of a run: trained, judged, and the one that places titles at night.

Clusters and classifiers read the same texts, so that a high accuracy says little. The same
classifiers therefore also learn clusters of the other fields, which a text can only hint at.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from reelhouse.catalogue.classifier import placed_index
from reelhouse.catalogue.placing import CLASSIFIER
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.deep.calibration import negative_log_likelihood
from reelhouse.deep.classifier import ClassifierFit
from reelhouse.deep.inputs import fit_input, only_fields
from reelhouse.deep.placers import PLACERS, PlacerKind, fit_placer, sides_in_tenths
from reelhouse.deep.reports import Report, report_of
from reelhouse.deep.splits import Sides
from reelhouse.embedded.curves import add_curves, curve_rows
from reelhouse.embedded.fit import Tell
from reelhouse.embedded.inputs import input_rows
from reelhouse.embedded.readers import TitleWords, fit_reader
from reelhouse.embedded.settings import ClassifierName, DeepSettings
from reelhouse.errors import ClusteringError, FeatureError
from reelhouse.features.parts import read_part
from reelhouse.schema import CLASSIFIER_REPORT, CLASSIFIERS, CONFUSION
from reelhouse.storage.tables import write_table

logger = logging.getLogger(__name__)

#: Names of `labels_from`.
OWN, OTHER = "clusters", "other fields"
_RESTARTS = 4
_SCHEMAS = {
    "classifiers": CLASSIFIERS,
    "classifier_report": CLASSIFIER_REPORT,
    "confusion": CONFUSION,
}


@dataclass(frozen=True)
class Labels:
    """Clusters that are to be told.

    Attributes
    ----------
    labels_from : str
    index : ndarray of shape (n_titles,)
        0 to n_classes - 1.
    cluster_ids : ndarray of shape (n_classes,)
    sides : Sides
    """

    labels_from: str
    index: IntArray
    cluster_ids: IntArray
    sides: Sides


@dataclass(frozen=True)
class Judged:
    """A classifier on titles that it never saw."""

    name: ClassifierName
    labels: Labels
    fit: ClassifierFit[Any]
    report: Report
    validation_loss: float


@dataclass(frozen=True)
class _Given:
    """What classifiers read."""

    settings: DeepSettings
    rows: sparse.csr_matrix
    words: TitleWords


def train_classifiers(work: Workspace, settings: DeepSettings, tell: Tell) -> dict[str, Any]:
    """Train the classifiers of a run; write their tables, and the one that is to place titles.

    Parameters
    ----------
    work : Workspace with the staged clusters
    settings : DeepSettings
    tell : callable

    Returns
    -------
    dict
        `classifiers` for the manifest: rows of classifiers.parquet; empty where none was trained.
    """
    model = ClusterModel.load(work.model)
    if not settings.classifiers or model.n_clusters < 2:
        return {}
    given = _Given(settings, input_rows(work, settings), TitleWords(work, settings))
    wanted = [(name, labels) for labels in _labels(work, model, settings)
              for name in settings.classifiers]  # fmt: skip
    judged = []
    for name, labels in wanted:
        judged.append(_judged(name, labels, given))
        tell(len(judged), len(wanted))
    chosen = _chosen(judged)
    if chosen is not None:
        chosen.fit.classifier.save(work.model / CLASSIFIER)
    tables = _tables(judged, chosen)
    for table, rows in tables.items():
        schema = _SCHEMAS[table]
        path = work.staged / f"{table}.parquet"
        write_table(pa.Table.from_pylist(rows, schema=schema), path, schema)
    for one in judged:
        add_curves(work, curve_rows(one.name, one.fit.curve, one.labels.labels_from))
    return {"classifiers": tables["classifiers"]}


def _labels(work: Workspace, model: ClusterModel, settings: DeepSettings) -> Iterator[Labels]:
    """The clusters of the run, and those of the fields that its networks do not read."""
    yield _stratified(OWN, placed_index(work, model), model.cluster_ids, settings.seed)
    if not settings.other_fields:
        return
    try:
        other = clusters_of_other_fields(work, settings, model.n_clusters)
    except (FeatureError, ClusteringError) as error:
        logger.info("no clusters of the fields that are not read: %s", error)
        return
    yield _stratified(OTHER, other, np.arange(model.n_clusters, dtype=np.int32), settings.seed)


def clusters_of_other_fields(work: Workspace, settings: DeepSettings, n_clusters: int) -> IntArray:
    """Spherical k-means of the TF-IDF of the fields that the networks do not read.

    Raises
    ------
    FeatureError, ClusteringError
        When these fields are empty, or too few titles differ in them.
    """
    options = only_fields(settings.feature_options, settings.other_fields, kind="tfidf")
    parts = Workspace.parts(work.titles)
    model = fit_input(
        "tfidf", parts, options=options, sequences=settings.sequences,
        scratch=work.root / "other fields", seed=settings.seed,
    )  # fmt: skip
    rows = sparse.vstack([model.transform(read_part(part)) for part in parts], format="csr")
    kmeans = MiniBatchKMeans(
        n_clusters, geometry="cosine", n_init=_RESTARTS, random_state=settings.seed
    )
    found: IntArray = kmeans.fit(rows).labels_
    return found


def _stratified(name: str, index: IntArray, cluster_ids: IntArray, seed: int) -> Labels:
    return Labels(name, index, cluster_ids, sides_in_tenths(index, seed))


def _judged(name: ClassifierName, labels: Labels, given: _Given) -> Judged:
    fit, logits = _fitted(name, labels, given)
    sides, index = labels.sides, labels.index
    temperature = fit.classifier.temperature
    report = report_of(logits[sides.test], index[sides.test], temperature)
    logger.info(
        "%s on %s: accuracy %.3f, macro F1 %.3f, %.1f s",
        name, labels.labels_from, report.accuracy, report.macro_f1, fit.seconds,
    )  # fmt: skip
    loss = negative_log_likelihood(logits[sides.validation], index[sides.validation], temperature)
    return Judged(name, labels, fit, report, loss)


def _fitted(
    name: ClassifierName, labels: Labels, given: _Given
) -> tuple[ClassifierFit[Any], FloatArray]:
    """A classifier, and what it says of all titles."""
    settings, n_classes = given.settings, labels.cluster_ids.size
    if name in ("linear", "dense"):
        dense = settings.dense.model_copy(update=settings.of_the_run())
        kind: PlacerKind = "linear" if name == "linear" else "dense"
        fit = fit_placer(kind, given.rows, labels.index, labels.sides, n_classes, dense)
        return fit, fit.classifier.logits(given.rows)
    return fit_reader(name, given.words, labels.index, labels.sides, n_classes, settings)


def _chosen(judged: Sequence[Judged]) -> Judged | None:
    """Of those that answer without torch, the one that is surest of the right on validation."""
    able = [one for one in judged if one.labels.labels_from == OWN and one.name in PLACERS]
    return min(able, key=lambda one: one.validation_loss, default=None)


def _tables(judged: Sequence[Judged], chosen: Judged | None) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in _SCHEMAS}
    for one in judged:
        about = {"classifier": one.name, "labels_from": one.labels.labels_from}
        tables["classifiers"].append({**about, **_worth(one), "places": one is chosen})
        ids = one.labels.cluster_ids.tolist()
        for cluster_id, figures in zip(ids, one.report.classes, strict=True):
            tables["classifier_report"].append({**about, "cluster_id": cluster_id, **vars(figures)})
        for true, said in zip(*np.nonzero(one.report.confusion), strict=True):
            tables["confusion"].append(
                {
                    **about,
                    "true_cluster_id": ids[true],
                    "predicted_cluster_id": ids[said],
                    "titles": int(one.report.confusion[true, said]),
                }
            )
    return tables


def _worth(one: Judged) -> dict[str, Any]:
    sides, report = one.labels.sides, one.report
    return {
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "log_loss": report.log_loss,
        "calibration_error": report.calibration_error,
        "seconds": round(one.fit.seconds, 3),
        "n_train": int(sides.train.size),
        "n_validation": int(sides.validation.size),
        "n_test": int(sides.test.size),
    }
