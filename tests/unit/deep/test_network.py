from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.deep.network import Network, mean_square_scale
from reelhouse.errors import NetworkError


def layer(weights: list[list[float]], bias: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(weights, dtype=np.float32), np.array(bias, dtype=np.float32)


NETWORK = Network((layer([[1, -1], [2, 0]], [0, 1]), layer([[1], [10]], [-3])))


def test_layers_are_rectified_but_the_last() -> None:
    # Row 0: units (5, 0), answer 2. Row 1: units (-2, 3) are (0, 3), answer 27. Row 2: (0, 1), 7.
    rows = np.array([[1, 2], [-2, 0], [0, 0]], dtype=np.float32)
    assert NETWORK.answer(rows).tolist() == [[2], [27], [7]]
    assert NETWORK.answer(sparse.csr_matrix(rows)).tolist() == [[2], [27], [7]]


def test_a_scaled_network_answers_rows_as_if_they_were_larger() -> None:
    rows = np.array([[0.5, 1], [-1, 0]], dtype=np.float32)
    assert NETWORK.scaled(2.0).answer(rows).tolist() == [[2], [27]]


def test_a_row_has_the_same_answer_alone_as_among_others() -> None:
    rng = np.random.default_rng(0)
    widths = [(40, 30), (30, 20), (20, 7)]
    deep = Network(tuple(layer(rng.normal(size=w).tolist(), [0.1] * w[1]) for w in widths))
    rows = rng.normal(size=(50, 40)).astype(np.float32)
    alone = np.concatenate([deep.answer(rows[[at]]) for at in range(50)])
    assert np.array_equal(deep.answer(rows), alone)


def test_arrays_make_the_same_network_again() -> None:
    again = Network.of_arrays({**NETWORK.arrays("encoder"), "other": np.zeros(1)}, "encoder")
    rows = np.ones((1, 2), dtype=np.float32)
    assert again.answer(rows).tolist() == NETWORK.answer(rows).tolist()
    assert (again.n_inputs, again.n_outputs, again.n_parameters) == (2, 1, 9)


def test_layers_that_do_not_fit_are_refused() -> None:
    arrays = NETWORK.arrays("e") | {"e/1/weights": np.zeros((3, 1), np.float32)}
    with pytest.raises(NetworkError, match=r"e/1 has weights of shape \(3, 1\).*fit 2 inputs"):
        Network.of_arrays(arrays, "e")
    with pytest.raises(NetworkError, match="no array e/0/weights"):
        Network.of_arrays({}, "e")


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(NetworkError, match=r"shape \(1, 3\), the network reads 2 columns"):
        NETWORK.answer(np.zeros((1, 3), dtype=np.float32))


def test_the_scale_brings_the_mean_square_to_1() -> None:
    rows = np.array([[3.0, 0], [0, 4]])
    assert mean_square_scale(rows) == pytest.approx(0.4)
    assert mean_square_scale(sparse.csr_matrix(rows)) == pytest.approx(0.4)
    assert mean_square_scale(np.zeros((2, 2))) == 1.0
