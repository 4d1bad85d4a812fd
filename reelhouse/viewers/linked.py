"""The catalogue of the same store: its titles, linked to those that the viewers rated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.catalogue.base import COLLECTION
from reelhouse.linking import CERTAIN, link_titles
from reelhouse.schema import LINKS
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import InputEntry
from reelhouse.storage.store import open_store
from reelhouse.storage.tables import write_table
from reelhouse.storage.version import Version
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.workspace import Workspace

_COLUMNS = ("title_id", "title", "type", "release_year", "seasons")


@dataclass(frozen=True)
class CatalogueTitles:
    """Titles of a published catalogue.

    Attributes
    ----------
    version : int
        The version that they are of.
    table : Table with title_id, title, type, release_year and seasons
    entry : InputEntry
        What a manifest says of them as an input.
    """

    version: int
    table: pa.Table
    entry: InputEntry


def catalogue_titles(store: str) -> CatalogueTitles | None:
    """Titles of the last version of a store's catalogue; None where there is none.

    Raises
    ------
    StoreError
        When the version cannot be read.
    """
    version = CommitLog(open_store(store), COLLECTION).head()
    if version is None:
        return None
    table = version.read_table("titles", _COLUMNS)
    return CatalogueTitles(version.number, table, _entry(version))


def stage_links(
    held: CatalogueTitles, titles: RatedTitles, title_ids: NDArray[np.int32], work: Workspace
) -> dict[str, int]:
    """Write links.parquet; returns how many links there are, and how many of them are certain.

    Parameters
    ----------
    held : CatalogueTitles
    titles : RatedTitles
        All names that are known: a link to a title that nobody rated keeps others from it.
    title_ids : ndarray of shape (n_titles,), int32
        The rated titles that are published; links to others are left out.
    work : Workspace
    """
    links = LINKS.empty_table()
    if titles.names is not None:
        found = link_titles(held.table, titles.names)
        links = found.filter(pc.is_in(found["rated_title_id"], value_set=pa.array(title_ids)))
    write_table(links, work.staged / "links.parquet", LINKS)
    certain = pc.sum(pc.greater_equal(links["confidence"], CERTAIN)).as_py() or 0
    return {"links": links.num_rows, "certain": certain}


def _entry(version: Version) -> InputEntry:
    files = [entry for entry in version.manifest.files if entry.path.startswith("titles.parquet")]
    # The same titles are the same input, whatever else a version says of them.
    digest = hashlib.sha256("".join(entry.sha256 for entry in files).encode()).hexdigest()
    return InputEntry(
        name="catalogue titles",
        uri=f"{version.store.uri}/{version.object_key('titles.parquet')}",
        sha256=digest,
        size=sum(entry.size for entry in files),
        rows=sum(entry.rows or 0 for entry in files),
    )
