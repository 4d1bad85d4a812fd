"""The drift of the last nights in the Prefect UI: a table and its lines."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from reelhouse.catalogue.history import PastVersion, past_versions
from reelhouse.plots.history import Series, history_svg
from tasks.markdown import escaped, image

#: Figure of `reelhouse.clustering.drift` -> what people call it.
FIGURES = {
    "outlier_share": "outliers",
    "out_of_vocabulary_share": "unknown words",
    "distance_shift": "distance shift",
    "cluster_growth": "growth",
}


def show_drift(store: str, collection: str) -> None:
    """Show how far the last nights had drifted; nothing before the first night."""
    past = past_versions(store, collection=collection)
    if any(one.drift for one in past):
        create_markdown_artifact(drift_page(past), key="drift")


def drift_page(past: Sequence[PastVersion]) -> str:
    """Lines of the figures over the versions, and the table behind them, as Markdown.

    Parameters
    ----------
    past : sequence of PastVersion
        In order; the limits drawn are those of the last night.
    """
    nights = [one for one in past if one.drift]
    limits: dict[str, float] = nights[-1].drift["limits"] if nights else {}
    series = [
        Series(name, [one.drift.get(figure) for one in past], limits.get(figure))
        for figure, name in FIGURES.items()
    ]
    drawn = history_svg([one.version for one in past], series)
    return "\n".join(
        [
            "# Drift over the last versions",
            "A figure is compared with its limit when the night has enough new titles "
            f"({limits.get('min_titles', 0):,}); beyond a limit a refit is due.",
            "",
            image(drawn.encode(), "svg+xml", "drift over the last versions"),
            "",
            f"| version | date | run | new | {' | '.join(FIGURES.values())} | exceeded |",
            "|---" * (5 + len(FIGURES)) + "|",
            *(_row(one) for one in reversed(past)),
        ]
    )


def _row(one: PastVersion) -> str:
    figures = [f"{one.drift[name]:.3f}" if name in one.drift else "" for name in FIGURES]
    exceeded = ", ".join(FIGURES.get(name, name) for name in one.drift.get("exceeded", []))
    run = "refit" if not one.drift else escaped(one.flow)
    shown = [str(one.version), one.date, run, f"{one.added:,}", *figures, escaped(exceeded)]
    return f"| {' | '.join(shown)} |"
