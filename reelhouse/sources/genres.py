"""Read the genres of rated titles."""

from __future__ import annotations

import logging

from reelhouse.errors import SourceError
from reelhouse.schema import TITLE_GENRES
from reelhouse.sources.small_text import ReadTable, Skipped, read_small_text
from reelhouse.sources.title_files import open_title_file
from reelhouse.sources.title_names import known_ids, refuse_nothing, table_of

_LOG = logging.getLogger(__name__)


def read_genres(uri: str) -> ReadTable:
    """Read genres of titles from movies.csv, movies.dat, u.item or netflix_genres.csv.

    Parameters
    ----------
    uri : str
        Local path or any fsspec URI; plain, gzip or zip.

    Returns
    -------
    ReadTable
        A table of schema TITLE_GENRES in the order of the file; a title without genres has an
        empty list. Of lines with the same id the first wins; what is left out is in `skipped`.

    Raises
    ------
    SourceError
        The file cannot be read, or holds no genres of titles.
    """
    text = read_small_text(uri)
    file = open_title_file(text, "genres")
    if not file.has_genres:
        raise SourceError(
            f"{text.name} holds names without genres: {text.first_line()}, required a column of "
            "genres"
        )
    skipped: list[Skipped] = []
    rows = [(title_id, list(record.genres)) for title_id, record in known_ids(file, skipped)]
    table = table_of(rows, TITLE_GENRES)
    refuse_nothing(table, skipped, text.name, "genres")
    _LOG.info("%s (%s): %d titles, %d skipped", text.name, file.kind, table.num_rows, len(skipped))
    return ReadTable(table, tuple(skipped), text.uri, text.sha256, text.n_bytes)
