"""Where titles belong by a published model: its space, and who decides there.

In the space of the features the nearest centroid decides; in that of an encoder the centroid to
which most of the title's code belongs. A classifier that was published with the model can decide
in the place of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from scipy import sparse

from reelhouse.clustering.assign import Placement, place
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.model import ClusterModel
from reelhouse.deep.classifier import DenseClassifier
from reelhouse.deep.clusters import DeepClusters, placement_by
from reelhouse.deep.inputs import InputModel, load_input
from reelhouse.errors import ReelhouseError
from reelhouse.features.base import FeatureModel
from reelhouse.features.kinds import load_model

#: Who decides where a title belongs.
PlaceBy: TypeAlias = Literal["centroid", "classifier"]
#: Folders of a published model: the encoder with its centroids, its input where that is no kind of
#: feature, and the classifier.
ENCODER, INPUT, CLASSIFIER = "deep", "deep/input", "classifier"


@dataclass(frozen=True)
class Placing:
    """Where titles were placed.

    Attributes
    ----------
    placement : Placement
    probability : ndarray of shape (n,), float32, or None
        Of the cluster by the classifier; None where none was asked.
    """

    placement: Placement
    probability: FloatArray | None = None


class Space(Protocol):
    """Titles as rows, and how far each is from every cluster."""

    def rows(self, titles: pa.Table) -> sparse.csr_matrix:
        """Rows of shape (n_titles, n_columns), float32: what classifiers read too."""

    def place(self, rows: sparse.csr_matrix) -> Placement:
        """Nearest and second-nearest cluster of each row."""

    def distances(self, rows: sparse.csr_matrix) -> FloatArray:
        """Distance of each row to every cluster: shape (n_rows, n_clusters), float32."""


@dataclass(frozen=True)
class FeatureSpace:
    """The features themselves, with cosine distance."""

    features: FeatureModel
    centroids: FloatArray

    def rows(self, titles: pa.Table) -> sparse.csr_matrix:
        """Feature vectors."""
        return self.features.transform(titles)

    def place(self, rows: sparse.csr_matrix) -> Placement:
        """Place by cosine distance."""
        return place(rows, self.centroids)

    def distances(self, rows: sparse.csr_matrix) -> FloatArray:
        """Cosine distances."""
        found: FloatArray = np.clip(1.0 - rows @ self.centroids.T, 0.0, 2.0).astype(np.float32)
        return found


@dataclass(frozen=True)
class EncodedSpace:
    """The codes of an encoder, with the share of a title that does not belong to a cluster."""

    inputs: InputModel
    clusters: DeepClusters

    def rows(self, titles: pa.Table) -> sparse.csr_matrix:
        """What the encoder reads."""
        return self.inputs.transform(titles)

    def place(self, rows: sparse.csr_matrix) -> Placement:
        """Place where most of the title belongs."""
        return self.clusters.place(rows)

    def distances(self, rows: sparse.csr_matrix) -> FloatArray:
        """What of each title does not belong to each cluster."""
        found: FloatArray = 1.0 - self.clusters.soft(rows)
        return found


@dataclass(frozen=True)
class Placer:
    """A published model, asked for the clusters of titles; needs no torch.

    Attributes
    ----------
    folder : Path
        The `model` folder of a version.
    by : "centroid" or "classifier"
    """

    folder: Path
    by: PlaceBy = "centroid"

    @cached_property
    def features(self) -> FeatureModel:
        """What vectors.parquet holds."""
        return load_model(self.folder)

    @cached_property
    def model(self) -> ClusterModel:
        """Ids, limits and directions of the clusters."""
        return ClusterModel.load(self.folder)

    @cached_property
    def space(self) -> Space:
        """Where the clusters were found."""
        if not (self.folder / ENCODER).is_dir():
            return FeatureSpace(self.features, self.model.centroids)
        own = self.folder / INPUT
        inputs = load_input(own) if own.is_dir() else self.features
        return EncodedSpace(inputs, DeepClusters.load(self.folder / ENCODER))

    def place(self, titles: pa.Table) -> Placing:
        """Place titles.

        Raises
        ------
        ReelhouseError
            When a classifier is asked for and the version holds none.
        """
        classifier = self._classifier() if self.by == "classifier" else None
        rows = self.space.rows(titles)
        if classifier is None:
            return Placing(self.space.place(rows))
        chances = classifier.probabilities(rows)
        placement = placement_by(chances, self.space.distances(rows), np.diff(rows.indptr) == 0)
        return Placing(placement, chances.max(axis=1).astype(np.float32))

    def _classifier(self) -> DenseClassifier:
        require_classifier((self.folder / CLASSIFIER).is_dir())
        return DenseClassifier.load(self.folder / CLASSIFIER)


def require_classifier(held: bool) -> None:
    """Raise one line when a version holds no classifier, and titles are to be placed by one."""
    if not held:
        raise ReelhouseError(
            "the version holds no classifier to place titles by: refit with --classifier linear, "
            "or place by the centroids"
        )
