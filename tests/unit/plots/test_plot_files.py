from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from reelhouse.errors import FigureError
from reelhouse.plots import write
from reelhouse.plots.pictures import FigureTables, Picture
from reelhouse.plots.write import plan_figures, write_figures

MakeTables = Callable[..., FigureTables]


def test_each_picture_has_its_data_beside_it_and_an_entry_in_the_index(
    make_tables: MakeTables,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(write, "_PICTURES_PER_PROCESS", 4)
    tables, folder = make_tables(1), tmp_path / "figures"
    told: list[tuple[int, int]] = []
    with caplog.at_level(logging.INFO):
        paths = write_figures(
            tables, folder, n_processes=2, on_picture=lambda *done: told.append(done)
        )
    assert sorted(told) == [(number, 11) for number in range(1, 12)]
    assert "drawing 11 pictures in 2 processes" in caplog.text
    assert sorted(paths) == sorted(folder.iterdir())
    assert paths[-1].name == "index.json"
    listed = json.loads(paths[-1].read_text())
    planned = list(plan_figures(tables))
    assert [one["stem"] for one in listed] == [picture.stem for picture, _ in planned]
    for picture, table in planned:
        assert pq.read_table(folder / f"{picture.stem}.parquet").equals(table)
        with Image.open(folder / f"{picture.stem}.png") as image:
            assert image.info["Description"] == picture.caption


def test_without_tables_only_the_index_is_written(tmp_path: Path) -> None:
    (index,) = write_figures(FigureTables(), tmp_path)
    assert json.loads(index.read_text()) == []


def test_a_picture_that_cannot_be_drawn_says_why_in_one_line(
    make_tables: MakeTables, tmp_path: Path
) -> None:
    (tmp_path / "elbow.png").mkdir()
    tables = make_tables()
    with pytest.raises(
        FigureError, match=r"the pictures in .* cannot be drawn: .*elbow\.png"
    ) as told:
        write_figures(FigureTables(curve=tables.curve), tmp_path)
    assert "\n" not in str(told.value)


def test_missing_matplotlib_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_tables: MakeTables
) -> None:
    monkeypatch.setattr(write, "find_spec", lambda _: None)
    with pytest.raises(FigureError, match="matplotlib is not installed"):
        write_figures(make_tables(), tmp_path)


def test_a_users_matplotlibrc_changes_nothing(make_tables: MakeTables, tmp_path: Path) -> None:
    import matplotlib as mpl

    from reelhouse.plots.drawing import draw_png

    picture, table = next(plan_figures(make_tables()))
    draw_png(picture, table, tmp_path / "a.png")
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "savefig.bbox": "tight"}):
        draw_png(picture, table, tmp_path / "b.png")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_picture_is_plain_json() -> None:
    picture = Picture("a", "curve", "T", "C", {"chosen": None})
    assert Picture(**json.loads(json.dumps(picture.__dict__))) == picture
