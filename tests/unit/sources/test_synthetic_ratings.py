from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from reelhouse.sources.synthetic_ratings import Layout, SyntheticRatingsSettings, write_ratings
from reelhouse.sources.synthetic_ratings_kernels import fill_alias_table
from reelhouse.sources.synthetic_ratings_plan import LARGEST_SHARE, STAR_SHARES, raters_by_rank
from reelhouse.sources.synthetic_ratings_titles import make_titles

SMALL = SyntheticRatingsSettings(
    n_users=2_000, n_titles=300, n_ratings=24_000, n_groups=4, group_share=0.5, seed=3
)


class Written(NamedTuple):
    folder: Path
    rows: list[tuple[int, int, int, str]]
    """User, title, stars and day."""
    groups: dict[int, int]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("ratings")
    assert write_ratings(folder, SMALL, truth=folder / "truth.parquet") == SMALL.n_ratings
    truth = pq.read_table(folder / "truth.parquet")
    groups = dict(zip(truth["user_id"].to_pylist(), truth["group"].to_pylist(), strict=True))
    return Written(folder, read_combined(folder), groups)


def read_combined(folder: Path) -> list[tuple[int, int, int, str]]:
    rows = []
    title = 0
    for path in sorted(folder.glob("combined_data_*.txt")):
        for line in path.read_text("ascii").splitlines():
            if line.endswith(":"):
                title = int(line[:-1])
                continue
            user, stars, day = line.split(",")
            rows.append((int(user), title, int(stars), day))
    return rows


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_counts_are_exact(written: Written) -> None:
    assert len(written.rows) == SMALL.n_ratings
    assert {title for _, title, _, _ in written.rows} == set(range(1, 301))
    assert {user for user, _, _, _ in written.rows} == set(written.groups)
    assert len(written.groups) == SMALL.n_users


def test_nobody_rates_a_title_twice(written: Written) -> None:
    assert len({(user, title) for user, title, _, _ in written.rows}) == len(written.rows)


def test_ids_have_gaps_and_follow_no_order(written: Written) -> None:
    ids = sorted(written.groups)
    assert 1 <= ids[0] < ids[-1] <= 2_000 * 5.6
    groups = [written.groups[user] for user in ids]
    assert Counter(groups) == dict.fromkeys(range(4), 500)
    assert len({tuple(groups[i : i + 5]) for i in range(0, 2_000, 5)}) > 200


def test_stars_and_days_are_those_of_the_prize(written: Written) -> None:
    stars = Counter(stars for _, _, stars, _ in written.rows)
    for star, share in enumerate(STAR_SHARES, start=1):
        assert stars[star] / len(written.rows) == pytest.approx(share, abs=0.03)
    days = [day for _, _, _, day in written.rows]
    assert min(days) >= "1999-11-11"
    assert max(days) == "2005-12-31"
    assert sum(day >= "2004" for day in days) > len(days) / 2


def test_popularity_and_activity_have_heavy_tails(written: Written) -> None:
    per_title = sorted(Counter(title for _, title, _, _ in written.rows).values())
    per_user = sorted(Counter(user for user, _, _, _ in written.rows).values())
    assert per_title[-1] > 5 * per_title[150]
    assert per_user[-1] > 2 * per_user[1_000]


def test_a_title_draws_from_its_group_and_its_group_likes_it(written: Written) -> None:
    raters: dict[int, Counter[int]] = {}
    stars: dict[tuple[bool, int], list[int]] = {(True, 0): [], (False, 0): []}
    for user, title, _, _ in written.rows:
        raters.setdefault(title, Counter())[written.groups[user]] += 1
    own = {title: counts.most_common(1)[0][0] for title, counts in raters.items()}
    # Half from the group and a quarter of the rest; less where the group runs out of users.
    shares = [counts[own[title]] / counts.total() for title, counts in raters.items()]
    assert np.median(shares) == pytest.approx(0.5 + 0.5 / 4, abs=0.06)
    for user, title, star, _ in written.rows:
        stars[written.groups[user] == own[title], 0].append(star)
    assert np.mean(stars[True, 0]) > np.mean(stars[False, 0]) + 0.3


def test_the_files_do_not_depend_on_the_number_of_threads(written: Written, tmp_path: Path) -> None:
    write_ratings(tmp_path, SMALL, truth=tmp_path / "truth.parquet", n_threads=1)
    assert contents(tmp_path) == contents(written.folder)


def test_another_seed_writes_other_ratings(written: Written, tmp_path: Path) -> None:
    write_ratings(tmp_path, SMALL.model_copy(update={"seed": 4}))
    shared = set(read_combined(tmp_path)) & set(written.rows)
    assert len(shared) < len(written.rows) / 100


