from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.fit_page import fit_page
from tasks.pictures import MOST_BYTES, pictures


def cluster(cluster_id: int, name: str, *weak: str) -> dict[str, Any]:
    return {
        "cluster_id": cluster_id,
        "name": name,
        "weak": list(weak),
        "silhouette": 0.125,
        "outlier_share": 0.02,
        "blurs_into": 1,
        "blur_share": 0.5,
    }


REPORT = {
    "agreement": {"genre": {"nmi": 0.731, "ari": 0.5}},
    "sizes": {"largest": 1234},
    "clusters": [cluster(1, "Dramas"), cluster(2, "Films | <b>", "loose", "blurs")],
}


def test_figures_and_weak_clusters_stand_in_tables_and_names_are_no_markup() -> None:
    lines = fit_page(REPORT, "").splitlines()
    assert any(
        line.startswith("| agreement with the first genre\\, NMI | 0\\.73 |") for line in lines
    )
    assert any("titles of the largest cluster | 1\\,234 |" in line for line in lines)
    assert "| weak clusters | 1 | loose\\, blurred\\, or with many outliers |" in lines
    assert "| 2 | Films \\| \\<b\\> | loose\\, blurs | 0\\.12 | 2 \\% | Dramas | 50 \\% |" in lines
    assert "How their number was chosen" not in "\n".join(lines)


def test_without_a_weak_cluster_there_is_no_table_of_them() -> None:
    page = fit_page({**REPORT, "clusters": [cluster(1, "Dramas")]}, "![a](b)")
    assert "Weak clusters" not in page
    assert page.endswith("## How their number was chosen\n\n![a](b)")


def test_pictures_that_are_missing_or_too_large_are_left_out(tmp_path: Path) -> None:
    assert pictures(tmp_path, ["a"]) == ""
    listed = [{"stem": stem, "title": f"Title {stem}"} for stem in ("a", "large", "other")]
    (tmp_path / "index.json").write_text(json.dumps(listed), encoding="utf-8")
    (tmp_path / "a.png").write_bytes(b"abc")
    (tmp_path / "large.png").write_bytes(b"x" * (MOST_BYTES + 1))
    shown = pictures(tmp_path, ["large", "a", "unknown"])
    assert shown == "![Title a](data:image/png;base64,YWJj)\n"
