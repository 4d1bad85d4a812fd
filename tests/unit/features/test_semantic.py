from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from reelhouse.errors import FeatureError
from reelhouse.features import semantic as module
from reelhouse.features.kinds import load_model
from reelhouse.features.semantic import SemanticModel
from reelhouse.features.sentence_model import SentenceModel, find_model, model_digest
from reelhouse.features.settings import FeatureOptions, SemanticSettings
from reelhouse.schema import TITLES
from tests.support.extras import needs_sentence_transformers


def table(*rows: tuple[str, str | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"title_id": name, "title": name, "description": text} for name, text in rows],
        schema=TITLES,
    )


class ThreeSentences:
    """Stands in for a model: its vectors are given."""

    vocabulary = frozenset({"war", "love"})

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, sentences: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        self.read += sentences
        vectors = {"A. War": (1, 0, 1), "B. Love": (-1, 0, 1), "C": (0, 1, 1)}
        return np.array([vectors[text] for text in sentences], dtype=np.float32).reshape(-1, 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model."""
    found = tmp_path / "sentences"
    found.mkdir()
    (found / "modules.json").write_text("[]", encoding="utf-8")
    return found


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> ThreeSentences:
    found = ThreeSentences()
    monkeypatch.setattr(module, "loaded_model", lambda folder, device: found)
    return found


TITLES_OF_TWO = table(("A", "War"), ("B", "Love"), ("", None))


def fitted(folder: Path, **settings: Any) -> SemanticModel:
    pq.write_table(TITLES_OF_TWO, folder.parent / "part.parquet")
    return SemanticModel.fit(
        [folder.parent / "part.parquet"],
        FeatureOptions(semantic=SemanticSettings(model=str(folder), **settings)),
        scratch=folder.parent / "scratch",
        seed=0,
    )


def test_vectors_are_centred_and_reduced_to_where_titles_differ(
    folder: Path, reader: ThreeSentences
) -> None:
    model = fitted(folder)
    # The mean is (0, 0, 1); less that the two differ along the first axis alone.
    assert model.directions.tolist() == [[1.0, 0.0, 0.0]]
    assert model.transform(TITLES_OF_TWO).toarray().tolist() == [[1.0], [-1.0], [0.0]]


def test_titles_of_the_fit_are_read_without_the_sentence_model(
    folder: Path, reader: ThreeSentences, tmp_path: Path
) -> None:
    fitted(folder).save(tmp_path / "model")
    (folder / "modules.json").unlink()
    reader.read.clear()
    found = load_model(tmp_path / "model").transform(TITLES_OF_TWO)
    assert found.toarray().tolist() == [[1.0], [-1.0], [0.0]]
    assert reader.read == []


def test_only_new_titles_are_read(folder: Path, reader: ThreeSentences) -> None:
    model = fitted(folder)
    reader.read.clear()
    # (0, 1, 0) after centring has nothing along the one direction that is kept.
    assert model.transform(table(("C", None), ("A", "War"))).toarray().tolist() == [[0.0], [1.0]]
    assert reader.read == ["C"]


def test_no_more_vectors_are_kept_than_asked_for(folder: Path, reader: ThreeSentences) -> None:
    model = fitted(folder, kept_titles=1)
    reader.read.clear()
    model.transform(TITLES_OF_TWO)
    assert reader.read == ["B. Love"]


def test_words_that_the_model_knows_whole_are_counted(folder: Path, reader: ThreeSentences) -> None:
    assert fitted(folder).out_of_vocabulary(table(("D", "War, love and zombies"))) == (2, 1)


def test_a_new_title_without_the_model_says_what_is_missing(
    folder: Path, reader: ThreeSentences
) -> None:
    model = fitted(folder)
    (folder / "modules.json").unlink()
    with pytest.raises(FeatureError, match="is not here, expected a folder"):
        model.transform(table(("C", None)))


def test_another_model_than_that_of_the_fit_is_refused(
    folder: Path, reader: ThreeSentences
) -> None:
    model = fitted(folder)
    model_digest.cache_clear()
    (folder / "modules.json").write_text("[{}]", encoding="utf-8")
    with pytest.raises(FeatureError, match=r"were fitted with .* put the old model back or refit"):
        model.transform(table(("C", None)))


def test_titles_without_a_word_are_refused(folder: Path, reader: ThreeSentences) -> None:
    pq.write_table(table(("", None)), folder / "part.parquet")
    options = FeatureOptions(semantic=SemanticSettings(model=str(folder)))
    with pytest.raises(FeatureError, match="0 of the titles"):
        SemanticModel.fit([folder / "part.parquet"], options, scratch=folder / "s", seed=0)


def test_a_model_is_found_inside_a_package_without_running_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carries_a_model"
    (package / "inside").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    (package / "inside" / "modules.json").write_text("[]", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_model("carries-a-model") == package / "inside"


@pytest.mark.parametrize("name", ["no-such-model", "no/such", "not a name//"])
def test_a_model_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(FeatureError, match=f"{name!r} is not here"):
        find_model(name)


def test_documents_and_hidden_files_do_not_tell_models_apart(folder: Path) -> None:
    before = model_digest(folder)
    (folder / "README.md").write_text("x", encoding="utf-8")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "weights").write_text("x", encoding="utf-8")
    model_digest.cache_clear()
    assert model_digest(folder) == before
    (folder / "weights").write_text("x", encoding="utf-8")
    model_digest.cache_clear()
    assert model_digest(folder) != before


def test_a_missing_library_is_named_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(FeatureError, match=r"pip install 'reelhouse\[semantic\]'"):
        SentenceModel(folder, "cpu")


@needs_sentence_transformers
def test_a_folder_that_is_no_model_is_named(folder: Path) -> None:
    with pytest.raises(FeatureError, match="cannot be read as a sentence-embedding model"):
        SentenceModel(folder, "cpu")
