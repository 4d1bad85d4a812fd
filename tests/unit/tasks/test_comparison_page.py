import pyarrow as pa

from reelhouse.schema import COMPARISON
from tasks.comparison_page import comparison_page
from tasks.markdown import escaped


def row(**given: object) -> dict:
    others = {"family": "graph", "status": "measured", "n_splits": 1, "n_trials": 1,
              "settings": "{}", "seconds_fit": 0.5, "seconds_score": 0.25,
              "n_parameters": 1234}  # fmt: skip
    return {"protocol": "rating", **others, **given}


def page(*rows: dict) -> list[str]:
    table = pa.Table.from_pylist(list(rows), schema=COMPARISON)
    return comparison_page(table.to_pylist()).splitlines()


def test_the_best_model_comes_first_with_its_interval_and_costs() -> None:
    lines = page(
        row(model="bias", place=2, rmse=0.95, mae=0.75),
        row(model="svd++", place=1, rmse=0.91, rmse_low=0.9, rmse_high=0.92, mae=0.7,
            peak_mib=1500.0, p_value=0.0005),
    )  # fmt: skip
    assert lines[2] == "## Rating"
    cells = [cell.strip() for cell in lines[6].strip("|").split("|")]
    assert cells == [escaped("svd++"), "graph", "0.9100 (0.9000 to 0.9200)", "0.7000", "", "",
                     "0.5", "0.25", "1,500", "1,234", "0.0005"]  # fmt: skip
    assert lines[7].startswith("| bias |")


def test_a_failure_is_a_row_of_the_same_width_with_its_reason() -> None:
    lines = page(row(model="svd", place=1, rmse=0.9),
                 row(model="gat", status="failed", reason="a | b"))  # fmt: skip
    assert lines[4].count("|") == lines[6].count("|") == lines[7].replace("\\|", "").count("|")
    assert "failed: a \\| b" in lines[7]


def test_each_protocol_has_its_own_figures() -> None:
    text = "\n".join(page(row(protocol="ranking", model="ease", place=1, ndcg_100=0.45)))
    assert "## Ranking" in text
    assert "## Rating" not in text
    assert "NDCG@100" in text
    assert "0.4500" in text
