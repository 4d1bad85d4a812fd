"""How much one input may ask of this machine before it is refused."""

from __future__ import annotations

from pydantic import PositiveInt

from reelhouse.settings import Settings


class ReadLimits(Settings):
    """Bounds on one input file; what exceeds them is a SourceError."""

    max_bytes: PositiveInt = 20 * 1024**3
    """Most bytes of text, after decompression."""

    max_ratio: PositiveInt = 200
    """Most bytes of text per compressed byte, once more than 10 MB were produced."""

    max_entries: PositiveInt = 100
    """Most entries of a zip archive."""

    max_record_chars: PositiveInt = 200_000
    """Most characters of one record; a longer one holds a quote that nothing closes."""
