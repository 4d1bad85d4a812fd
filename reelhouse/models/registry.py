"""The models by name, and which of their settings a tuner may try.

Modules are imported when a model of theirs is asked for: those on torch are an extra.
"""

from __future__ import annotations

from reelhouse.models.entries_deep import DEEP
from reelhouse.models.entries_ranking import RANKING
from reelhouse.models.entries_rating import RATING
from reelhouse.models.entry import Choices, Entry, Protocol, Range

__all__ = ["ENTRIES", "Choices", "Entry", "Protocol", "Range", "entries"]

#: In the order of the published table.
ENTRIES: tuple[Entry, ...] = (*RATING, *RANKING, *DEEP)


def entries(protocol: Protocol) -> dict[str, Entry]:
    """The models that take part in one protocol, by name."""
    return {entry.name: entry for entry in ENTRIES if entry.protocol == protocol}
