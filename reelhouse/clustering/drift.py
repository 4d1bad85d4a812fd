"""How far a night's titles lie from what the clusters were made from."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveInt

from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.settings import Settings

#: Quantiles of the fit's distances that are kept with the model as the reference.
REFERENCE_QUANTILES = np.linspace(0.0, 1.0, 101)

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class DriftLimits(Settings):
    """Beyond any of these a refit is due."""

    outlier_share: Share = 0.15
    """Share of the night's titles that fit no cluster."""

    out_of_vocabulary_share: Share = 0.35
    """Share of the night's description words that the frozen vocabulary does not know."""

    distance_shift: Share = 0.35
    """Kolmogorov-Smirnov statistic of the night's distances against those of the fit."""

    cluster_growth: NonNegativeFloat = 1.0
    """Growth of one cluster since the fit, as a share of its size then (at least min_titles)."""

    min_titles: PositiveInt = 30
    """Fewer new titles than this say nothing: drift is reported, never exceeded."""


def distance_reference(distance: FloatArray) -> FloatArray:
    """Quantiles of the distances of a fit, shape (101,), float32."""
    if not distance.size:
        return np.zeros(REFERENCE_QUANTILES.size, dtype=np.float32)
    quantiles: FloatArray = np.quantile(distance, REFERENCE_QUANTILES).astype(np.float32)
    return quantiles


def distance_shift(reference: FloatArray, distance: FloatArray) -> float:
    """Largest gap between the distribution functions of reference and night (0 to 1)."""
    if not distance.size:
        return 0.0
    night = np.sort(distance)
    share_at_most = np.searchsorted(night, reference, side="right") / night.size
    share_below = np.searchsorted(night, reference, side="left") / night.size
    # The reference holds quantiles: at its i-th value the fit's distribution function is q_i. Ties
    # of equal distances make a range of it, so the gap to the range is taken.
    gap = np.maximum(share_below - REFERENCE_QUANTILES, REFERENCE_QUANTILES - share_at_most)
    return float(max(gap.max(), 0.0))


def measure_drift(
    *,
    distance: FloatArray,
    outlier: IntArray,
    known_words: int,
    unknown_words: int,
    reference: FloatArray,
    sizes_at_fit: dict[int, int],
    sizes_now: dict[int, int],
    limits: DriftLimits,
) -> dict[str, Any]:
    """Drift of a night as plain values for the manifest.

    Parameters
    ----------
    distance : ndarray of shape (n_known,)
        Of the newly placed titles with known terms: the others are equally far from everything.
    outlier : ndarray of shape (n_new,)
        0 or 1, of all newly placed titles.
    known_words, unknown_words : int
        Description words of the new titles inside and outside the frozen vocabulary.
    reference : ndarray of shape (101,)
        From `distance_reference` of the fit.
    sizes_at_fit, sizes_now : dict from cluster id to number of titles
    """
    words = known_words + unknown_words
    growth = {
        cluster: (sizes_now.get(cluster, 0) - size) / max(size, limits.min_titles)
        for cluster, size in sizes_at_fit.items()
    }
    fastest = max(growth, key=lambda cluster: growth[cluster]) if growth else None
    figures = {
        "outlier_share": float(outlier.mean()) if outlier.size else 0.0,
        "out_of_vocabulary_share": unknown_words / words if words else 0.0,
        "distance_shift": distance_shift(reference, distance),
        "cluster_growth": growth[fastest] if fastest is not None else 0.0,
    }
    enough = outlier.size >= limits.min_titles
    exceeded = [name for name, value in figures.items() if enough and value > getattr(limits, name)]
    return {
        "n_new": int(outlier.size),
        **{name: round(value, 4) for name, value in figures.items()},
        "fastest_growing_cluster": fastest,
        "limits": limits.model_dump(),
        "exceeded": exceeded,
    }
