from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.ranking.folding import Folding
from reelhouse.models.ranking.ials import IALS, weights_by_activity
from reelhouse.recommend.rated import RatedTitles


def csr(rows: object) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(rows, dtype=np.float32))


@pytest.fixture
def history() -> sparse.csr_matrix:
    return csr(np.random.default_rng(4).random((60, 25)) < 0.25)


def factors_of(n_rows: int, n_factors: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((n_rows, n_factors)).astype(np.float32)


def solved(folding: Folding, history: sparse.csr_matrix, factors: np.ndarray) -> np.ndarray:
    out = np.empty((history.shape[0], factors.shape[1]), dtype=np.float32)
    folding.solve(history, factors, folding.unseen(factors), out)
    return out


def test_a_user_of_one_title_is_folded_in_by_least_squares() -> None:
    # Titles with factors 1 and 2; unseen pairs weigh 1/2: 1/2 (1 + 4), and 1 for the title seen.
    # Regularization is 0.75 (1 + 1/2 * 2) = 1.5; the target is 1 times 1: 1 / (2.5 + 1 + 1.5).
    found = solved(Folding(0.5, 0.75, 1.0), csr([[1, 0]]), np.array([[1], [2]], np.float32))
    assert found == pytest.approx(np.array([[0.2]]))


def test_a_weight_counts_as_so_many_titles() -> None:
    # As above with a weight of 3: 3 / (2.5 + 3 + 1.5).
    found = solved(Folding(0.5, 0.75, 1.0), csr([[3, 0]]), np.array([[1], [2]], np.float32))
    assert found == pytest.approx(np.array([[3 / 7]]))


@pytest.mark.parametrize("n_factors", [1, 7, 32, 40])
def test_factors_solve_the_equations_of_each_user(
    history: sparse.csr_matrix, n_factors: int
) -> None:
    factors, folding = factors_of(25, n_factors), Folding(0.1, 0.3, 0.5)
    found = solved(folding, history, factors)
    for row, user in zip(history.toarray(), found, strict=True):
        matrix = 0.1 * factors.T @ factors + factors.T @ np.diag(row) @ factors
        matrix += 0.3 * (row.sum() + 0.1 * 25) ** 0.5 * np.eye(n_factors)
        expected = np.linalg.solve(matrix.astype(np.float64), factors.T @ row)
        assert user == pytest.approx(expected, abs=1e-4)


def test_steps_of_conjugate_gradients_lead_to_the_solution(history: sparse.csr_matrix) -> None:
    factors, folding = factors_of(25, 6), Folding(0.1, 0.3, 0.5)
    expected = solved(folding, history, factors)
    distances = []
    for steps in (1, 3, 8):
        out = np.zeros_like(expected)
        folding.improve(history, factors, folding.unseen(factors), out, steps)
        distances.append(np.abs(out - expected).max())
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-4


def test_a_step_from_the_solution_changes_nothing(history: sparse.csr_matrix) -> None:
    factors, folding = factors_of(25, 6), Folding(0.1, 0.3, 0.5)
    expected = solved(folding, history, factors)
    out = expected.copy()
    folding.improve(history, factors, folding.unseen(factors), out, 2)
    assert out == pytest.approx(expected, abs=1e-5)


def test_rows_in_which_nothing_was_seen_have_no_factors() -> None:
    factors, folding = factors_of(2, 3), Folding(0.1, 0.3, 0.5)
    nothing, out = csr([[0, 0], [1, 0]]), np.ones((2, 3), dtype=np.float32)
    assert not solved(folding, nothing, factors)[0].any()
    folding.improve(nothing, factors, folding.unseen(factors), out, 1)
    assert not out[0].any()
    assert out[1].any()


@pytest.mark.filterwarnings("ignore:OpenBLAS is configured")
def test_a_user_is_solved_for_as_by_implicit(history: sparse.csr_matrix) -> None:
    als = pytest.importorskip("implicit.cpu.als", reason="implicit is not installed")
    factors = factors_of(25, 8)
    ours = solved(Folding(0.2, 0.5, 0.0), history, factors)
    # The same equations over the weight of what was not seen; there the targets of what was seen
    # weigh 1 more.
    peer = als.AlternatingLeastSquares(factors=8, regularization=0.5 / 0.2, alpha=1.0)
    peer.item_factors = factors
    confidence = history.copy()
    confidence.data[:] = 1 + 1 / 0.2
    theirs = peer.recalculate_user(np.arange(60), confidence)
    assert theirs == pytest.approx(ours * (1 + 0.2), abs=1e-4)


def loss(model: IALS, history: sparse.csr_matrix, users: np.ndarray) -> float:
    seen, titles = history.toarray(), model.title_factors_
    scores = users @ titles.T
    penalties = sum(
        model.regularization * (weighed @ (factors**2).sum(axis=1))
        for factors, weighed in (
            (users, (seen.sum(axis=1) + model.unseen_weight * seen.shape[1]) ** model.power),
            (titles, (seen.sum(axis=0) + model.unseen_weight * seen.shape[0]) ** model.power),
        )
    )
    squares = (seen * (1 - scores) ** 2).sum() + model.unseen_weight * (scores**2).sum()
    return float(squares + penalties)


@pytest.mark.parametrize("steps", [None, 3])
def test_the_loss_falls_with_every_epoch(history: sparse.csr_matrix, steps: int | None) -> None:
    known, losses = RatedTitles.of(history), []
    for epochs in (1, 2, 4, 8):
        model = IALS(4, regularization=0.2, activity=0, steps=steps, epochs=epochs).fit(known)
        users = np.empty((60, 4), dtype=np.float32)
        folding = Folding(model.unseen_weight, model.regularization, model.power)
        folding.solve(history, model.title_factors_, folding.unseen(model.title_factors_), users)
        losses.append(loss(model, history, users))
    assert losses == sorted(losses, reverse=True)


def test_who_saw_more_weighs_less_and_all_that_was_seen_one_on_average() -> None:
    # Users of 1 and of 4 titles: 4 ** -0.5 is 1/2, and (1 + 4 / 2) / 5 is brought to 1.
    history = csr([[1, 0, 0, 0], [1, 1, 1, 1]])
    assert weights_by_activity(history, 0.5) == pytest.approx([5 / 3, 5 / 6])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"n_factors": 0}, "n_factors is 0, required is 1 or more"),
        ({"unseen_weight": 0}, "unseen_weight is 0, required is 1e-06 or more"),
        ({"regularization": 0}, "regularization is 0, required is 1e-06 or more"),
        ({"power": 2}, "power is 2, required is 0 to 1"),
        ({"activity": -1}, "activity is -1, required is 0 to 1"),
        ({"steps": 0}, "steps is 0, required is 1 or more"),
        ({"epochs": 0}, "epochs is 0, required is 1 or more"),
    ],
)
def test_settings_out_of_bounds_are_refused(setting: dict[str, float], message: str) -> None:
    with pytest.raises(RecommendationError, match=message):
        IALS(**setting)  # type: ignore[arg-type]
