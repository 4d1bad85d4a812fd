"""Clustering of sparse unit rows: estimator, seeding, choice of k, stable ids, names, drift."""

from reelhouse.clustering.minibatch import MiniBatchKMeans

__all__ = ["MiniBatchKMeans"]
