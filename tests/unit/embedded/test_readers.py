from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue.workspace import Workspace
from reelhouse.deep.settings import LstmSettings
from reelhouse.deep.splits import stratified_sides
from reelhouse.embedded.readers import TitleWords, fit_reader, lstm_settings
from reelhouse.embedded.settings import DeepSettings
from tests.support.extras import needs_torch

#: Titles of two kinds, that say so in their first words.
N, TOLD = 60, (("cook", "kitchen"), ("pirate", "ship"))


def settings(**given: Any) -> DeepSettings:
    lstm = LstmSettings(
        layers=(8,), learns_vectors=False, optimizer="adam", learning_rate=0.01, batch_size=16,
        epochs=20,
    )  # fmt: skip
    return DeepSettings(titles="x", store="y", device="cpu", lstm=lstm, **given)


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    described = [f"A {TOLD[row % 2][0]} and a {TOLD[row % 2][1]}" for row in range(N)]
    write_titles(made, described)
    return made


def write_titles(work: Workspace, described: list[str]) -> None:
    n = len(described)
    columns: dict[str, Any] = {
        "type": ["Movie"] * n, "rating": ["PG"] * n, "country": [["France"]] * n,
        "director": [["Ada"]] * n, "cast": [["Bo"]] * n, "listed_in": [["Dramas"]] * n,
        "description": described, "title": [f"Title {number}" for number in range(n)],
    }  # fmt: skip
    work.titles.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), work.titles / "part-00000.parquet")


def test_titles_are_read_by_the_fields_of_the_run(work: Workspace) -> None:
    whole = TitleWords(work, settings()).texts[0]
    assert whole == ["type:Movie", "rating:PG", "country:France", "cast:Bo", "director:Ada",
                     "cook", "kitchen"]  # fmt: skip
    assert TitleWords(work, settings(fields=("description",))).texts[1] == ["pirate", "ship"]


def test_words_of_descriptions_have_vectors_unless_titles_share_none(work: Workspace) -> None:
    assert TitleWords(work, settings()).vectors.keys() == {"cook", "kitchen", "pirate", "ship"}
    write_titles(work, ["cook", "pirate"])
    assert TitleWords(work, settings()).vectors == {}


def test_the_deep_network_has_the_first_layer_twice_and_words_the_length_of_their_vectors() -> None:
    run = settings(seed=3)
    shallow = lstm_settings("shallow-lstm", {}, run)
    assert (shallow.layers, shallow.dimensions, shallow.seed) == ((8,), 100, 3)
    deep = lstm_settings("deep-lstm", {"cook": np.ones(7, np.float32)}, run)
    assert (deep.layers, deep.dimensions) == ((8, 8), 7)


@needs_torch
@pytest.mark.parametrize("name", ["shallow-lstm", "deep-lstm"])
def test_a_reader_tells_titles_apart_that_it_never_saw(work: Workspace, name: Any) -> None:
    run = settings()
    index = (np.arange(N) % 2).astype(np.int32)
    sides = stratified_sides(index, n_validation=10, n_test=10, seed=0)
    fit, logits = fit_reader(name, TitleWords(work, run), index, sides, 2, run)
    assert logits.shape == (N, 2)
    assert logits[sides.test].argmax(axis=1).tolist() == index[sides.test].tolist()
    # Vectors were kept as they were given, and both words of a kind were.
    assert fit.classifier.settings.learns_vectors is False
    assert fit.classifier.n_numbers == 10
