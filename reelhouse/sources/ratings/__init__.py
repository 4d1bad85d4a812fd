"""Ratings: raw files of any known layout become partitions of users, in bounded memory."""

from reelhouse.sources.ratings.facts import (
    RatingsPart,
    RatingsSnapshot,
    RatingsSpill,
    RefusedValue,
    RefusedValues,
    ValueCounts,
)
from reelhouse.sources.ratings.partition import partition_ratings
from reelhouse.sources.ratings.spill import RATING_LIMITS, spill_ratings

__all__ = [
    "RATING_LIMITS",
    "RatingsPart",
    "RatingsSnapshot",
    "RatingsSpill",
    "RefusedValue",
    "RefusedValues",
    "ValueCounts",
    "partition_ratings",
    "spill_ratings",
]
