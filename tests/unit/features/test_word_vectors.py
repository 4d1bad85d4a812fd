from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.errors import FeatureError
from reelhouse.features.bags import count_words, word_bag
from reelhouse.features.kinds import load_model
from reelhouse.features.settings import FeatureOptions, WordVectorSettings
from reelhouse.features.word_vectors import WordVectorModel
from reelhouse.schema import TITLES
from tests.support.extras import needs_gensim


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"title_id": str(number), **row} for number, row in enumerate(rows)], schema=TITLES
    )


THREE = table(
    {"description": "Zombie zombie island"}, {"description": "Island chef"}, {"type": "TV Show"}
)


def stored(titles: pa.Table, folder: Path) -> list[Path]:
    pq.write_table(titles, folder / "part-0.parquet")
    return [folder / "part-0.parquet"]


def fitted(titles: pa.Table, folder: Path, **settings: Any) -> WordVectorModel:
    """Fit with every word of a single title, and no common direction unless it is asked for."""
    chosen = {"min_titles": 1, "max_title_share": 1.0, "common_directions": 0, **settings}
    options = FeatureOptions(word_vectors=WordVectorSettings(**chosen))
    return WordVectorModel.fit(stored(titles, folder), options, scratch=folder / "scratch", seed=1)


def vector_file(folder: Path, text: str) -> str:
    path = folder / "vectors.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_title_is_the_mean_of_its_words_weighted_by_idf(tmp_path: Path) -> None:
    path = vector_file(tmp_path, "zombie 1 0\nisland 0 1\n")
    found = fitted(THREE, tmp_path, vectors=path).transform(THREE).toarray()
    # "zombie" twice, in 1 of 3 titles; "island" once, in 2 of 3.
    zombie = (1 + np.log(2)) * (np.log(4 / 2) + 1)
    island = np.log(4 / 3) + 1
    length = np.hypot(zombie, island)
    assert found == pytest.approx(
        np.array([[zombie / length, island / length], [0, 1], [0, 0]]), abs=1e-6
    )


def test_what_all_titles_share_is_taken_out(tmp_path: Path) -> None:
    path = vector_file(tmp_path, "zombie 0.8 0.6\nchef 0.8 -0.6\n")
    titles = table({"description": "Zombie"}, {"description": "Chef"})
    # Squares add up to 1.28 along the first axis and 0.72 along the second.
    model = fitted(titles, tmp_path, vectors=path, common_directions=1)
    assert model.common == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-6)
    assert model.transform(titles).toarray() == pytest.approx(
        np.array([[0.0, 1.0], [0.0, -1.0]]), abs=1e-6
    )


def test_words_of_the_file_that_the_catalogue_lacks_are_known_at_night(tmp_path: Path) -> None:
    path = vector_file(tmp_path, "zombie 1 0\nvampire 0 1\n")
    model = fitted(THREE, tmp_path, vectors=path)
    new = table({"description": "Vampire qwxzv"})
    assert model.transform(new).toarray().tolist() == [[0.0, 1.0]]
    assert model.out_of_vocabulary(new) == (1, 1)


def test_a_word_of_two_fields_is_one_word_and_its_title_counts_once(tmp_path: Path) -> None:
    titles = table({"description": "Japan, japan", "country": ["Japan"]}, {"country": ["India"]})
    bag = word_bag(titles, ["description", "country"])
    assert bag.terms == ["japan", "india"]
    assert bag.counts.toarray().tolist() == [[3, 0], [0, 1]]
    n_titles, held = count_words(stored(titles, tmp_path), ["description", "country"])
    assert (n_titles, dict(held)) == (2, {"japan": 1, "india": 1})


def test_no_word_that_qualifies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="no word is held by 3 of the 3 titles"):
        fitted(THREE, tmp_path, min_titles=3)


def test_a_missing_gensim_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(FeatureError, match=r"word2vec needs gensim.*pip install 'reelhouse\[words"):
        fitted(THREE, tmp_path, method="word2vec")


def test_a_description_of_the_model_that_is_damaged_is_named(tmp_path: Path) -> None:
    fitted(THREE, tmp_path).save(tmp_path)
    described = json.loads((tmp_path / "features.json").read_text(encoding="utf-8"))
    (tmp_path / "features.json").write_text(json.dumps(described | {"words": "zombie"}))
    with pytest.raises(FeatureError, match=r"features\.json holds no valid words"):
        load_model(tmp_path)


@needs_gensim
def test_fasttext_knows_new_words_by_their_parts_without_gensim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = {"method": "fasttext", "dimensions": 4, "ngram_buckets": 500, "epochs": 2}
    fitted(THREE, tmp_path, **trained).save(tmp_path / "model")
    for name in [name for name in sys.modules if name.partition(".")[0] == "gensim"]:
        monkeypatch.setitem(sys.modules, name, None)
    model = load_model(tmp_path / "model")
    new = table({"description": "Zombieland"}, {"description": "qwxzv"})
    assert model.transform(new).getnnz(axis=1).tolist()[0] == 4
    assert model.out_of_vocabulary(new) == (0, 2)


@needs_gensim
@pytest.mark.slow
def test_training_does_not_depend_on_the_hash_seed_of_python(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import FeatureOptions
from reelhouse.features.settings import WordVectorSettings
words = WordVectorSettings(method="fasttext", min_titles=1, max_title_share=1.0, dimensions=4,
                           ngram_buckets=100)
model = fit_model("word-vectors", [Path({str(tmp_path / "part-0.parquet")!r})],
                  FeatureOptions(word_vectors=words), scratch=Path({str(tmp_path)!r}), seed=7)
print(model.vectors.tobytes().hex(), model.ngrams.vectors.tobytes().hex())
"""
    stored(THREE, tmp_path)
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
