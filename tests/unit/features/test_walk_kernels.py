from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.walk_kernels import walk_nodes

N_WALKS = 40_000


def walked(
    weights: NDArray[np.float64], n_walks: int, n_steps: int, p: float = 1.0, q: float = 1.0
) -> NDArray[np.int32]:
    """Walks from node 0 over a graph given by the weights of all pairs of its nodes."""
    rows = sparse.csr_matrix(weights)
    reach = np.concatenate([np.cumsum(row[row > 0]) for row in weights])
    walks = np.empty((n_walks, n_steps), dtype=np.int32)
    walk_nodes(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int32),
        reach,
        np.zeros(n_walks, dtype=np.int64),
        p,
        q,
        np.random.default_rng(0),
        walks,
    )
    return walks


def shares(nodes: NDArray[np.int32], n_nodes: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.bincount(nodes, minlength=n_nodes) / len(nodes)
    return found


def edges(n_nodes: int, *pairs: tuple[int, int]) -> NDArray[np.float64]:
    weights = np.zeros((n_nodes, n_nodes))
    for one, other in pairs:
        weights[one, other] = weights[other, one] = 1.0
    return weights


#: A triangle 0, 1, 2 and a tail from 1 to 3.
KITE = edges(4, (0, 1), (0, 2), (1, 2), (1, 3))


def test_every_step_of_a_walk_is_an_edge() -> None:
    walks = walked(KITE, 500, 10)
    assert (KITE[walks[:, :-1], walks[:, 1:]] == 1.0).all()
    assert set(walks.ravel().tolist()) == {0, 1, 2, 3}


def test_the_first_step_is_drawn_by_the_weights_of_the_edges() -> None:
    weights = edges(3, (0, 1), (0, 2))
    weights[0, 2] = weights[2, 0] = 3.0
    first = walked(weights, N_WALKS, 2)[:, 1]
    # Four standard errors of a share of 3/4.
    assert shares(first, 3)[2] == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / N_WALKS))


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        # Back to 0 weighs 1/p; 2 is joined to 0 and weighs 1; 3 is not and weighs 1/q.
        (1.0, 1.0, [1 / 3, 0, 1 / 3, 1 / 3]),
        (2.0, 0.5, [0.5 / 3.5, 0, 1 / 3.5, 2 / 3.5]),
        (0.25, 4.0, [4 / 5.25, 0, 1 / 5.25, 0.25 / 5.25]),
    ],
)
def test_p_bends_walks_from_going_back_and_q_from_going_out(
    p: float, q: float, expected: list[float]
) -> None:
    walks = walked(KITE, N_WALKS, 3, p, q)
    after = walks[walks[:, 1] == 1, 2]
    # Four standard errors of a share of a half.
    assert shares(after, 4) == pytest.approx(np.array(expected), abs=4 * 0.5 / np.sqrt(len(after)))


def test_a_dead_end_is_left_the_way_it_was_entered_however_large_p_is() -> None:
    assert walked(edges(2, (0, 1)), 3, 4, p=100.0).tolist() == [[0, 1, 0, 1]] * 3


def test_a_node_without_edges_ends_the_walk() -> None:
    assert walked(edges(3, (1, 2)), 2, 3).tolist() == [[0, -1, -1]] * 2
