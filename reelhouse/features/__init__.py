"""Titles to feature vectors."""

from __future__ import annotations

from reelhouse.features.base import FeatureModel
from reelhouse.features.kinds import fit_model, load_model
from reelhouse.features.settings import FEATURE_KINDS, FeatureKind, FeatureOptions

__all__ = [
    "FEATURE_KINDS",
    "FeatureKind",
    "FeatureModel",
    "FeatureOptions",
    "fit_model",
    "load_model",
]
