from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.deep.classifier import DenseClassifier
from reelhouse.deep.linear import fit_linear
from reelhouse.deep.network import Network
from reelhouse.deep.reports import report_of
from reelhouse.deep.settings import DenseSettings, LstmSettings, Pooling
from reelhouse.deep.splits import Sides, stratified_sides
from reelhouse.errors import NetworkError
from tests.support.extras import needs_torch

N, N_WORDS, N_CLASSES = 240, 12, 3
LENGTH = 10
DENSE = DenseSettings(layers=(8,), device="cpu", batch_size=32, epochs=30)
LSTM = LstmSettings(
    dimensions=8, layers=(8,), optimizer="adam", learning_rate=0.02, device="cpu", batch_size=32,
    epochs=15,
)  # fmt: skip


@pytest.fixture(scope="module")
def texts() -> tuple[list[np.ndarray], np.ndarray]:
    """Words of one class in four stand in each text, among words of none."""
    rng = np.random.default_rng(0)
    labels = np.arange(N) % N_CLASSES
    found = []
    for label in labels:
        words = rng.integers(7, N_WORDS + 1, rng.integers(3, LENGTH))
        words[rng.integers(words.size)] = 1 + 2 * label + rng.integers(2)
        found.append(words.astype(np.int32))
    return found, labels


@pytest.fixture(scope="module")
def rows(texts: Any) -> sparse.csr_matrix:
    counts = np.zeros((N, N_WORDS + 1), dtype=np.float32)
    for row, words in zip(counts, texts[0], strict=True):
        np.add.at(row, words, 1.0)
    return sparse.csr_matrix(counts)


@pytest.fixture(scope="module")
def sides(texts: Any) -> Sides:
    return stratified_sides(texts[1], n_validation=40, n_test=60, seed=0)


def accuracy(classifier: Any, inputs: Any, labels: np.ndarray, sides: Sides) -> float:
    logits = classifier.logits(inputs)[sides.test]
    return report_of(logits, labels[sides.test], classifier.temperature).accuracy


def fit_lstm(texts: Any, sides: Sides, settings: LstmSettings, **more: Any) -> Any:
    from reelhouse.deep.lstm import fit_lstm as fit

    return fit(
        texts[0], texts[1], sides, N_CLASSES, settings, n_numbers=N_WORDS + 1, length=LENGTH, **more
    )


def test_the_linear_baseline_learns_words_of_classes(texts: Any, rows: Any, sides: Sides) -> None:
    found = fit_linear(rows, texts[1], sides, N_CLASSES)
    assert accuracy(found.classifier, rows, texts[1], sides) == 1.0
    assert found.curve == ()


def test_a_class_without_rows_to_learn_from_is_answered_last(rows: Any) -> None:
    labels = np.where(np.arange(N) % 2, 0, 2)
    sides = stratified_sides(labels, n_validation=40, n_test=60, seed=0)
    logits = fit_linear(rows, labels, sides, 4).classifier.logits(rows)
    assert set(logits.argmax(axis=1).tolist()) <= {0, 2}


@needs_torch
def test_a_dense_network_learns_and_stops_when_it_gets_no_better(
    texts: Any, rows: Any, sides: Sides
) -> None:
    from reelhouse.deep.dense import fit_dense

    settings = DENSE.model_copy(update={"epochs": 200, "patience": 3, "learning_rate": 0.01})
    found = fit_dense(rows, texts[1], sides, N_CLASSES, settings)
    assert accuracy(found.classifier, rows, texts[1], sides) > 0.95
    losses = [point.validation_loss or 0.0 for point in found.curve]
    assert len(found.curve) < 200
    assert found.epoch == int(np.argmin(losses)) + 1 == len(losses) - 3


@needs_torch
def test_without_patience_all_epochs_are_done_and_the_last_weights_stay(
    texts: Any, rows: Any, sides: Sides
) -> None:
    from reelhouse.deep.dense import fit_dense

    settings = DENSE.model_copy(update={"patience": 0, "epochs": 6})
    found = fit_dense(rows, texts[1], sides, N_CLASSES, settings)
    assert (len(found.curve), found.epoch) == (6, 6)
    last = report_of(
        found.classifier.logits(rows)[sides.validation], texts[1][sides.validation], 1.0
    )
    assert last.log_loss == pytest.approx(found.curve[-1].validation_loss, rel=1e-4)
    assert last.accuracy == pytest.approx(found.curve[-1].validation_accuracy)


@needs_torch
def test_nothing_is_learned_from_the_rows_for_testing(texts: Any, rows: Any, sides: Sides) -> None:
    from reelhouse.deep.dense import fit_dense

    other = texts[1].copy()
    other[sides.test] = 0
    settings = DENSE.model_copy(update={"epochs": 3})
    first, second = (
        fit_dense(rows, labels, sides, N_CLASSES, settings) for labels in (texts[1], other)
    )
    assert np.array_equal(first.classifier.logits(rows), second.classifier.logits(rows))


