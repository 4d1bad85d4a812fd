"""Names and genres of the titles that were rated: from the files given, or those beside them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.interactions import Interactions
from reelhouse.schema import RATED_TITLES, TITLE_GENRES, TITLE_NAMES
from reelhouse.sources.genres import read_genres
from reelhouse.sources.title_names import read_title_names
from reelhouse.storage.manifest import InputEntry
from reelhouse.viewers.companions import companion_genres, companion_names

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RatedTitles:
    """What is known of the titles.

    Attributes
    ----------
    names : Table of schema TITLE_NAMES, or None
    genres : Table of schema TITLE_GENRES, or None
    inputs : tuple of InputEntry
        The files behind them.
    """

    names: pa.Table | None
    genres: pa.Table | None
    inputs: tuple[InputEntry, ...]

    @property
    def known(self) -> NDArray[np.int32] | None:
        """Ids of the titles that have a name; None when no names were given."""
        return None if self.names is None else self.names["title_id"].to_numpy()

    @property
    def names_file(self) -> str:
        """Name of the file that names were read from, for messages."""
        uris = (entry.uri for entry in self.inputs if entry.name == "title names")
        return PurePosixPath(next(uris, "")).name


def read_rated_titles(
    ratings: str, layout: str, *, names: str | None, genres: str | None
) -> RatedTitles:
    """Read names and genres where there are any.

    Parameters
    ----------
    ratings : where the ratings were read
    layout : theirs
    names, genres : path or URI, or None for the files that a download has beside its ratings

    Raises
    ------
    SourceError
        A file cannot be read, or is of another kind.
    """
    names = names or companion_names(ratings, layout)
    genres = genres or companion_genres(ratings, layout)
    tables: dict[str, pa.Table | None] = {"title names": None, "genres": None}
    inputs = []
    for what, uri, read in (
        ("title names", names, read_title_names),
        ("genres", genres, read_genres),
    ):
        if uri is None:
            _LOG.info("no %s were given, and none stand beside the ratings", what)
            continue
        found = read(uri)
        for skipped in found.skipped[:3]:
            _LOG.warning("%s, line %d: %s", found.uri, skipped.line, skipped.reason)
        tables[what] = found.table
        inputs.append(
            InputEntry(
                name=what,
                uri=found.uri,
                sha256=found.sha256,
                size=found.n_bytes,
                rows=found.table.num_rows + len(found.skipped),
            )
        )
    return RatedTitles(tables["title names"], tables["genres"], tuple(inputs))


def rated_titles_table(interactions: Interactions, titles: RatedTitles) -> pa.Table:
    """titles.parquet of a viewers version: the columns of the matrix, in their order."""
    table = pa.table(
        {
            "title_id": interactions.title_ids,
            "n_ratings": interactions.title_counts,
            "mean_rating": interactions.title_means,
        }
    )
    order = pa.array(np.arange(table.num_rows))
    table = table.append_column("order", order)
    names = titles.names if titles.names is not None else TITLE_NAMES.empty_table()
    genres = titles.genres if titles.genres is not None else TITLE_GENRES.empty_table()
    # Genres are lists, which a join cannot carry: rows are looked up instead.
    at = pc.index_in(table["title_id"], value_set=genres["title_id"].combine_chunks())
    joined = table.join(names, "title_id").sort_by("order").drop_columns(["order"])
    listed = genres["genres"].combine_chunks().take(at.combine_chunks())
    return joined.append_column("genres", listed).select(RATED_TITLES.names).cast(RATED_TITLES)
