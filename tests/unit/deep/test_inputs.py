from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.deep.inputs import fit_input, load_input, only_fields
from reelhouse.deep.settings import INPUT_KINDS, InputKind, SequenceSettings
from reelhouse.errors import NetworkError
from reelhouse.features.settings import FeatureOptions
from reelhouse.schema import TITLES

WORDS = ["detective murder", "chef kitchen", "dragon castle"]


@pytest.fixture
def titles() -> pa.Table:
    rows = [
        {"title_id": f"t{at}", "description": WORDS[at % 3], "listed_in": ["Dramas", "Comedies"]}
        for at in range(12)
    ]
    return pa.Table.from_pylist([*rows, {"title_id": "none"}], schema=TITLES)


@pytest.mark.parametrize("kind", ["sequences", "tfidf"])
def test_a_saved_input_gives_the_same_rows(
    kind: InputKind, titles: pa.Table, tmp_path: Path
) -> None:
    pq.write_table(titles, tmp_path / "part.parquet")
    model = fit_input(
        kind, [tmp_path / "part.parquet"], options=FeatureOptions(),
        sequences=SequenceSettings(length=4), scratch=tmp_path / "scratch",
    )  # fmt: skip
    model.save(tmp_path / "model")
    rows = model.transform(titles)
    assert rows.shape == (13, model.n_features)
    assert rows[:12].nnz >= 24
    assert np.array_equal(
        load_input(tmp_path / "model").transform(titles).toarray(), rows.toarray()
    )


def test_a_title_without_a_description_is_an_empty_sequence(
    titles: pa.Table, tmp_path: Path
) -> None:
    pq.write_table(titles, tmp_path / "part.parquet")
    settings = SequenceSettings(n_words=10, length=3)
    model = fit_input(
        "sequences", [tmp_path / "part.parquet"], options=FeatureOptions(), sequences=settings,
        scratch=tmp_path,
    )  # fmt: skip
    # All six words are as frequent: they are numbered in the order in which they are met.
    found = model.transform(titles)[[0, 2, 12]].toarray()
    assert found == pytest.approx(np.array([[0, 0.1, 0.2], [0, 0.5, 0.6], [0, 0, 0]]))


def test_only_the_fields_that_are_kept_have_weight() -> None:
    found = only_fields(FeatureOptions(), ["description"], kind="tfidf").tfidf
    assert found.description.weight == FeatureOptions().tfidf.description.weight
    others = (found.listed_in, found.director, found.cast, found.country, found.rating, found.type)
    assert [one.weight for one in others] == [0] * 6


@pytest.mark.parametrize("fields", [[], ["plot"]])
def test_unknown_fields_and_none_are_refused(fields: list[str]) -> None:
    with pytest.raises(NetworkError, match="required are some of description, listed_in"):
        only_fields(FeatureOptions(), fields, kind="tfidf")


def test_a_kind_that_is_not_asked_for_need_not_read_the_fields() -> None:
    found = only_fields(FeatureOptions(), ["listed_in"], kind="tfidf")
    assert found.tfidf.description.weight == 0
    assert found.word_vectors == FeatureOptions().word_vectors
    with pytest.raises(NetworkError, match="word-vectors cannot be made of listed_in alone"):
        only_fields(FeatureOptions(), ["listed_in"], kind="word-vectors")


def test_every_kind_of_feature_is_an_input() -> None:
    assert set(INPUT_KINDS) >= {"sequences", "tfidf", "combined", "semantic"}
