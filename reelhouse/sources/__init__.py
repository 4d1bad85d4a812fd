"""Sources: raw files become canonical tables, streaming."""

from reelhouse.sources.kaggle import TitlesSnapshot, read_titles
from reelhouse.sources.limits import ReadLimits

__all__ = ["ReadLimits", "TitlesSnapshot", "read_titles"]
