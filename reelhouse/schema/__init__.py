"""Arrow schemas: the canonical titles and ratings, and the published tables.

Each column says what it means, its unit and what may stand in it (`reelhouse.schema.column`);
docs/data-contracts.md is made from that. Published columns are a contract: they may be added, never
renamed or removed.
"""

from reelhouse.schema.catalogue import (
    ASSIGNMENTS,
    CHANGES,
    CLUSTERS,
    COMPARED_FIELDS,
    FEATURES,
    HIERARCHY,
    NEIGHBOURS,
    NEXT_TITLES,
    POSITIONS,
    QUARANTINE,
    TITLES,
    VECTORS,
)
from reelhouse.schema.column import Told, column, told
from reelhouse.schema.comparison import (
    COMPARISON,
    COMPARISON_CURVES,
    COMPARISON_SPLITS,
    COMPARISON_TRIALS,
)
from reelhouse.schema.sources import RATINGS, SOURCE_TITLES, TITLE_GENRES, TITLE_NAMES
from reelhouse.schema.viewers import (
    LINKS,
    PREFERENCES,
    PROFILE,
    RATED_TITLES,
    USER_ASSIGNMENTS,
    USER_CLUSTERS,
    USER_RECOMMENDATIONS,
)

__all__ = [
    "ASSIGNMENTS",
    "CHANGES",
    "CLUSTERS",
    "COMPARED_FIELDS",
    "COMPARISON",
    "COMPARISON_CURVES",
    "COMPARISON_SPLITS",
    "COMPARISON_TRIALS",
    "FEATURES",
    "HIERARCHY",
    "LINKS",
    "NEIGHBOURS",
    "NEXT_TITLES",
    "POSITIONS",
    "PREFERENCES",
    "PROFILE",
    "QUARANTINE",
    "RATED_TITLES",
    "RATINGS",
    "SOURCE_TITLES",
    "TITLES",
    "TITLE_GENRES",
    "TITLE_NAMES",
    "USER_ASSIGNMENTS",
    "USER_CLUSTERS",
    "USER_RECOMMENDATIONS",
    "VECTORS",
    "Told",
    "column",
    "told",
]
