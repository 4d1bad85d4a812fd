"""Clustering of sparse unit rows: estimator, seeding, choice of k, stable ids, names, drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelhouse.clustering.minibatch import MiniBatchKMeans

__all__ = ["MiniBatchKMeans"]


def __getattr__(name: str) -> Any:
    # The estimator imports scikit-learn (a second and more): who only reads a model does not pay.
    if name == "MiniBatchKMeans":
        from reelhouse.clustering.minibatch import MiniBatchKMeans

        return MiniBatchKMeans
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
