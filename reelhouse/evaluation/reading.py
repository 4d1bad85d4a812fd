"""The quality report of a fit as rows for people: in an artifact, on a terminal, on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Figure of a report -> what it is called, and how it is read.
_READ = {
    "agreement.genre.nmi": ("agreement with the first genre, NMI", "0 to 1; genre is a feature"),
    "agreement.genre.ari": ("agreement with the first genre, ARI", "0 is chance, 1 is equal"),
    "agreement.type.nmi": ("agreement with the type, NMI", "0 to 1; type is a feature"),
    "agreement_without_genres.genre.nmi": (
        "agreement with the first genre, NMI, genres left out of the features",
        "what the other fields alone find",
    ),
    "agreement_without_genres.genre.ari": (
        "agreement with the first genre, ARI, genres left out of the features",
        "0 is chance, 1 is equal",
    ),
    "coherence": (
        "coherence of the top words, NPMI",
        "-1 to 1; above 0 they stand together more often than by chance",
    ),
    "silhouette": ("silhouette, mean of the clusters", "-1 to 1; 0 is on the border"),
    "seed_to_seed_ari": ("agreement with a fit by another seed, ARI", "1 is the same clusters"),
    "kmeans_of_the_same_input.agreement.genre.nmi": (
        "agreement of plain k-means of the same input with the first genre, NMI",
        "what the networks are compared with",
    ),
    "kmeans_of_the_same_input.coherence": ("coherence of plain k-means, NPMI", "likewise"),
    "kmeans_of_the_same_input.ari_with_these_clusters": (
        "agreement with plain k-means of the same input, ARI",
        "1 is the same clusters",
    ),
    "sizes.smallest": ("titles of the smallest cluster", ""),
    "sizes.median": ("titles of the median cluster", ""),
    "sizes.largest": ("titles of the largest cluster", ""),
    "sizes.gini": ("Gini coefficient of the sizes", "0 is all equal"),
    "weak_clusters": ("weak clusters", "loose, blurred, or with many outliers"),
}


def report_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures of a report as rows: measure, value, and how to read it.

    Parameters
    ----------
    report : the `quality` of a manifest's results, or quality/fit.json
    """
    rows = []
    for name, read in _READ.items():
        value: Any = report
        for key in name.split("."):
            value = value.get(key) if value is not None else None
        if value is not None:
            # Above 1 it is a number of titles.
            small = isinstance(value, float) and abs(value) <= 1
            shown = f"{value:.2f}" if small else f"{value:,.0f}"
            rows.append({"measure": read[0], "value": shown, "meaning": read[1]})
    return rows


def weak_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The weak clusters of quality/fit.json as rows, the most blurred first."""
    names = {row["cluster_id"]: row["name"] for row in report["clusters"]}
    weak = [row for row in report["clusters"] if row["weak"]]
    weak.sort(key=lambda row: (-row["blur_share"], row["cluster_id"]))
    return [
        {
            "cluster": row["cluster_id"],
            "name": row["name"],
            "weak": ", ".join(row["weak"]),
            "silhouette": row["silhouette"],
            "outliers": f"{100 * row['outlier_share']:.0f} %",
            "blurs into": names.get(row["blurs_into"], ""),
            "on that border": f"{100 * row['blur_share']:.0f} %",
        }
        for row in weak
    ]
