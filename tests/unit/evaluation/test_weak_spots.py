from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from reelhouse.evaluation.reading import report_rows, weak_rows
from reelhouse.evaluation.sizes import size_distribution
from reelhouse.evaluation.weak_spots import weak_spots
from reelhouse.schema import ASSIGNMENTS


def placed(cluster: int, second: int | None, margin: float | None, **changes: Any) -> dict:
    return {
        "title_id": "t",
        "cluster_id": cluster,
        "distance": 0.5,
        "second_cluster_id": second,
        "second_distance": None if margin is None else 0.5 + margin,
        "margin": margin,
        "status": "placed",
        "placed_in_version": 1,
    } | changes


def test_a_cluster_blurs_into_the_neighbour_of_its_border_titles() -> None:
    # On the border: a margin of at most a tenth of the distance to the next, 0.05 of 0.55.
    rows = [placed(4, 7, 0.05), placed(4, 7, 0.04), placed(4, 9, 0.01), placed(4, 9, 0.5)]
    (found,) = weak_spots(pa.Table.from_pylist(rows, schema=ASSIGNMENTS), [4], [0.3])
    assert (found.blurs_into, found.blur_share, found.weak) == (7, 0.5, ("blurs",))
    assert found.margin == pytest.approx(0.15)


def test_outliers_and_a_low_silhouette_are_weak() -> None:
    rows = [placed(1, 2, 0.4, status="outlier"), placed(1, 2, 0.4), placed(2, 1, 0.4)]
    table = pa.Table.from_pylist(rows, schema=ASSIGNMENTS)
    first, second, empty = weak_spots(table, [1, 2, 3], [0.1, 0.7, None])
    # 0.1 is less than half of the mean, 0.4.
    assert first.weak == ("loose", "many outliers")
    assert (first.outlier_share, first.blurs_into) == (0.5, None)
    assert second.weak == ()
    assert (empty.size, empty.margin, empty.outlier_share, empty.weak) == (0, None, 0, ())


def test_one_cluster_has_no_border() -> None:
    table = pa.Table.from_pylist([placed(1, None, None)], schema=ASSIGNMENTS)
    (found,) = weak_spots(table, [1], [None])
    assert (found.blurs_into, found.blur_share, found.margin) == (None, 0, None)


@pytest.mark.parametrize(("sizes", "gini"), [([3, 3, 3], 0), ([0, 0, 0, 8], 0.75), ([0], 0)])
def test_the_gini_coefficient_by_hand(sizes: list[int], gini: float) -> None:
    assert size_distribution(sizes).gini == pytest.approx(gini)


def test_a_report_is_read_as_rows_and_what_it_lacks_is_left_out() -> None:
    report = {
        "agreement": {"genre": {"nmi": 0.705, "ari": 0.35}},
        "agreement_without_genres": None,
        "sizes": {"median": 176.0, "largest": 1470},
        "coherence": None,
    }
    found = {row["measure"]: row["value"] for row in report_rows(report)}
    assert found == {
        "agreement with the first genre, NMI": "0.70",
        "agreement with the first genre, ARI": "0.35",
        "titles of the median cluster": "176",
        "titles of the largest cluster": "1,470",
    }


def test_weak_clusters_are_rows_the_most_blurred_first() -> None:
    def cluster(number: int, blur: float, *weak: str) -> dict[str, Any]:
        return {
            "cluster_id": number, "name": f"C{number}", "weak": list(weak), "silhouette": 0.1,
            "outlier_share": 0.25, "blurs_into": 3, "blur_share": blur,
        }  # fmt: skip

    report = {"clusters": [cluster(1, 0.1, "loose"), cluster(2, 0.3, "blurs"), cluster(3, 0.0)]}
    rows = weak_rows(report)
    assert [row["cluster"] for row in rows] == [2, 1]
    assert rows[0]["blurs into"] == "C3"
    assert (rows[0]["outliers"], rows[0]["on that border"]) == ("25 %", "30 %")