def test_one_file_per_title_holds_the_same_lines(written: Written, tmp_path: Path) -> None:
    write_ratings(tmp_path, SMALL, layout="mv")
    files = sorted(tmp_path.glob("mv_*.txt"))
    assert [files[0].name, files[-1].name] == ["mv_0000001.txt", "mv_0000300.txt"]
    combined = b"".join(p.read_bytes() for p in sorted(written.folder.glob("combined_data_*.txt")))
    assert b"".join(path.read_bytes() for path in files) == combined


@pytest.mark.parametrize(
    ("layout", "header"),
    [
        ("csv", ["user_id", "title_id", "rating", "date"]),
        ("movielens", ["userId", "movieId", "rating", "timestamp"]),
    ],
)
def test_tables_hold_the_same_ratings(
    written: Written, tmp_path: Path, layout: Layout, header: list[str]
) -> None:
    write_ratings(tmp_path, SMALL, layout=layout)
    with (tmp_path / "ratings.csv").open(newline="") as file:
        found, *rows = csv.reader(file)
    assert found == header
    assert [(int(user), int(title), float(stars)) for user, title, stars, _ in rows] == [
        (user, title, float(stars)) for user, title, stars, _ in written.rows
    ]
    if layout == "movielens":
        days = np.array([row[3] for row in rows], "int64").astype("M8[s]").astype("M8[D]")
        assert days.astype(str).tolist() == [row[3] for row in written.rows]
        assert (tmp_path / "movies.csv").exists()
    else:
        assert [row[3] for row in rows] == [row[3] for row in written.rows]


def test_names_have_the_quirks_of_the_real_file() -> None:
    titles = make_titles(np.arange(17_770) % 20, seed=0)
    assert sum(title.year is None for title in titles) == 7
    assert sum("," in title.name for title in titles) == pytest.approx(380, abs=100)
    assert sum("é" in title.name for title in titles) > 0
    assert sum('"' in title.name for title in titles) > 0
    assert all(title.name.encode("latin-1", errors="replace") for title in titles)
    assert sum(bool(title.genres) for title in titles) == pytest.approx(12_279, abs=200)


def test_genres_follow_the_groups_loosely() -> None:
    groups = np.arange(8_000) % 20
    titles = make_titles(groups, seed=0)
    genres = [Counter[str]() for _ in range(20)]
    for title, group in zip(titles, groups.tolist(), strict=True):
        genres[group].update(title.genres)
    total: Counter[str] = sum(genres, Counter())
    for counts in genres:
        # The largest lift of a genre in the group.
        lifts = [counts[genre] / counts.total() * total.total() / n for genre, n in total.items()]
        assert max(lifts) > 1.5


def test_the_full_size_has_the_prizes_titles() -> None:
    counts = raters_by_rank(SyntheticRatingsSettings())
    assert counts.sum() == 100_480_507
    assert counts[-1] == 232_944
    assert 1 <= counts[0] <= 3
    assert np.median(counts) == pytest.approx(561, rel=0.05)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_raters_add_up_and_fit(data: st.DataObject) -> None:
    n_users = data.draw(st.integers(3, 500))
    n_titles = data.draw(st.integers(1, 60))
    largest = int(LARGEST_SHARE * n_users)
    n_ratings = data.draw(st.integers(n_titles, n_titles * largest))
    counts = raters_by_rank(
        SyntheticRatingsSettings(
            n_users=n_users, n_titles=n_titles, n_ratings=n_ratings, n_groups=1
        )
    )
    assert counts.sum() == n_ratings
    assert counts.min() >= 1
    assert counts.max() <= largest


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_alias_tables_give_every_index_its_weight(weights: list[float]) -> None:
    given_weights: NDArray[np.float64] = np.array(weights)
    n = len(weights)
    limits, aliases = np.empty(n, np.uint32), np.empty(n, np.int32)
    fill_alias_table(given_weights, limits, aliases)
    kept = limits / 4294967295.0
    chances = kept + np.bincount(aliases, 1 - kept, n)
    np.testing.assert_allclose(chances / n, given_weights / given_weights.sum(), atol=1e-8)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_ratings": 299}, "required 300 to"),
        ({"n_ratings": 300 * 971}, "n_ratings=291,300, required 300 to 291,000"),
        ({"n_groups": 2_001}, "n_groups=2,001, required at most n_users=2,000"),
    ],
)
def test_impossible_settings_are_refused(changes: dict[str, int], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SyntheticRatingsSettings(**(SMALL.model_dump() | changes))


def test_a_scaled_set_keeps_the_ratings_per_user() -> None:
    scaled = SyntheticRatingsSettings.scaled(0.05)
    assert (scaled.n_users, scaled.n_titles) == (24_009, 17_770)
    assert scaled.n_ratings / scaled.n_users == pytest.approx(209.25, abs=0.01)
