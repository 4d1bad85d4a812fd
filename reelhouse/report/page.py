"""The explorer page of a catalogue version: `report/index.html` with its scripts and data."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.catalogue.history import LAST, PastVersion, past_versions
from reelhouse.report.overview import write_map, write_overview
from reelhouse.report.records import (
    write_changes,
    write_choice,
    write_history,
    write_quality,
    write_tree,
)
from reelhouse.report.shown import MOST_TITLES, shown_titles
from reelhouse.report.staged import Staged
from reelhouse.report.titles import write_details, write_names
from reelhouse.runs.base import Base
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.version import Version

REPORT = "report"
INDEX = "index.html"
_DATA = "data"


def write_catalogue_report(
    folder: Path,
    manifest: RunManifest,
    past: Sequence[PastVersion],
    *,
    version: int,
    clustering: Mapping[str, Any],
    most_titles: int = MOST_TITLES,
) -> Path:
    """Write the explorer page of a run over titles; returns the path of `index.html`.

    Parameters
    ----------
    folder : Path
        The staged run, complete but for its report.
    manifest : RunManifest
        What will be published with it.
    past : sequence of PastVersion
        The versions before, the oldest first.
    version : int
        The number that the run will be published as.
    clustering : mapping
        How the number of clusters was chosen, from the manifest of the fit.
    most_titles : int
        Of more titles the page shows a sample.
    """
    staged = Staged(folder)
    report, data = folder / REPORT, folder / REPORT / _DATA
    shutil.rmtree(report, ignore_errors=True)
    examples = [one for row in staged.rows("clusters") for one in row["representative_title_ids"]]
    shown = shown_titles(
        staged.table("assignments"),
        pa.array(examples, pa.string()),
        seed=manifest.seed,
        most=most_titles,
    )
    titles = staged.of_titles("titles", shown.title_ids)
    titles = titles.take(
        pc.index_in(shown.title_ids, value_set=titles["title_id"].combine_chunks())
    )
    write_overview(data, staged, shown, manifest, version)
    if staged.has("positions"):
        write_map(data, staged, shown)
    write_names(data, titles)
    write_details(data, staged, shown, titles)
    write_changes(data, staged, shown)
    write_history(data, [*past, PastVersion.of(manifest, version)])
    write_quality(data, staged, manifest)
    write_choice(data, staged, dict(clustering))
    write_tree(data, staged)
    _copy_static(report)
    index = report / INDEX
    index.write_text(_index(manifest, version, shown.n_titles), encoding="utf-8")
    return index


def report_on(folder: Path, base: Base, manifest: RunManifest) -> Path:
    """Write the explorer page of a run that follows a version; see `write_catalogue_report`."""
    past = past_versions(base.store, LAST - 1) if base.version else []
    fitted = manifest.results.get("clustering") or _fitted(base)
    return write_catalogue_report(
        folder, manifest, past, version=base.next_number, clustering=fitted
    )


def _fitted(base: Base) -> Mapping[str, Any]:
    """How the clusters were chosen that a night takes over; nothing where that cannot be read."""
    if base.version is None or base.fitted_in is None:
        return {}
    found = CommitLog(base.version.store, base.collection).find(base.fitted_in)
    return found.manifest.results.get("clustering", {}) if isinstance(found, Version) else {}


def _index(manifest: RunManifest, version: int, n_titles: int) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("reelhouse.report"), autoescape=True, undefined=StrictUndefined
    )
    return pages.get_template("index.html.jinja").render(
        collection=manifest.collection,
        version=version,
        day=f"{manifest.created_at.day} {manifest.created_at:%B %Y}",
        n_titles=f"{n_titles:,}",
    )


def _copy_static(report: Path) -> None:
    with as_file(files("reelhouse.report") / "static") as static:
        shutil.copytree(static, report / "static")
