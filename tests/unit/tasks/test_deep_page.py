from __future__ import annotations

from tasks.deep_page import networks_page

RESULTS = {
    "clustering": {"n_clusters": 3, "reason": "3 clusters were | asked for"},
    "deep": {
        "columns_read": 1500,
        "converged": False,
        "targets": 30,
        "share_that_kept_its_first_cluster": 0.704,
        "largest_share": 0.122,
    },
    "classifiers": [
        {
            "classifier": "dense", "labels_from": "clusters", "accuracy": 0.9, "macro_f1": 0.8,
            "calibration_error": 0.02, "seconds": 1.5, "n_train": 6229, "n_test": 779,
            "places": True,
        }
    ],
}  # fmt: skip


def test_the_page_tells_counts_and_every_classifier() -> None:
    page = networks_page(RESULTS, {"titles": 7786})
    assert "7,786 titles, 1,500 columns read, 3 clusters" in page
    assert "Labels still moved after 30 targets; 70 %" in page
    assert "| dense | clusters | 0.900 | 0.800 | 0.020 | 1.5 | 6,229 | 779 | yes |" in page


def test_what_came_from_elsewhere_is_escaped_and_no_classifiers_are_no_table() -> None:
    page = networks_page(RESULTS | {"classifiers": []}, {"titles": 1})
    assert "were | asked" not in page
    assert "Classifiers" not in page
