"""What the estimator accepts: parameters, matrices and weights, checked as scikit-learn does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, validate_data

from reelhouse.clustering.centroids import DoubleArray
from reelhouse.clustering.geometry import IntArray
from reelhouse.errors import ClusteringError

if TYPE_CHECKING:
    from reelhouse.clustering.minibatch import MiniBatchKMeans

#: Read where they are; the first is what other types become.
_DTYPES = [np.float32, np.float64, np.int8, np.int16, np.bool_]
#: Least value of the parameters that are whole numbers.
_LEAST = {"n_clusters": 1, "n_init": 1, "sample_size": 1, "max_iter": 0, "lloyd_passes": 0}


def check_parameters(model: MiniBatchKMeans) -> None:
    """Refuse parameters out of range.

    Raises
    ------
    ClusteringError
        With the parameter, its value, and what it must be.
    """
    for name, least in _LEAST.items():
        _require(model, name, getattr(model, name) >= least, f"at least {least}")
    for name in ("batch_size", "n_threads"):
        value = getattr(model, name)
        _require(model, name, value is None or value >= 1, "at least 1, or None")
    _require(model, "half_life", model.half_life is None or model.half_life > 0, "above 0, or None")
    for name in ("reassignment_ratio", "tol"):
        _require(model, name, getattr(model, name) >= 0, "at least 0")
    geometries = ("euclidean", "cosine")
    _require(model, "geometry", model.geometry in geometries, " or ".join(geometries))
    if isinstance(model.init, str):
        methods = ("k-means++", "k-means||", "spectral")
        _require(model, "init", model.init in methods, " or ".join([*methods, "an array"]))
    # Restarts need a sample that holds at least one row per centroid.
    enough = not isinstance(model.init, str) or model.sample_size >= model.n_clusters
    _require(model, "sample_size", enough, f"at least n_clusters={model.n_clusters}")


def checked_matrix(model: MiniBatchKMeans, X: Any, *, reset: bool, min_rows: int) -> Any:
    """The matrix as CSR or ndarray, finite, with the features of the fit.

    Raises
    ------
    ClusteringError
        When it is not; in scikit-learn's words.
    """
    try:
        return validate_data(
            model, X, accept_sparse="csr", dtype=_DTYPES, reset=reset, ensure_min_samples=min_rows
        )
    except ValueError as error:
        raise ClusteringError(str(error)) from error


def checked_weights(sample_weight: Any, X: Any) -> DoubleArray:
    """One weight per row, 1 where none are given.

    Raises
    ------
    ClusteringError
        When they are as many as the rows, finite and not negative.
    """
    if sample_weight is None:
        return np.ones(X.shape[0])
    try:
        weights: DoubleArray = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    except ValueError as error:
        raise ClusteringError(str(error)) from error
    return weights


def integer_seed(random_state: Any) -> int:
    """A seed that can be combined with others and stored."""
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def warn_of_equal_centroids(labels: IntArray, n_clusters: int, n_rows: int) -> None:
    """Warn, as scikit-learn does, when centroids are without rows after the fit."""
    different = int(np.unique(labels).size)
    if different < n_clusters:
        warnings.warn(
            f"Number of distinct clusters ({different}) found smaller than n_clusters "
            f"({n_clusters}) for {n_rows} rows. Possibly due to duplicate points in X.",
            ConvergenceWarning,
            stacklevel=3,
        )


def _require(model: MiniBatchKMeans, name: str, good: bool, required: str) -> None:
    if not good:
        raise ClusteringError(f"{name}={getattr(model, name)!r}, expected {required}")
