from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.deep.inputs import fit_input, only_fields
from reelhouse.deep.settings import InputKind, SequenceSettings
from reelhouse.deep.word_reading import WordReading, vectors_of_words, words_of_titles
from reelhouse.errors import NetworkError
from reelhouse.features.settings import FeatureOptions

TITLES = pa.table(
    {
        "type": ["Movie", "TV Show"],
        "rating": ["PG", None],
        "country": [["France", "Spain"], []],
        "director": [["Ada"], None],
        "cast": [["Bo", "Cy"], ["Bo"]],
        "listed_in": [["Dramas"], ["Comedies"]],
        "description": ["The cities of a detective", None],
    }
)


def test_a_title_is_read_field_by_field_and_its_description_last() -> None:
    first, second = words_of_titles(TITLES, ("description", "cast", "country", "type", "rating"))
    assert first == [
        "type:Movie", "rating:PG", "country:France", "country:Spain", "cast:Bo", "cast:Cy",
        "city", "detective",
    ]  # fmt: skip
    assert second == ["type:TV Show", "cast:Bo"]


def test_fields_that_are_not_named_are_not_read() -> None:
    assert words_of_titles(TITLES, ("description",)) == [["city", "detective"], []]
    assert words_of_titles(TITLES, ("listed_in",)) == [["listed_in:Dramas"], ["listed_in:Comedies"]]


def test_words_are_numbered_by_the_texts_that_are_learned_from() -> None:
    reading = WordReading.fit([["a", "b", "b"], ["b", "c"]], {}, n_words=4)
    assert reading.words == ("b", "a", "c")
    assert reading.n_numbers == 4
    assert [one.tolist() for one in reading.sequences([["c", "new", "b"], []])] == [[3, 1], []]
    assert WordReading.fit([["a", "b", "b"]], {}, n_words=2).words == ("b",)


def test_the_vector_of_a_rare_word_is_longer() -> None:
    one = np.ones(2, np.float32)
    texts = [["a", "a", "b"], ["a"], ["a", "name"]]
    vectors = WordReading.fit(texts, {"a": one, "b": one, "unread": one}, n_words=10).vectors
    # a is in 3 of 3 texts, ln(4 / 4) + 1; b in one, ln(4 / 2) + 1; name has no vector.
    assert {number: found.tolist() for number, found in vectors.items()} == {
        1: [1, 1],
        2: pytest.approx([1.6931472] * 2),
    }


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(NetworkError, match="0 words in the texts"):
        WordReading.fit([[], []], {}, n_words=10)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six titles whose descriptions say four words."""
    n = 6
    described = [
        "detective city",
        "detective city",
        "detective river",
        "cook river",
        "cook",
        "cook",
    ]
    columns: dict[str, Any] = {
        "type": ["Movie"] * n, "rating": ["PG"] * n, "country": [["France"]] * n,
        "director": [["Ada"]] * n, "cast": [["Bo"]] * n, "listed_in": [["Dramas"]] * n,
        "description": described, "title": [f"Title {number}" for number in range(n)],
    }  # fmt: skip
    path = tmp_path_factory.mktemp("titles") / "part-00000.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("kind", ["word-vectors", "tfidf-svd"])
def test_words_of_descriptions_have_the_vectors_of_a_kind(
    kind: InputKind, part: Path, tmp_path: Path
) -> None:
    options = only_fields(FeatureOptions(), ["description"], kind=kind)
    model = fit_input(kind, [part], options=options, sequences=SequenceSettings(), scratch=tmp_path)
    vectors = vectors_of_words(model)
    assert {"detective", "cook", "river", "city"} >= vectors.keys() >= {"city", "river"}
    assert len({found.shape for found in vectors.values()}) == 1
    # What a title says once it is read is what the features make of it.
    if kind == "tfidf-svd":
        alone = pq.read_table(part).slice(4, 1)
        row = model.transform(alone).toarray()[0]
        found = vectors["cook"]
        np.testing.assert_allclose(row, found / np.linalg.norm(found), atol=1e-6)


def test_a_kind_without_vectors_of_words_is_named(part: Path, tmp_path: Path) -> None:
    model = fit_input(
        "tfidf", [part], options=FeatureOptions(), sequences=SequenceSettings(), scratch=tmp_path
    )
    with pytest.raises(NetworkError, match="TfidfModel has no vectors of words"):
        vectors_of_words(model)
