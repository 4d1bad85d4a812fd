"""Ranking metrics: by hand, and against trec_eval and scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import pytrec_eval
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import average_precision_score, ndcg_score

from reelhouse.errors import EvaluationError
from reelhouse.evaluation import ranking
from reelhouse.evaluation.ranking import (
    Hits,
    average_precision,
    capped_recall,
    find_hits,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)


def held_out(*rows: list[int], n_titles: int = 10) -> sparse.csr_matrix:
    matrix = sparse.lil_matrix((len(rows), n_titles), dtype=np.float32)
    for user, titles in enumerate(rows):
        matrix[user, titles] = 1
    return sparse.csr_matrix(matrix)


@pytest.fixture
def hits() -> Hits:
    """Hits at places 2 and 4 of the first user, none of the second, at all of the third."""
    titles = np.array([[5, 1, 6, 2], [7, 8, 9, -1], [3, 4, 0, 1]])
    return find_hits(titles, held_out([1, 2, 3], [0], [0, 1, 2, 3, 4, 5, 6, 7]))


def test_hits_stand_where_a_held_out_title_is(hits: Hits) -> None:
    assert hits.at.astype(int).tolist() == [[0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]]
    assert hits.n_held_out.tolist() == [3, 1, 8]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (precision, [1 / 2, 0, 1]),
        (recall, [2 / 3, 0, 4 / 8]),
        (capped_recall, [2 / 3, 0, 1]),
        (average_precision, [(1 / 2 + 2 / 4) / 3, 0, 1]),
        (reciprocal_rank, [1 / 2, 0, 1]),
        (hit_rate, [1, 0, 1]),
        (
            ndcg,
            [
                (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)),
                0,
                1,
            ],
        ),
    ],
)
def test_four_places_by_hand(
    hits: Hits, metric: Callable[[Hits, int], NDArray[np.float64]], expected: list[float]
) -> None:
    assert metric(hits, 4).tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (precision, 1 / 2),
        (recall, 1 / 3),
        (capped_recall, 1 / 2),
        (average_precision, 1 / 2 / 2),
        (reciprocal_rank, 1 / 2),
        (hit_rate, 1),
        (ndcg, 1 / math.log2(3) / (1 + 1 / math.log2(3))),
    ],
)
def test_only_places_up_to_the_cut_off_count(
    hits: Hits, metric: Callable[[Hits, int], NDArray[np.float64]], expected: float
) -> None:
    assert metric(hits, 2)[0] == pytest.approx(expected)
    assert metric(hits, 1)[0] == 0


def test_users_with_nothing_held_out_take_no_part() -> None:
    titles = np.array([[0, 1], [0, 1], [0, 1]])
    found = find_hits(titles, held_out([], [1], []))
    assert found.user_index.tolist() == [1]
    assert recall(found, 2).tolist() == [1]
    with pytest.raises(EvaluationError, match="none of 2 users has a title held out"):
        find_hits(titles[:2], held_out([], []))


def test_a_place_without_title_is_a_miss() -> None:
    found = find_hits(np.array([[-1, -1], [9, -1]]), held_out([0], [9]))
    assert found.at.tolist() == [[False, False], [True, False]]
    assert precision(found, 2).tolist() == [0, 0.5]


def random_lists(
    n_users: int = 60, n_titles: int = 50, n: int = 20
) -> tuple[NDArray[np.int32], sparse.csr_matrix]:
    rng = np.random.default_rng(5)
    titles = np.stack([rng.permutation(n_titles)[:n] for _ in range(n_users)]).astype(np.int32)
    lengths = rng.integers(0, n + 1, n_users)
    titles[np.arange(n) >= lengths[:, np.newaxis]] = -1
    rows = [rng.permutation(n_titles)[: rng.integers(1, 30)].tolist() for _ in range(n_users)]
    return titles, held_out(*rows, n_titles=n_titles)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_trec_eval_finds_the_same(k: int) -> None:
    titles, relevant = random_lists()
    hits = find_hits(titles, relevant)
    judged = {
        str(user): {str(title): 1 for title in relevant[user].indices}
        for user in range(relevant.shape[0])
    }
    run = {
        str(user): {str(title): -float(place) for place, title in enumerate(row[:k]) if title >= 0}
        for user, row in enumerate(titles)
    }
    measures = {"P", "recall", "ndcg_cut", "map", "recip_rank", "success"}
    measured = pytrec_eval.RelevanceEvaluator(
        judged, {f"{name}.{k}" if name not in {"map", "recip_rank"} else name for name in measures}
    ).evaluate(run)
    theirs = {
        name: np.array([measured[str(user)][name] for user in range(len(titles))])
        for name in next(iter(measured.values()))
    }
    all_of_them = hits.n_held_out / np.minimum(k, hits.n_held_out)
    pairs = [
        (precision, theirs[f"P_{k}"]),
        (recall, theirs[f"recall_{k}"]),
        (capped_recall, theirs[f"recall_{k}"] * all_of_them),
        (ndcg, theirs[f"ndcg_cut_{k}"]),
        (average_precision, theirs["map"] * all_of_them),
        (reciprocal_rank, theirs["recip_rank"]),
        (hit_rate, theirs[f"success_{k}"]),
    ]
    for metric, expected in pairs:
        np.testing.assert_allclose(metric(hits, k), expected, atol=1e-9, err_msg=metric.__name__)


def test_scikit_learn_finds_the_same() -> None:
    rng = np.random.default_rng(6)
    scores = rng.random((40, 30))
    relevant = (rng.random((40, 30)) < 0.2).astype(np.float32)
    relevant[:, 0] = 1
    titles = np.argsort(-scores, axis=1)
    hits = find_hits(titles, sparse.csr_matrix(relevant))
    for k in (3, 10, 30):
        assert ndcg(hits, k).mean() == pytest.approx(ndcg_score(relevant, scores, k=k))
    expected = [average_precision_score(*pair) for pair in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(average_precision(hits, 30), expected)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    titles, relevant = random_lists()
    whole = find_hits(titles, relevant)
    expected = [ndcg(whole, 20), average_precision(whole, 20)]
    # Seven users at a time, and a last block of less.
    monkeypatch.setattr(ranking, "_BLOCK", 7 * 20)
    parts = find_hits(titles, relevant)
    assert np.array_equal(parts.at, whole.at)
    assert np.array_equal([ndcg(parts, 20), average_precision(parts, 20)], expected)


def test_wrong_lists_are_named() -> None:
    relevant = held_out([0], [1])
    with pytest.raises(EvaluationError, match=r"shape \(1, 2\), expected one row for each of 2"):
        find_hits(np.array([[0, 1]]), relevant)
    with pytest.raises(EvaluationError, match="row 1 recommends title 10, expected -1 to 9"):
        find_hits(np.array([[0, 1], [2, 10]]), relevant)
    with pytest.raises(EvaluationError, match="row 0 recommends title -2"):
        find_hits(np.array([[0, -2], [2, 3]]), relevant)
    with pytest.raises(EvaluationError, match="row 1 recommends title 4 twice"):
        find_hits(np.array([[0, -1], [4, 4]]), relevant)


@pytest.mark.parametrize("k", [0, 5])
def test_a_cut_off_beyond_the_lists_is_an_error(hits: Hits, k: int) -> None:
    metrics = (precision, recall, capped_recall, ndcg, average_precision, reciprocal_rank, hit_rate)
    for metric in metrics:
        with pytest.raises(EvaluationError, match=f"cut-off {k} of lists of 4 titles"):
            metric(hits, k)
