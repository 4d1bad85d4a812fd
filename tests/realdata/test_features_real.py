"""Features of the real catalogue: the vocabulary makes sense and every title has a vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.features.settings import TfidfSettings
from reelhouse.features.tfidf import TfidfModel, fit_tfidf
from reelhouse.features.vocabulary import count_terms
from reelhouse.sources import read_titles

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def titles(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    source = real_data / "netflix_titles" / "2021-09" / "netflix_titles.csv"
    if not source.is_file():
        pytest.skip(f"no file {source}")
    snapshot = read_titles(str(source), tmp_path_factory.mktemp("parts"), rows_per_partition=9000)
    return pq.read_table([str(part) for part in snapshot.parts])


@pytest.fixture(scope="module")
def model(titles: pa.Table) -> TfidfModel:
    return fit_tfidf(count_terms(titles), TfidfSettings())


def test_every_real_title_has_a_unit_row(titles: pa.Table, model: TfidfModel) -> None:
    features = model.transform(titles)
    assert features.shape == (8807, model.n_features)
    norms = np.sqrt(features.multiply(features).sum(axis=1))
    assert norms == pytest.approx(np.ones((8807, 1)), abs=1e-5)


def test_multi_word_names_are_terms(model: TfidfModel) -> None:
    names = set(model.feature_names())
    assert names >= {
        ("listed_in", "science_fiction"),
        ("listed_in", "stand_up_comedy"),
        ("description", "serial_killer"),
        ("description", "stand_up"),
        ("director", "martin_scorsese"),
        ("cast", "shah_rukh_khan"),
        ("country", "south_korea"),
        ("rating", "tv_ma"),
    }


def test_no_stop_word_and_no_possessive_is_a_term(model: TfidfModel) -> None:
    terms = set(model.terms["description"])
    assert not terms & {"the", "be", "he", "s", "s_", "doesnt", "year", "alis"}
    # 1990s once became "nineteennineties".
    assert {"1990s", "1970s"} <= terms


def test_media_are_no_genres(model: TfidfModel) -> None:
    assert not [term for term in model.terms["listed_in"] if "tv" in term or "movie" in term]


def test_nearest_titles_of_stranger_things_are_of_its_kind(
    titles: pa.Table, model: TfidfModel
) -> None:
    features = model.transform(titles)
    names = titles["title"].to_pylist()
    nearness = np.asarray((features @ features[names.index("Stranger Things")].T).todense())[:, 0]
    genres = titles["listed_in"].to_pylist()
    nearest = np.argsort(-nearness)[1:6]
    assert all("TV Horror" in genres[row] or "TV Mysteries" in genres[row] for row in nearest)
