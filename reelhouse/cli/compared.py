"""The models of a comparison, in `reelhouse show`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelhouse.cli import output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reelhouse.storage.manifest import RunManifest

#: Protocol -> figures that are shown, the one that models are told apart by first.
_COMPARED = {
    "rating": {"rmse": "RMSE", "mae": "MAE"},
    "ranking": {
        "ndcg_100": "NDCG@100",
        "recall_20": "Recall@20",
        "recall_50": "Recall@50",
        "ndcg_10": "NDCG@10",
    },
}


def comparison_sections(manifest: RunManifest) -> Iterator[tuple[str, list[RenderableType]]]:
    """What a comparison measured; nothing for versions of another kind."""
    rows = manifest.results.get("comparison")
    if isinstance(rows, list) and rows:
        yield "models", list(_comparison(rows))


def _comparison(rows: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    """A table for each protocol, the best model first; below it what failed, and why."""
    for protocol, names in _COMPARED.items():
        of_protocol = [row for row in rows if row["protocol"] == protocol]
        measured = [row for row in of_protocol if row["status"] == "measured"]
        columns = (protocol, "family", *names.values(), "95 % interval", "fit, s")
        if measured:
            yield output.table(
                columns,
                [_compared(row, names) for row in measured],
                right=columns[2:],
                whole=(protocol,),
                indent=2,
            )
        for row in of_protocol:
            if row["status"] != "measured":
                yield output.indented(f"{row['model']} {row['status']}: {row.get('reason', '')}")


def _compared(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Any, ...]:
    by = next(iter(names))
    low, high = (row.get(f"{by}_{end}") for end in ("low", "high"))
    interval = "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
    figures = (f"{row[name]:.4f}" for name in names)
    return row["model"], row["family"], *figures, interval, f"{row['seconds_fit']:.3g}"
