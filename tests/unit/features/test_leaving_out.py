from __future__ import annotations

from reelhouse.features.leaving_out import without_field
from reelhouse.features.settings import FeatureOptions, WordVectorSettings


def test_a_field_is_left_out_of_every_kind_and_nothing_else_changes() -> None:
    options = FeatureOptions()
    found = without_field(options, "listed_in")
    assert found.tfidf.listed_in.weight == 0
    assert found.tfidf_svd.tfidf.listed_in.weight == 0
    assert found.tfidf.listed_in.max_terms == options.tfidf.listed_in.max_terms
    assert found.tfidf.description == options.tfidf.description
    assert found.combined == options.combined
    assert options.tfidf.listed_in.weight > 0


def test_a_field_is_left_out_of_lists_of_fields() -> None:
    words = WordVectorSettings(fields=("description", "listed_in"))
    found = without_field(FeatureOptions(word_vectors=words), "listed_in")
    assert found.word_vectors.fields == ("description",)
