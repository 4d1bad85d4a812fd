"""What recommenders learn from in their contracts: a small catalogue, and who saw its titles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.rated import RatedTitles
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store

GENRES = ("action", "anime", "crime", "drama")


@pytest.fixture(scope="module")
def catalogue(small_store_to_read: Store) -> Catalogue:
    return Catalogue(CommitLog(small_store_to_read, "catalogue").head())


@pytest.fixture(scope="module")
def rated(catalogue: Catalogue) -> RatedTitles:
    """The small catalogue's titles with viewers, genres and clusters; nobody saw the last title."""
    n_titles = len(catalogue.names)
    rng = np.random.default_rng(5)
    seen = (rng.random((12, n_titles)) < 0.4).astype(np.float32)
    seen[:, -1] = 0
    seen[0, :-1] = 1
    ratings = seen * rng.integers(1, 6, seen.shape)
    names = TitleNames(catalogue.names.title_ids, catalogue.names.titles)
    genres = catalogue.vectors(catalogue.titles(range(n_titles)))
    return RatedTitles.of(
        sparse.csr_matrix(ratings.astype(np.float32)),
        names=names,
        days=rng.integers(0, 50, int(seen.sum())).astype(np.float32),
        features=genres,
        feature_names=GENRES,
        cluster_of=catalogue.cluster_of,
    )
