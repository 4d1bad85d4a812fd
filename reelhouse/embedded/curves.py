"""curves.parquet of deep clusters: what is known of each network after each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reelhouse.catalogue.workspace import Workspace
from reelhouse.deep.curves import EpochFigures, UpdateFigures
from reelhouse.schema import NETWORK_CURVES
from reelhouse.storage.tables import write_table

CURVES_FILE = "curves.parquet"
_OF_EPOCHS = ("loss", "accuracy", "validation_loss", "validation_accuracy")
_OF_UPDATES = ("changed", "divergence", "largest")


def stage_curves(
    work: Workspace, epochs: Sequence[EpochFigures], updates: Sequence[UpdateFigures]
) -> None:
    """Write the curves of the autoencoder and of the refinement."""
    rows = curve_rows("autoencoder", epochs)
    for one in updates:
        rows += _rows("refinement", "targets", one.update, one, _OF_UPDATES)
    _write(work, rows)


def add_curves(work: Workspace, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows of `curve_rows` to the staged table."""
    _write(work, [*pq.read_table(work.staged / CURVES_FILE).to_pylist(), *rows])


def curve_rows(
    network: str, epochs: Iterable[EpochFigures], stage: str | None = None
) -> list[dict[str, Any]]:
    """Rows of one network's epochs; the stage is that of the epoch unless another is named."""
    return [
        row
        for one in epochs
        for row in _rows(network, stage or one.stage, one.epoch, one, _OF_EPOCHS)
    ]


def _rows(
    network: str, stage: str, epoch: int, figures: Any, names: Sequence[str]
) -> list[dict[str, Any]]:
    known = {name: getattr(figures, name) for name in names}
    return [
        {"network": network, "stage": stage, "epoch": epoch, "what": name, "value": value}
        for name, value in known.items()
        if value is not None
    ]


def _write(work: Workspace, rows: Sequence[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(list(rows), schema=NETWORK_CURVES)
    write_table(table, work.staged / CURVES_FILE, NETWORK_CURVES)
