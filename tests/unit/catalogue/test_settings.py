from __future__ import annotations

from reelhouse.catalogue.settings import CatalogueSettings, outcome_settings
from reelhouse.features.settings import (
    CombinedSettings,
    FeatureKind,
    FeatureOptions,
    WordVectorSettings,
)


def settings(kind: FeatureKind, *, dimensions: int = 100) -> CatalogueSettings:
    options = FeatureOptions(
        word_vectors=WordVectorSettings(dimensions=dimensions),
        combined=CombinedSettings(weights={"tfidf-svd": 1.0, "word-vectors": 1.0}),
    )
    return CatalogueSettings(titles="t.csv", store="s", features=kind, feature_options=options)


def test_settings_of_a_kind_that_is_not_used_do_not_decide_what_is_published() -> None:
    assert outcome_settings(settings("tfidf")) == outcome_settings(settings("tfidf", dimensions=50))
    assert set(outcome_settings(settings("tfidf"))["feature_options"]) == {"tfidf"}


def test_settings_of_the_parts_of_combined_features_do() -> None:
    assert outcome_settings(settings("combined")) != outcome_settings(
        settings("combined", dimensions=50)
    )
    used = outcome_settings(settings("combined"))["feature_options"]
    assert set(used) == {"combined", "tfidf_svd", "word_vectors"}


def test_where_from_where_to_and_who_computes_do_not_decide() -> None:
    found = outcome_settings(settings("tfidf"))
    assert not {"titles", "store"} & set(found)
    assert set(found["partitions"]) == {"rows_per_partition"}
