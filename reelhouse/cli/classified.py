"""The classifiers of a version's clusters, in `reelhouse show`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reelhouse.cli import output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reelhouse.storage.manifest import RunManifest


def classifier_sections(fitted: RunManifest | None) -> Iterator[tuple[str, list[RenderableType]]]:
    """What classifiers reach on titles that they never saw; nothing for versions without any.

    Parameters
    ----------
    fitted : RunManifest or None
        Of the version whose model is used.
    """
    rows = fitted.results.get("classifiers") if fitted else None
    if not (isinstance(rows, list) and rows):
        return
    columns = ("classifier", "told apart", "accuracy", "macro F1", "calibration error", "fit, s")
    shown = [
        (
            row["classifier"] + (" (places titles)" if row.get("places") else ""),
            row["labels_from"],
            *(f"{row[name]:.3f}" for name in ("accuracy", "macro_f1", "calibration_error")),
            f"{row['seconds']:.1f}",
        )
        for row in rows
    ]
    yield (
        "classifiers, on titles that they never saw",
        [output.table(columns, shown, right=columns[2:], whole=columns[:2], indent=2)],
    )
