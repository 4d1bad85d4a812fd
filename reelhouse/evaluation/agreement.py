"""Agreement of two partitions of the same titles.

References
----------
Strehl, A. and Ghosh, J. (2002). Cluster ensembles. JMLR 3 (normalized mutual information).
Hubert, L. and Arabie, P. (1985). Comparing partitions. J. Classification 2 (adjusted Rand index).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True)
class Agreement:
    """How far two partitions say the same.

    Attributes
    ----------
    nmi : float
        Normalized mutual information, 0 to 1, by the arithmetic mean of the two entropies.
    ari : float
        Adjusted Rand index: 1 for equal partitions, about 0 for independent ones.
    n_titles : int
        Titles that both partitions know.
    """

    nmi: float
    ari: float
    n_titles: int


def agreement(labels: NDArray[np.integer], known: Sequence[str | int | None]) -> Agreement:
    """Compare clusters with what is known of the titles.

    Parameters
    ----------
    labels : ndarray of shape (n_titles,)
    known : sequence of n_titles values, None where nothing is known
        Such titles take no part; without any that do, both figures are 0.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    codes: dict[str | int | None, int] = {None: -1}
    truth = np.array([codes.setdefault(value, len(codes)) for value in known], dtype=np.int64)
    both = truth >= 0
    if not both.any():
        return Agreement(0.0, 0.0, 0)
    pair = truth[both], np.asarray(labels)[both]
    return Agreement(
        float(normalized_mutual_info_score(*pair)),
        float(adjusted_rand_score(*pair)),
        int(both.sum()),
    )


def first_genres(titles: pa.Table) -> list[str | None]:
    """The first `listed_in` label of each title; None where it has none."""
    column = titles["listed_in"]
    held = pc.greater(pc.fill_null(pc.list_value_length(column), 0), 0)
    # An empty list has no first element: it is masked before the look.
    firsts = pc.list_element(pc.if_else(held, column, pa.scalar([""], column.type)), 0)
    found: list[str | None] = pc.if_else(held, firsts, pa.scalar(None, pa.string())).to_pylist()
    return found
