"""What every kind of feature must do, whatever it is made of."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.errors import FeatureError
from reelhouse.features.base import FeatureModel
from reelhouse.features.kinds import fit_model, load_model
from reelhouse.features.settings import (
    CombinedSettings,
    FeatureKind,
    FeatureOptions,
    NodeVectorSettings,
    SemanticSettings,
    TfidfSvdSettings,
    WordVectorSettings,
)
from reelhouse.schema import TITLES
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue
from tests.support.extras import needs_gensim, needs_sentence_transformers
from tests.support.sentence_models import write_tiny_model

#: Small enough for 120 titles.
OPTIONS = FeatureOptions(
    tfidf_svd=TfidfSvdSettings(description_dimensions=8, people_dimensions=4),
    word_vectors=WordVectorSettings(dimensions=8),
    node_vectors=NodeVectorSettings(dimensions=8),
    combined=CombinedSettings(weights={"tfidf-svd": 1.0, "tfidf": 0.5}),
)
CUTS = (0, 50, 50, 120)


@pytest.fixture(scope="session")
def titles(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Synthetic titles of four themes."""
    folder = tmp_path_factory.mktemp("features")
    write_catalogue(folder / "titles.csv", SyntheticSettings(n_titles=120, n_themes=4))
    (part,) = read_titles(str(folder / "titles.csv"), folder, rows_per_partition=1_000).parts
    return pq.read_table(part)


