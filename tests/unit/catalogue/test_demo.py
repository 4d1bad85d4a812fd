import csv
from pathlib import Path

import pytest

from reelhouse.catalogue.demo import held_back_files, synthetic_files
from reelhouse.errors import SourceError


def write(path: Path, n_titles: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["listed_in", "title", "type", "release_year", "description", "date_added", "note"]
        )
        for number in range(n_titles):
            # Later rows were added earlier; one title ends in a non-breaking space.
            title = f"Title {number}" + ("\u00a0" if number == 1 else "")
            year = 2020 - number
            writer.writerow(["Dramas", title, "Movie", "2000", "words", f"June 1, {year}", "x"])
    return path


def records(path: str) -> list[list[str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_newest_twentieth_is_held_back_and_the_rest_stands_as_in_the_file(
    tmp_path: Path,
) -> None:
    titles = write(tmp_path / "titles.csv", 40)
    files = held_back_files(str(titles), tmp_path)
    whole, evening = records(str(titles)), records(files.evening)
    assert files.night == str(titles)
    # Two of 40: the first two rows have the latest dates.
    assert evening == [whole[0], *whole[3:]]


def test_a_file_with_too_few_titles_for_the_demo_is_refused(tmp_path: Path) -> None:
    titles = write(tmp_path / "titles.csv", 19)
    with pytest.raises(SourceError, match="has 19 titles, required for the demo are 20"):
        held_back_files(str(titles), tmp_path)


def test_the_synthetic_demo_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = synthetic_files(tmp_path / "one"), synthetic_files(tmp_path / "two")
    assert Path(one.evening).read_bytes() == Path(two.evening).read_bytes()
    assert Path(one.night).read_bytes() == Path(two.night).read_bytes()
