from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reelhouse.plots.catalogue import (
    TITLE_COUNTS,
    draw_title_counts,
    plan_duplicates,
    plan_lengths,
    plan_missing,
)
from reelhouse.plots.drawing import draw_png
from reelhouse.schema import TITLES

#: The second lacks cast, country and a text; the third is the first once more.
ROWS = [
    {"title": "A", "type": "Movie", "cast": ["X"], "country": ["Y"], "duration_minutes": 90,
     "description": "One."},
    {"title": "B", "type": "TV Show", "cast": [], "country": None, "seasons": 2,
     "description": " "},
    {"title": "A", "type": "Movie", "cast": ["X"], "country": ["Y"], "duration_minutes": 90,
     "description": "One."},
    {"title": "A", "type": "TV Show", "cast": ["X"], "country": ["Y"], "description": None},
]  # fmt: skip
KNOWN = pa.schema(
    TITLES.field(name)
    for name in ("title", "type", "cast", "country", "duration_minutes", "seasons", "description")
)


def titles(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=KNOWN)


def counts(table: pa.Table) -> dict[str, int]:
    return dict(zip(table["name"].to_pylist(), table["titles"].to_pylist(), strict=True))


def test_null_an_empty_list_and_a_blank_text_are_missing_values() -> None:
    ((picture, table),) = plan_missing(titles(ROWS))
    assert table.schema == TITLE_COUNTS
    # Minutes belong to films and seasons to shows: a duration lacks where neither is known.
    assert counts(table) == {
        "description": 2, "cast": 1, "country": 1, "duration": 1, "title": 0, "type": 0,
    }  # fmt: skip
    assert picture.caption == (
        "4 titles; 4 of 6 columns lack values, and 2 titles at least one of them."
    )


def test_what_is_no_column_of_titles_is_not_looked_at() -> None:
    with_more = titles(ROWS).append_column("raw", pa.nulls(4, pa.string()))
    ((_, table),) = plan_missing(with_more)
    assert "raw" not in counts(table)


def test_a_duplicate_is_like_an_earlier_title_in_what_is_known() -> None:
    ((_, table),) = plan_duplicates(titles(ROWS))
    # Two descriptions say nothing, and are not alike for that.
    assert counts(table) == {"title": 2, "title and type": 1, "description": 1}


def test_lengths_are_counted_in_bins_of_one_width() -> None:
    ((picture, table),) = plan_lengths([3, 3, 4, 5, 70], 50)
    # From 3 to 70 are 68 lengths: 23 bins of 3, the last cut at the longest text.
    assert table.num_rows == 23
    assert table.slice(0, 1).to_pylist() == [{"lower": 3.0, "upper": 5.0, "value": 4.0}]
    assert table.slice(22).to_pylist() == [{"lower": 69.0, "upper": 70.0, "value": 1.0}]
    # (3 + 3 + 4 + 5 + 50) / 5 = 13 of 50 places.
    assert picture.caption == (
        "5 titles, 3 to 70 words, median 4. Of 50 places, words fill 26.0%; 1 description is "
        "longer."
    )


def test_each_bar_has_its_number_and_its_share() -> None:
    ((picture, table),) = plan_missing(titles(ROWS))
    (axes,) = draw_title_counts(picture, table).axes
    assert [bar.get_width() for bar in axes.patches] == [2, 1, 1, 1, 0, 0]
    assert "2 (50.0%)" in [text.get_text() for text in axes.texts]


def test_the_pictures_are_drawn_by_their_kinds(tmp_path: Path) -> None:
    for planned in (
        plan_missing(titles(ROWS)),
        plan_duplicates(titles(ROWS)),
        plan_lengths([1], 2),
    ):
        for picture, table in planned:
            draw_png(picture, table, tmp_path / "one.png")
            assert (tmp_path / "one.png").stat().st_size > 1000


def test_without_titles_there_is_no_picture() -> None:
    empty = titles([])
    assert [*plan_missing(empty), *plan_duplicates(empty), *plan_lengths([], 10)] == []
