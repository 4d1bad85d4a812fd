"""Where a falling curve bends: the knee of the inertia.

References
----------
Satopaa, V. et al. (2011). Finding a "kneedle" in a haystack. ICDCSW '11.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelhouse.clustering.centroids import DoubleArray


def knee_depths(numbers: Sequence[int], inertias: Sequence[float]) -> DoubleArray:
    """How far the curve, scaled to the unit square, lies below its chord ("kneedle").

    Returns
    -------
    ndarray of shape (n_numbers,), float64
        0 at both ends, and everywhere on a curve of fewer than three points or without a fall.
    """
    y = np.asarray(inertias, dtype=np.float64)
    if len(numbers) < 3 or y[0] <= y[-1]:
        return np.zeros(len(numbers))
    x = np.asarray(numbers, dtype=np.float64)
    x = (x - x[0]) / (x[-1] - x[0])
    depths: DoubleArray = (1.0 - x) - (y - y[-1]) / (y[0] - y[-1])
    return depths


def elbow(numbers: Sequence[int], inertias: Sequence[float]) -> int:
    """Number of clusters at which the inertia bends most; the first of a straight or flat curve."""
    return int(numbers[int(np.argmax(knee_depths(numbers, inertias)))])
