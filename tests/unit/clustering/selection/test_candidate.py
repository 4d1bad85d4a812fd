from __future__ import annotations

from reelhouse.clustering.selection.candidate import CURVE, Candidate, curve_of, curve_table


def test_a_curve_comes_back_from_its_table_in_the_order_of_its_numbers() -> None:
    few, many = Candidate(2, 20.0, 0.5, stability=0.9), Candidate(7, 9.0, 0.25)
    table = curve_table([many, few])
    assert table.schema == CURVE
    assert table["stability"].to_pylist() == [0.9, None]
    back = curve_of(table)
    assert [one.n_clusters for one in back] == [2, 7]
    # What was not measured is not a number, which equals nothing.
    assert repr(back) == repr((few, many))
