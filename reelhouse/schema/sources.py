"""What the sources yield, before anything is published."""

from __future__ import annotations

import pyarrow as pa

from reelhouse.schema.column import column

_NAMES = pa.list_(pa.string())
_UNREADABLE = pa.list_(
    pa.struct([("column", pa.string()), ("value", pa.string()), ("required", pa.string())])
)

#: What a source yields for every data row of its file, good or bad.
SOURCE_TITLES = pa.schema(
    [
        column("row", pa.int64(), "1-based number of the data record", null=False),
        column("show_id", pa.string(), "as in the snapshot; renumbered with every snapshot"),
        column("type", pa.string(), "what it is", values=("Movie", "TV Show")),
        column("title", pa.string(), "cleaned of invisible characters and surplus spaces"),
        column("director", _NAMES, "in the order of the file"),
        column("cast", _NAMES, "in the order of the file"),
        column("country", _NAMES, "in the order of the file"),
        column("date_added", pa.date32(), "when it came into the catalogue"),
        column("release_year", pa.int32(), "of the latest season, for shows"),
        column("rating", pa.string(), "age certificate"),
        column("duration_minutes", pa.int32(), "running time of movies", unit="minutes"),
        column("seasons", pa.int32(), "number of seasons of shows"),
        column("listed_in", _NAMES, "genres"),
        column("description", pa.string(), "the blurb"),
        column("repaired", _NAMES, "fields that were mended while reading"),
        column(
            "unreadable",
            _UNREADABLE,
            "cells that could not be converted, and records of the wrong width: column, value, "
            "and what is required",
        ),
        column("raw", _NAMES, "the record's fields as they stand in the file"),
    ]
)

#: Ratings as the sources store them: sorted by user and title, a user in one partition only.
RATINGS = pa.schema(
    [
        column("user_id", pa.int32(), "as in the ratings", null=False),
        column("title_id", pa.int32(), "as in the ratings", null=False),
        column(
            "rating", pa.float32(), "what the user gave, on the scale of the source", null=False
        ),
        column("date", pa.date32(), "when; null where the source has no date"),
    ]
)

#: Names of rated titles.
TITLE_NAMES = pa.schema(
    [
        column("title_id", pa.int32(), "as in the ratings", null=False),
        column("name", pa.string(), "as the source writes it", null=False),
        column("year", pa.int32(), "year of release"),
    ]
)

#: Genres of rated titles.
TITLE_GENRES = pa.schema(
    [
        column("title_id", pa.int32(), "as in the ratings", null=False),
        column("genres", _NAMES, "as the source writes them", null=False),
    ]
)
