"""The next titles of each title: the likest of its cluster, and of the clusters next to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.catalogue.comparing import Comparison, Rows
from reelhouse.catalogue.kernels_likeness import DIGITS, add_products, likest
from reelhouse.clustering.geometry import FloatArray
from reelhouse.recommend.codes import NEIGHBOUR_CLUSTER, SAME_CLUSTER

#: Listed titles of the same cluster, and of neighbour clusters.
N_SAME, N_NEAR = 10, 5
#: A title of a neighbour cluster is listed when it is at least half as like as the likest of the
#: same cluster: the neighbours of a cluster that stands apart have nothing to say to it.
LEAST_SHARE = 0.5

#: A list by number: positions of title ids in their alphabetical order.
NUMBERED = pa.schema(
    [
        pa.field("title", pa.int32(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("next_title", pa.int32(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

#: Features of more than this share of candidates are multiplied as dense ones: latent dimensions
#: are in every row, and sums over lists of all rows would take most of the time.
_COMMON = 0.2
#: Numbers of the title and of the next one, and the score in millionths.
_Best = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


def next_titles(
    pieces: Sequence[Comparison], rows: Rows, vectors: sparse.csr_matrix, number: NDArray[np.int32]
) -> pa.Table:
    """Lists of the titles that some comparisons ask for.

    What shares nothing with a title is not listed. Ties are in the order of the title ids.

    Parameters
    ----------
    pieces : sequence of Comparison
    rows : ndarray of shape (n,), int64, ascending
        Rows that the comparisons speak of.
    vectors : csr_matrix of shape (n, n_features), unit rows
        Their vectors.
    number : ndarray of shape (n_titles,), int32
        Position of each title's id among all ids.

    Returns
    -------
    Table with the schema `NUMBERED`
        By title and rank.
    """
    found: list[_Best] = []
    reasons = []
    for piece in pieces:
        same = _listed(piece.asked, piece.same, N_SAME, rows, vectors, number)
        near = _listed(piece.asked, piece.near, N_NEAR, rows, vectors, number)
        best = np.zeros(number.size, dtype=np.float32)
        np.maximum.at(best, same[0], same[2])
        enough = near[2] >= LEAST_SHARE * best[near[0]]
        found += [same, (near[0][enough], near[1][enough], near[2][enough])]
        reasons += [
            np.full(one[0].size, reason)
            for one, reason in zip(found[-2:], (SAME_CLUSTER, NEIGHBOUR_CLUSTER), strict=True)
        ]
    return _table(found, reasons)


def ranks(titles: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Ranks from 1 within runs of the same title.

    >>> ranks(np.array([7, 7, 9, 9, 9])).tolist()
    [1, 2, 1, 2, 3]
    """
    starts = np.flatnonzero(np.diff(titles, prepend=-1))
    before = np.repeat(starts, np.diff(starts, append=titles.size))
    return (np.arange(titles.size) - before + 1).astype(np.int32)


def _listed(
    asked: Rows,
    candidates: Rows,
    n: int,
    rows: Rows,
    vectors: sparse.csr_matrix,
    number: NDArray[np.int32],
) -> _Best:
    """The best candidates of each asked title: numbers of both, and their scores."""
    # In the order of the ids: a tie goes to the earlier column.
    others = np.sort(number[candidates])
    candidates = candidates[np.argsort(number[candidates], kind="stable")]
    left, right = (vectors[np.searchsorted(rows, some)] for some in (asked, candidates))
    columns = np.full((asked.size, n), -1, dtype=np.int32)
    scores = np.zeros((asked.size, n), dtype=np.float32)
    likest(_likeness(left, right), number[asked], others, columns, scores)
    at, place = np.nonzero(columns >= 0)
    return number[asked[at]], others[columns[at, place]], scores[at, place]


def _likeness(left: sparse.csr_matrix, right: sparse.csr_matrix) -> FloatArray:
    """Products of all rows with all others, of shape (n, m)."""
    by_feature = right.tocsc()
    common = np.diff(by_feature.indptr) > _COMMON * right.shape[0]
    dense, other = (rows[:, common].toarray() for rows in (left, right))
    likeness = np.ascontiguousarray(dense @ other.T, dtype=np.float32)
    add_products(
        left.indptr, left.indices, left.data, common,
        by_feature.indptr, by_feature.indices, by_feature.data,
        likeness,
    )  # fmt: skip
    return likeness


def _table(found: Sequence[_Best], reasons: Sequence[NDArray[np.str_]]) -> pa.Table:
    if not found:
        return NUMBERED.empty_table()
    titles, others, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((others, -scores, titles))
    titles = titles[order]
    columns = {
        "title": titles,
        "rank": ranks(titles),
        "next_title": others[order],
        "score": (scores[order] / DIGITS).astype(np.float32),
        "reason": pa.array(np.concatenate(reasons)[order], pa.string()),
    }
    return pa.table(columns, schema=NUMBERED)