@needs_torch
@pytest.mark.parametrize("pooling", ["last", "mean", "attention"])
def test_a_network_that_reads_finds_the_word_that_tells(
    texts: Any, sides: Sides, pooling: Pooling
) -> None:
    found = fit_lstm(texts, sides, LSTM.model_copy(update={"pooling": pooling}))
    assert accuracy(found.classifier, texts[0], texts[1], sides) > 0.9


@needs_torch
def test_a_text_is_read_alone_as_among_longer_ones(texts: Any, sides: Sides) -> None:
    quick = LSTM.model_copy(update={"epochs": 1, "layers": (8, 4)})
    classifier = fit_lstm(texts, sides, quick).classifier
    some = [np.array([1, 2], np.int32), np.arange(1, 10, dtype=np.int32), np.empty(0, np.int32)]
    whole = classifier.logits(some)
    for at, one in enumerate(some):
        assert classifier.logits([one])[0] == pytest.approx(whole[at], abs=1e-5)


@needs_torch
def test_scaled_numbers_are_read_at_the_end_of_their_places() -> None:
    import torch

    from reelhouse.deep.reading import WordRows

    sequences = [np.array([4, 2], np.int32), np.array([1, 2, 3, 4, 1], np.int32)]
    rows = WordRows(sequences, 5, 3, torch.device("cpu"))
    found = rows.numbers(torch.tensor([0, 1]))[:, :, 0]
    assert found.tolist() == [[0, 1, 0.5], [0.75, 1, 0.25]]
    words, sizes = rows.words(torch.tensor([0]))
    assert (words.tolist(), sizes.tolist()) == ([[4, 2]], [2])


@needs_torch
def test_the_network_of_the_study_reads_numbers(texts: Any, sides: Sides) -> None:
    settings = LSTM.model_copy(
        update={"reads": "numbers", "pooling": "last", "bidirectional": False, "epochs": 2}
    )
    found = fit_lstm(texts, sides, settings)
    assert found.classifier.weights["lstm0/weight_ih_l0"].shape == (32, 1)
    assert "vectors" not in found.classifier.weights
    assert found.curve[-1].loss < found.curve[0].loss


@needs_torch
def test_words_begin_with_the_vectors_that_are_given() -> None:
    import torch

    from reelhouse.deep.reading import ReadingNetwork

    network = ReadingNetwork(LSTM, 4, N_CLASSES, torch.Generator().manual_seed(0))
    given = np.array([1, -1] * 4, np.float32)
    network.begin_with({2: given})
    vectors = dict(network.named())["vectors"].detach().numpy()
    assert vectors[2] == pytest.approx(0.1 * given)
    assert vectors[0].tolist() == [0] * 8
    assert np.ptp(vectors[1]) > 0


@needs_torch
def test_vectors_that_are_not_learned_stay_as_they_were_given(texts: Any, sides: Sides) -> None:
    given = {word: np.eye(8, dtype=np.float32)[word - 1] for word in range(1, 7)}
    found = {}
    for learns in (True, False):
        settings = LSTM.model_copy(update={"epochs": 2, "learns_vectors": learns})
        found[learns] = fit_lstm(texts, sides, settings, vectors=given).classifier.weights
    # A unit vector has 1 at one of 8 places: its spread is sqrt(7) / 8, brought to 0.1.
    one = 0.1 * 8 / np.sqrt(7)
    for word in range(1, 7):
        assert found[False]["vectors"][word] == pytest.approx(one * given[word], abs=1e-6)
    assert np.abs(found[True]["vectors"][1] - one * given[1]).max() > 0.01
    # All else is learned.
    assert np.abs(found[False]["last_bias"]).max() > 0


@needs_torch
def test_saved_classifiers_answer_as_before(
    texts: Any, rows: Any, sides: Sides, tmp_path: Path
) -> None:
    from reelhouse.deep.lstm import LstmClassifier

    dense = fit_linear(rows, texts[1], sides, N_CLASSES).classifier
    dense.save(tmp_path / "dense")
    again = DenseClassifier.load(tmp_path / "dense")
    assert np.array_equal(again.probabilities(rows), dense.probabilities(rows))
    lstm = fit_lstm(texts, sides, LSTM.model_copy(update={"epochs": 1})).classifier
    lstm.save(tmp_path / "lstm")
    reader = LstmClassifier.load(tmp_path / "lstm")
    assert np.array_equal(reader.probabilities(texts[0]), lstm.probabilities(texts[0]))
    with pytest.raises(NetworkError, match="required is format 1, kind lstm"):
        LstmClassifier.load(tmp_path / "dense")


def test_a_temperature_is_part_of_the_probabilities() -> None:
    layer = np.array([[np.log(9), 0]], np.float32), np.zeros(2, np.float32)
    classifier = DenseClassifier(Network((layer,)), temperature=2.0)
    assert classifier.probabilities(np.ones((1, 1)))[0] == pytest.approx([0.75, 0.25])
