"""The explorer page of any run that is about to be published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelhouse.catalogue.history import LAST, PastVersion, last_versions
from reelhouse.report.comparison_page import write_comparison_report
from reelhouse.report.page import write_catalogue_report
from reelhouse.report.viewers_page import write_viewers_report
from reelhouse.runs.base import Base
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.version import Version


def report_on(folder: Path, base: Base, manifest: RunManifest) -> Path:
    """Write the explorer page of a run that follows a version; returns the path of `index.html`.

    Parameters
    ----------
    folder : Path
        The staged run, complete but for its report.
    base : Base
        The version before.
    manifest : RunManifest
        What will be published with it; its collection says which page it gets.
    """
    before = last_versions(base.store, LAST - 1, collection=base.collection) if base.version else []
    number = base.next_number
    if manifest.collection == "viewers":
        return write_viewers_report(folder, manifest, base.version, before, version=number)
    if manifest.collection == "comparison":
        return write_comparison_report(folder, manifest, before, version=number)
    return write_catalogue_report(
        folder,
        manifest,
        [PastVersion.of(one.manifest, one.number) for one in before],
        version=number,
        clustering=manifest.results.get("clustering") or _fitted(base),
    )


def _fitted(base: Base) -> Mapping[str, Any]:
    """How the clusters were chosen that a night takes over; nothing where that cannot be read."""
    if base.version is None or base.fitted_in is None:
        return {}
    found = CommitLog(base.version.store, base.collection).find(base.fitted_in)
    return found.manifest.results.get("clustering", {}) if isinstance(found, Version) else {}
