"""Settings of the catalogue and nightly flows."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from reelhouse.clustering.drift import DriftLimits
from reelhouse.features.settings import DEFAULT_KIND, FeatureKind, FeatureOptions
from reelhouse.settings import ClusterSettings, PartitionSettings, PrivateUri, Settings


class CatalogueSettings(Settings):
    """What a refit reads, how it clusters, where it publishes."""

    titles: PrivateUri
    """Path or URI of the snapshot: CSV, plain, gzip or zip."""

    store: PrivateUri
    """Folder or s3://bucket/prefix that versions are published to."""

    features: FeatureKind = DEFAULT_KIND
    """Kind of feature."""

    feature_options: FeatureOptions = Field(default_factory=FeatureOptions)
    """Settings of each kind of feature."""

    clusters: ClusterSettings = Field(default_factory=ClusterSettings)
    """Number of clusters, passes and seed."""

    classifier: Literal["none", "linear", "dense"] = "none"
    """Network that learns to tell a title's cluster, published with the fit: a night can place
    titles by it. dense needs torch."""

    partitions: PartitionSettings = Field(default_factory=PartitionSettings)
    """Size of a partition, and who computes."""


class NightlySettings(Settings):
    """What a night reads and where it publishes; everything else is frozen in the model."""

    titles: PrivateUri
    """Path or URI of tonight's snapshot: CSV, plain, gzip or zip."""

    store: PrivateUri
    """Folder or s3://bucket/prefix with at least one version of the collection."""

    collection: Literal["catalogue", "deep"] = "catalogue"
    """Line of versions: what the catalogue flow fitted, or the deep flow."""

    place_by: Literal["centroid", "classifier"] = "centroid"
    """Who decides where a new title belongs; the classifier is the one that was published with
    the fit."""

    drift: DriftLimits = Field(default_factory=DriftLimits)
    """Beyond these limits a refit is due."""

    partitions: PartitionSettings = Field(default_factory=PartitionSettings)
    """Size of a partition, and who computes."""


def outcome_settings(settings: CatalogueSettings | NightlySettings) -> dict[str, Any]:
    """The settings that decide what is published: not where from, where to or who computes.

    The size of a partition counts: it decides which titles share a mini-batch. Settings of kinds of
    feature that are not used do not.
    """
    elsewhere: dict[str, Any] = {
        "titles": True,
        "store": True,
        "partitions": {"dask", "n_workers"},
    }
    if isinstance(settings, CatalogueSettings):
        used = settings.feature_options.used_by(settings.features)
        elsewhere["feature_options"] = set(FeatureOptions.model_fields) - used
    return settings.model_dump(mode="json", exclude=elsewhere)