@pytest.fixture(scope="session")
def parts(titles: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same in partitions of 50, 0 and 70 titles."""
    folder = tmp_path_factory.mktemp("parts")
    paths = []
    for first, last in itertools.pairwise(CUTS):
        paths.append(folder / f"part-{len(paths)}.parquet")
        pq.write_table(titles.slice(first, last - first), paths[-1])
    return paths


@pytest.fixture(scope="class")
def options() -> FeatureOptions:
    return OPTIONS


def fitted(
    kind: FeatureKind, parts: list[Path], scratch: Path, options: FeatureOptions
) -> FeatureModel:
    return fit_model(kind, parts, options, scratch=scratch, seed=3)


@pytest.fixture(scope="class")
def model(
    request: pytest.FixtureRequest,
    parts: list[Path],
    options: FeatureOptions,
    tmp_path_factory: pytest.TempPathFactory,
) -> FeatureModel:
    return fitted(request.cls.kind, parts, tmp_path_factory.mktemp("scratch"), options)


class FeatureContract:
    kind: FeatureKind

    def test_rows_are_of_unit_length_and_narrow(
        self, model: FeatureModel, titles: pa.Table
    ) -> None:
        found = model.transform(titles)
        assert found.shape == (120, model.n_features)
        assert (found.dtype, found.indices.dtype, found.indptr.dtype) == (
            np.float32,
            np.int32,
            np.int32,
        )
        assert found.has_canonical_format
        assert np.asarray(found.multiply(found).sum(axis=1)).ravel() == pytest.approx(1, abs=1e-5)

    def test_every_column_has_a_name(self, model: FeatureModel) -> None:
        names = model.feature_names()
        assert len(names) == model.n_features
        assert all(field for field, _ in names)

    def test_a_title_has_the_same_row_whatever_stands_beside_it(
        self, model: FeatureModel, titles: pa.Table
    ) -> None:
        whole = model.transform(titles).toarray()
        assert model.transform(titles.slice(70, 3)).toarray() == pytest.approx(
            whole[70:73], abs=1e-6
        )

    def test_a_title_of_which_nothing_is_known_has_an_empty_row(self, model: FeatureModel) -> None:
        unknown = pa.Table.from_pylist([{"title_id": "x", "title": ""}], schema=TITLES)
        assert model.transform(unknown).nnz == 0

    def test_no_titles_make_no_rows(self, model: FeatureModel) -> None:
        assert model.transform(TITLES.empty_table()).shape == (0, model.n_features)

    def test_a_saved_model_transforms_as_before(
        self, model: FeatureModel, titles: pa.Table, tmp_path: Path
    ) -> None:
        model.save(tmp_path / "model")
        loaded = load_model(tmp_path / "model")
        assert loaded.kind == type(self).kind
        assert loaded.feature_names() == model.feature_names()
        assert (loaded.transform(titles) != model.transform(titles)).nnz == 0
        assert loaded.out_of_vocabulary(titles) == model.out_of_vocabulary(titles)

    def test_the_same_seed_makes_the_same_model(
        self,
        model: FeatureModel,
        titles: pa.Table,
        parts: list[Path],
        options: FeatureOptions,
        tmp_path: Path,
    ) -> None:
        again = fitted(type(self).kind, parts, tmp_path, options)
        assert (again.transform(titles) != model.transform(titles)).nnz == 0

    def test_titles_of_one_theme_are_nearer_to_each_other_than_to_the_rest(
        self, model: FeatureModel, titles: pa.Table
    ) -> None:
        vectors = model.transform(titles)
        near = (vectors @ vectors.T).toarray()
        genre = np.array([(listed or [""])[0] for listed in titles["listed_in"].to_pylist()])
        same = genre[:, None] == genre[None, :]
        others = ~np.eye(120, dtype=bool)
        assert near[same & others].mean() > near[~same].mean() + 0.05

    def test_words_inside_and_outside_the_vocabulary_are_counted(self, model: FeatureModel) -> None:
        rows = [{"title_id": "x", "description": "qwxzv qwxzv zvqwx"}]
        assert model.out_of_vocabulary(pa.Table.from_pylist(rows, schema=TITLES)) == (0, 3)

    def test_a_model_of_another_format_is_refused(
        self, model: FeatureModel, tmp_path: Path
    ) -> None:
        model.save(tmp_path)
        described = json.loads((tmp_path / "features.json").read_text(encoding="utf-8"))
        (tmp_path / "features.json").write_text(json.dumps(described | {"format": 99}))
        wrong = f"kind '{type(self).kind}' format 99"
        with pytest.raises(FeatureError, match=re.escape(wrong)):
            load_model(tmp_path)

    def test_settings_that_are_not_valid_are_named(
        self, model: FeatureModel, tmp_path: Path
    ) -> None:
        model.save(tmp_path)
        described = json.loads((tmp_path / "features.json").read_text(encoding="utf-8"))
        described["settings"]["no_such"] = 1
        (tmp_path / "features.json").write_text(json.dumps(described))
        with pytest.raises(FeatureError, match="not valid: no_such"):
            load_model(tmp_path)

    def test_a_missing_file_is_named(self, model: FeatureModel, tmp_path: Path) -> None:
        model.save(tmp_path)
        for path in sorted(tmp_path.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            path.unlink()
            with pytest.raises(FeatureError, match=re.escape(path.name)):
                load_model(tmp_path)
            path.write_bytes(content)

    def test_nothing_to_fit_on_is_refused(self, options: FeatureOptions, tmp_path: Path) -> None:
        with pytest.raises(FeatureError, match="0 partitions"):
            fitted(type(self).kind, [], tmp_path, options)


class TestTfidf(FeatureContract):
    kind = "tfidf"


class TestTfidfSvd(FeatureContract):
    kind = "tfidf-svd"


class TestWordVectors(FeatureContract):
    kind = "word-vectors"


@needs_gensim
class TestWord2Vec(FeatureContract):
    kind = "word-vectors"

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> FeatureOptions:
        return FeatureOptions(word_vectors=WordVectorSettings(method="word2vec", dimensions=8))


@needs_gensim
class TestFastText(FeatureContract):
    kind = "word-vectors"

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> FeatureOptions:
        trained = WordVectorSettings(method="fasttext", dimensions=8, ngram_buckets=1_000)
        return FeatureOptions(word_vectors=trained)


class TestNodeVectors(FeatureContract):
    kind = "node-vectors"


@needs_gensim
class TestNode2Vec(FeatureContract):
    kind = "node-vectors"

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> FeatureOptions:
        return FeatureOptions(node_vectors=NodeVectorSettings(method="word2vec", dimensions=8))


@needs_sentence_transformers
class TestSemantic(FeatureContract):
    kind = "semantic"

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, titles: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> FeatureOptions:
        folder = tmp_path_factory.mktemp("sentences") / "tiny"
        words = {word for text in titles["description"].to_pylist() for word in text.split()}
        write_tiny_model(folder, {word.strip(".,").lower() for word in words})
        return FeatureOptions(semantic=SemanticSettings(model=str(folder), dimensions=16))


class TestCombined(FeatureContract):
    kind = "combined"
