from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue import identify as module
from reelhouse.catalogue.identify import old_titles
from reelhouse.catalogue.workspace import Workspace
from reelhouse.schema import CHANGES, TITLES

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue


def titles_of(work: Workspace) -> pa.Table:
    return pa.concat_tables([pq.read_table(part) for part in Workspace.parts(work.titles)])


def changes_of(work: Workspace) -> list[dict[str, Any]]:
    table = pq.read_table(work.staged / "changes.parquet")
    assert table.schema.equals(CHANGES)
    return table.to_pylist()


def test_all_titles_of_a_first_version_are_added(catalogue: Catalogue) -> None:
    work, found = catalogue.identified("one", catalogue.rows(2))
    assert (found.added, found.removed, found.edited, found.kept) == (6, 0, 0, 0)
    assert found.added_index.tolist() == [0, 1, 2, 3, 4, 5]
    assert titles_of(work).schema.equals(TITLES)
    changes = changes_of(work)
    assert {row["change"] for row in changes} == {"added"}
    assert [row["title_id"] for row in changes] == titles_of(work)["title_id"].to_pylist()


def test_the_night_after_names_what_was_added_removed_and_edited(catalogue: Catalogue) -> None:
    rows = catalogue.rows(2)
    before, _ = catalogue.identified("one", rows)
    moved_year = rows[2] | {"release_year": 2030, "rating": "PG"}
    new = catalogue.title("space", 9)
    work, found = catalogue.identified("two", [new, *rows[:2], moved_year, *rows[4:]], before)
    assert (found.added, found.removed, found.edited, found.kept) == (1, 1, 1, 5)
    assert found.disappeared == 1
    assert found.added_index.tolist() == [0]
    ids = titles_of(before)["title_id"].to_pylist()
    assert titles_of(work)["title_id"].to_pylist()[1:] == [*ids[:3], *ids[4:]]
    changes = {row["change"]: row for row in changes_of(work)}
    assert len(changes) == 3
    assert changes["removed"]["title_id"] == ids[3]
    assert changes["edited"]["title_id"] == ids[2]
    assert changes["edited"]["fields"] == ["release_year", "rating"]
    assert changes["edited"]["reason"] == "same title and type, another release year"
    assert changes["added"]["title"] == "Space 9"


def test_a_namesake_with_other_description_and_cast_is_pointed_out(catalogue: Catalogue) -> None:
    row = catalogue.title("space", 1)
    before, _ = catalogue.identified("one", [row])
    other = row | {"release_year": 1950, "description": "Another.", "cast": ["Someone"]}
    work, _ = catalogue.identified("two", [other], before)
    assert changes_of(work)[0]["reason"].endswith("perhaps another work of the same name")


def test_a_renamed_title_has_not_disappeared_from_the_changes(catalogue: Catalogue) -> None:
    row = catalogue.title("space", 1)
    before, _ = catalogue.identified("one", [row])
    work, found = catalogue.identified("two", [row | {"title": "Renamed"}], before)
    assert (found.added, found.removed, found.edited) == (0, 0, 1)
    assert changes_of(work)[0]["fields"] == ["title"]


def test_an_unchanged_snapshot_has_no_changes_though_it_is_renumbered(catalogue: Catalogue) -> None:
    rows = catalogue.rows(2)
    before, _ = catalogue.identified("one", rows)
    renumbered = [row | {"show_id": f"s{90 + at}"} for at, row in enumerate(reversed(rows))]
    work, found = catalogue.identified("two", renumbered, before)
    assert (found.added, found.removed, found.edited, found.kept) == (0, 0, 0, 6)
    assert changes_of(work) == []


@pytest.mark.parametrize("at_once", [1, 3, 50_000])
def test_the_cut_into_partitions_changes_nothing(
    catalogue: Catalogue, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_COMPARED_AT_ONCE", at_once)
    old = catalogue.rows(4)
    new = [
        row | {"rating": "PG"} if at % 3 else row for at, row in enumerate(catalogue.rows(5)[2:])
    ]
    new.reverse()
    one_old, _ = catalogue.identified("a", old)
    one, found = catalogue.identified("b", new, one_old)
    cut_old, _ = catalogue.identified("c", old, cuts=[0, 5, 5, 7])  # two of them empty
    cut, found_cut = catalogue.identified("d", new, cut_old, cuts=[1, 4, 9])
    assert titles_of(one).equals(titles_of(cut))
    assert sorted(map(str, changes_of(one))) == sorted(map(str, changes_of(cut)))
    assert found.added_index.tolist() == found_cut.added_index.tolist()
    assert (found.added, found.removed, found.edited) == (
        found_cut.added,
        found_cut.removed,
        found_cut.edited,
    )


def test_all_titles_may_be_replaced(catalogue: Catalogue) -> None:
    before, _ = catalogue.identified("one", catalogue.rows(1))
    work, found = catalogue.identified("two", catalogue.rows(1, first=5), before)
    assert (found.added, found.removed, found.disappeared) == (3, 3, 3)
    assert sorted(row["change"] for row in changes_of(work)) == ["added"] * 3 + ["removed"] * 3


def test_a_remake_does_not_take_over_the_id_of_the_title_it_follows(catalogue: Catalogue) -> None:
    # The old one's year moved on; the remake then has the name and the year that gave the old id.
    first = catalogue.title("space", 1)
    before, _ = catalogue.identified("one", [first, catalogue.title("court", 1)])
    moved = first | {"release_year": 2030}
    remake = first | {"description": "Another story.", "director": first["director"]}
    work, _ = catalogue.identified("two", [moved, remake], before)
    old_id = titles_of(before)["title_id"][0].as_py()
    ids = titles_of(work)["title_id"].to_pylist()
    assert ids.count(old_id) == 1
    assert len(set(ids)) == 2


def test_old_rows_come_in_the_order_that_is_asked_for(catalogue: Catalogue) -> None:
    work, _ = catalogue.identified("one", catalogue.rows(3), cuts=[2, 2, 5])
    old = old_titles(Workspace.parts(work.titles))
    every = titles_of(work)["title_id"].to_pylist()
    assert old.ids.to_pylist() == every
    for order in ([8, 0, 4, 4, 2], [], [5, 4, 3]):
        rows = module._rows_of(old, np.array(order, dtype=np.int64))
        assert rows["title_id"].to_pylist() == [every[at] for at in order]


def test_old_titles_of_no_rows_are_no_titles(tmp_path: Path) -> None:
    pq.write_table(TITLES.empty_table(), tmp_path / "a.parquet")
    assert len(old_titles([tmp_path / "a.parquet"]).keys) == 0
