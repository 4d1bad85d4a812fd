"""Clusters that are planted get names that a person gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from reelhouse.naming.counts import ClusterTerms, count_titles
from reelhouse.naming.distinctive import distinctive_terms
from reelhouse.naming.names import cluster_names
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import SyntheticSettings, theme_names, write_catalogue

#: Words of each of the first twelve themes that its name must have.
NAMED = {
    "Korean romantic dramas": "Korean romantic",
    "nature documentaries": "nature docuseries",
    "stand-up comedy": "stand-up comedy",
    "space science fiction": "sci-fi",
    "true crime": "crime docuseries",
    "cooking competitions": "Reality shows",
    "kids animation": "Family",
    "heist thrillers": "thrillers",
    "Bollywood musicals": "Indian musical",
    "zombie horror": "horror",
    "sports documentaries": "sports documentaries",
    "period dramas": "dramas",
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> ClusterTerms:
    folder: Path = tmp_path_factory.mktemp("planted")
    settings = SyntheticSettings(n_titles=1_000, n_themes=12)
    write_catalogue(folder / "titles.csv", settings, truth=folder / "truth.parquet")
    (part,) = read_titles(str(folder / "titles.csv"), folder / "parts").parts
    themes = pq.read_table(folder / "truth.parquet")["theme"].to_pylist()
    index = np.array([list(NAMED).index(theme) for theme in themes], np.int32)
    return count_titles(pq.read_table(part), index, len(NAMED))


def test_every_theme_is_named_by_its_own_words(planted: ClusterTerms) -> None:
    assert list(theme_names(12)) == list(NAMED)
    names = cluster_names(planted)
    wanted = zip(NAMED.values(), names, strict=True)
    assert [(words, name) for words, name in wanted if words.lower() not in name.lower()] == []


def test_the_top_terms_of_a_theme_are_its_own(planted: ClusterTerms) -> None:
    words = [{word for _, word in found} for found in distinctive_terms(planted)]
    assert {"korean", "romantic"} <= words[0]
    assert {"science", "nature"} <= words[1]
