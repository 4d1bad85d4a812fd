"""Names and details of the titles as files of data: loaded when they are looked for or opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.clustering.model import ClusterModel
from reelhouse.recommend.codes import in_words
from reelhouse.recommend.published_vectors import matrix_of
from reelhouse.report.script_data import chunk_name, write_data
from reelhouse.report.shown import Shown
from reelhouse.report.staged import Staged
from reelhouse.report.why import Likeness, feature_terms, in_order

#: Titles of a file of names, and of a file of details.
NAMES_PER_FILE = 5_000
TITLES_PER_FILE = 500
#: Details that are told as they stand in titles.parquet.
_PLAIN = (
    "director",
    "cast",
    "country",
    "rating",
    "duration_minutes",
    "seasons",
    "listed_in",
    "description",
    "repaired",
)
_SHOW = "TV Show"


def write_names(folder: Path, titles: pa.Table) -> None:
    """Write ids, names, years and kinds in files of `NAMES_PER_FILE` titles.

    Parameters
    ----------
    folder : Path
    titles : Table with the schema `TITLES`, in the order of the page
    """
    for number, start in enumerate(range(0, titles.num_rows, NAMES_PER_FILE)):
        some = titles.slice(start, NAMES_PER_FILE)
        value = {
            "ids": some["title_id"].to_pylist(),
            "names": pc.fill_null(some["title"], "").to_pylist(),
            "years": some["release_year"].to_pylist(),
            "shows": _as_numbers(pc.fill_null(pc.equal(some["type"], _SHOW), False)),
        }
        write_data(folder, chunk_name("names", number), value)


def write_details(
    folder: Path, staged: Staged, shown: Shown, titles: pa.Table, *, first: bool
) -> None:
    """Write what a title's page tells, in files of `TITLES_PER_FILE` titles.

    Parameters
    ----------
    folder : Path
    staged : Staged
    shown : Shown
    titles : Table with the schema `TITLES`, in the order of the page
    first : bool
        Whether it is the first version: that its titles are new tells nothing.
    """
    lists = _next_titles(staged, shown)
    happened = {} if first else _happened(staged, shown)
    likeness = _Likenesses.of(staged, shown)
    for number, start in enumerate(range(0, titles.num_rows, TITLES_PER_FILE)):
        some = titles.slice(start, TITLES_PER_FILE)
        placed = shown.assignments.slice(start, TITLES_PER_FILE)
        value: dict[str, Any] = {name: some[name].to_pylist() for name in _PLAIN}
        value |= {
            "added": [None if day is None else day.isoformat() for day in
                      some["date_added"].to_pylist()],
            "distance": _rounded(placed["distance"]),
            "second": placed["second_cluster_id"].to_pylist(),
            "second_distance": _rounded(placed["second_distance"]),
            "outlier": _as_numbers(pc.equal(placed["status"], "outlier")),
            "placed_in": placed["placed_in_version"].to_pylist(),
            "next": [lists.get(at, []) for at in range(start, start + some.num_rows)],
            "happened": [happened.get(at, []) for at in range(start, start + some.num_rows)],
        }  # fmt: skip
        if likeness is not None:
            value |= likeness.told(start, placed)
        write_data(folder, chunk_name("titles", number), value)


class _Likenesses:
    """Why titles are where they are; their vectors are read a file of data at a time."""

    def __init__(self, vectors: pa.Table, n_features: int, likeness: Likeness) -> None:
        self._vectors = vectors
        self._n_features = n_features
        self._likeness = likeness

    @classmethod
    def of(cls, staged: Staged, shown: Shown) -> _Likenesses | None:
        """None for a version without vectors."""
        if not (staged.has("vectors") and staged.has("features")):
            return None
        terms = feature_terms(staged.table("features"))
        model = ClusterModel.load(staged.folder / "model")
        likeness = Likeness(terms, model.centroids, model.cluster_ids)
        vectors = in_order(staged.of_titles("vectors", shown.title_ids), shown.title_ids)
        return cls(vectors, len(terms), likeness)

    def told(self, start: int, placed: pa.Table) -> dict[str, Any]:
        """What makes titles like their cluster and like the next; parts are numbers of a list."""
        rows = self._vectors.slice(start, placed.num_rows).combine_chunks()
        vectors = matrix_of(rows, self._n_features)
        columns = {
            name: self._likeness.parts(vectors, placed[column].combine_chunks())
            for name, column in (("why", "cluster_id"), ("why_second", "second_cluster_id"))
        }
        used = sorted({part for found in columns.values() for row in found for part, _ in row})
        number = {part: at for at, part in enumerate(used)}
        told: dict[str, Any] = {"parts": [self._likeness.names[part] for part in used]}
        for name, found in columns.items():
            told[name] = [
                [value for part, weight in row for value in (number[part], round(weight, 3))]
                for row in found
            ]
        return told


def _happened(staged: Staged, shown: Shown) -> dict[int, list[dict[str, Any]]]:
    """For each title number what changed since the version before."""
    table = staged.table("changes")
    found: dict[int, list[dict[str, Any]]] = {}
    for at, row in zip(
        shown.numbers_of(table["title_id"]).tolist(), table.to_pylist(), strict=True
    ):
        if at >= 0:
            one = {"change": row["change"], "fields": row["fields"] or []}
            found.setdefault(at, []).append(one | {"from": row["from_cluster"]})
    return found


def _next_titles(staged: Staged, shown: Shown) -> dict[int, list[Any]]:
    """For each title number, score and reason of each next one, in a row, the best first."""
    if not staged.has("recommendations"):
        return {}
    lists = staged.of_titles("recommendations", shown.title_ids)
    title = shown.numbers_of(lists["title_id"])
    following = shown.numbers_of(lists["next_title_id"])
    rank = lists["rank"].to_numpy()
    reasons = reason_codes()
    scores = np.round(lists["score"].to_numpy() * 100).astype(int).tolist()
    codes = [reasons.index(code) if code in reasons else -1 for code in lists["reason"].to_pylist()]
    found: dict[int, list[Any]] = {}
    # A sample does not hold every next title.
    for row in np.lexsort((rank, title)).tolist():
        if following[row] >= 0:
            listed = found.setdefault(int(title[row]), [])
            listed += [int(following[row]), scores[row], codes[row]]
    return found


def reason_codes() -> list[str]:
    """Codes of the reasons, in the order of their numbers in files of data."""
    from reelhouse.recommend.codes import REASONS

    return list(REASONS)


def reason_words() -> list[str]:
    """Reasons in words, in the order of their numbers."""
    return [in_words(code) for code in reason_codes()]


def _rounded(column: pa.ChunkedArray) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in column.to_pylist()]


def _as_numbers(flags: pa.ChunkedArray) -> list[int]:
    return pc.cast(flags, pa.int8()).to_pylist()  # type: ignore[no-any-return]
