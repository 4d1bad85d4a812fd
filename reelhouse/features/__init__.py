"""Titles to feature vectors."""

from __future__ import annotations

from reelhouse.features.base import FeatureModel, load_model
from reelhouse.features.tfidf import TfidfModel, fit_tfidf
from reelhouse.features.vocabulary import TermCounts, count_terms, merge_counts

__all__ = [
    "FeatureModel",
    "TermCounts",
    "TfidfModel",
    "count_terms",
    "fit_tfidf",
    "load_model",
    "merge_counts",
]
