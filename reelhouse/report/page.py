"""The explorer page of clusters of titles, of a catalogue version or a deep one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.catalogue.history import PastVersion
from reelhouse.report.networks import CLASSIFIERS_TABLE, write_networks
from reelhouse.report.overview import write_map, write_overview
from reelhouse.report.records import (
    write_changes,
    write_choice,
    write_history,
    write_quality,
    write_tree,
)
from reelhouse.report.shell import Shell, Tab, fresh_report, write_shell
from reelhouse.report.shown import MOST_TITLES, shown_titles
from reelhouse.report.staged import Staged
from reelhouse.report.titles import write_details, write_names
from reelhouse.storage.manifest import RunManifest


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
    data = fresh_report(folder)
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
    write_details(data, staged, shown, titles, first=not past)
    write_changes(data, staged, shown)
    write_history(data, [*past, PastVersion.of(manifest, version)])
    write_quality(data, staged, manifest)
    write_choice(data, staged.rows("selection"), clustering)
    write_tree(data, staged)
    if staged.has(CLASSIFIERS_TABLE):
        write_networks(data, staged)
    return write_shell(folder, manifest, version, _shell(staged, shown.n_titles))


def _shell(staged: Staged, n_titles: int) -> Shell:
    tabs = [
        Tab("map", "Map", home=True),
        Tab("clusters", "Clusters"),
        Tab("tree", "Tree"),
        Tab("changes", "Changes"),
        Tab("quality", "Data quality"),
        Tab("choice", "Number of clusters"),
    ]
    scripts = ["map", "title", "clusters", "records"]
    if staged.has(CLASSIFIERS_TABLE):
        tabs.append(Tab("classifiers", "Classifiers"))
        scripts += ["heatmap", "sortable", "classifiers"]
    return Shell(
        tabs,
        [*scripts, "explorer"],
        search=f"Search {n_titles:,} titles",
        without_scripts="reelhouse clusters",
    )
