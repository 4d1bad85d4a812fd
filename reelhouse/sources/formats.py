"""The forms in which titles are read, by the end of a file's name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol

from reelhouse.sources.header import Columns
from reelhouse.sources.limits import ReadLimits
from reelhouse.sources.opening import OpenedText
from reelhouse.sources.records import Block

#: End of a name -> module and class; the longest end that fits counts, and the empty one fits all.
FORMATS = {"": "reelhouse.sources.records:Records"}


class TitleRecords(Protocol):
    """An opened text, cut into records of one width."""

    columns: Columns
    """Which field is which; `match_columns` finds them by their names."""

    line_end: str
    """LF, CRLF, CR or none, as the first line ends."""

    @property
    def encoding(self) -> str:
        """The codec that the text is read with."""

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        """Yield all records in blocks; one that cannot be cut is among the damaged, never left out.

        Raises
        ------
        SourceError
            What follows cannot be told apart, so that the whole file must be refused.
        """


def cut(text: OpenedText, limits: ReadLimits) -> TitleRecords:
    """Cut a text into records as the name of its file says.

    Parameters
    ----------
    text : OpenedText
        Bytes, not yet decoded.
    limits : ReadLimits
        What is refused.

    Raises
    ------
    SourceError
        The text is none of its form; one line names the file and the place.
    """
    ends = [end for end in FORMATS if text.name.casefold().endswith(end)]
    module, _, name = FORMATS[max(ends, key=len)].partition(":")
    records: TitleRecords = getattr(import_module(module), name)(text, limits)
    return records
