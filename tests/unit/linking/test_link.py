from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.linking import CERTAIN, link_titles
from reelhouse.schema import LINKS, TITLE_NAMES

Title = tuple[str, int, str, int | None]
Named = tuple[str, int | None]


def links(titles: list[Title], names: list[Named]) -> list[tuple[str, str, float, str]]:
    """Title, rated name, confidence and rule of each link."""
    table = link_titles(catalogue(titles), rated(names))
    return [
        (row["title"], row["rated_name"], round(row["confidence"], 4), row["rule"])
        for row in table.to_pylist()
    ]


def catalogue(titles: list[Title]) -> pa.Table:
    names, years, kinds, seasons = zip(*titles, strict=True)
    return pa.table(
        {
            "title_id": [f"t{at:02d}" for at in range(len(titles))],
            "title": list(names),
            "type": list(kinds),
            "release_year": pa.array(years, pa.int32()),
            "seasons": pa.array(seasons, pa.int32()),
        }
    )


def rated(names: list[Named]) -> pa.Table:
    rows = [
        {"title_id": at, "name": name, "year": year} for at, (name, year) in enumerate(names, 1)
    ]
    return pa.Table.from_pylist(rows, schema=TITLE_NAMES)


def film(name: str, year: int) -> Title:
    return name, year, "Movie", None


def series(name: str, year: int, seasons: int = 1) -> Title:
    return name, year, "TV Show", seasons


def test_the_same_name_and_year_is_certain() -> None:
    found = links([film("The Matrix", 1999)], [("Matrix, The", 1999)])
    assert found == [("The Matrix", "Matrix, The", 1.0, "same name, same year")]


def test_another_name_of_the_work_is_nearly_certain() -> None:
    found = links([film("Se7en", 1995)], [("Seven (a.k.a. Se7en)", 1995)])
    assert found == [("Se7en", "Seven (a.k.a. Se7en)", 0.9, "another name, same year")]


def test_a_year_that_is_off_by_one_is_less_sure_and_by_two_another_work() -> None:
    names: list[Named] = [("Screamers", 1995)]
    assert links([film("Screamers", 1996)], names)[0][2:] == (0.85, "same name, next year")
    assert links([film("Screamers", 1997)], names) == []


def test_a_year_that_is_off_is_doubted_where_the_work_was_made_again() -> None:
    found = links([film("Hera Pheri", 1976), film("Hera Pheri", 2000)], [("Hera Pheri", 1975)])
    # 0.85 x 0.8
    assert found == [("Hera Pheri", "Hera Pheri", 0.68, "same name, next year")]
    assert found[0][2] < CERTAIN


def test_a_missing_year_is_not_enough() -> None:
    found = links([film("Moonlight", 2016)], [("Moonlight", None)])
    assert found == [("Moonlight", "Moonlight", 0.6, "same name, year unknown")]


def test_a_remake_and_a_sequel_are_not_joined() -> None:
    titles = [film("The Karate Kid", 2010), film("The Karate Kid Part II", 1987)]
    assert links(titles, [("Karate Kid, The", 1984), ("Karate Kid, Part III, The", 1987)]) == []


def test_the_surer_pair_takes_the_title_from_the_less_sure() -> None:
    titles = [film("Grandmaster", 2012), film("The Grandmaster", 2013)]
    found = links(titles, [("Grandmaster, The", 2013)])
    assert found == [("The Grandmaster", "Grandmaster, The", 1.0, "same name, same year")]


def test_two_equal_candidates_are_both_listed_at_half_the_confidence() -> None:
    found = links([film("Emma", 1996)], [("Emma", 1996), ("Emma", 1996)])
    assert found == [("Emma", "Emma", 0.5, "same name, same year, one of several")] * 2


def test_a_misspelt_name_of_the_year_is_listed_below_certainty() -> None:
    found = links([film("Five Elements Ninjas", 1982)], [("Five Element Ninjas", 1982)])
    # 17 of 18 and 17 letters agree: a likeness of 34 / 35, times 0.7.
    assert found == [("Five Elements Ninjas", "Five Element Ninjas", 0.68, "nearly the same name")]
    assert found[0][2] < CERTAIN


def test_a_series_is_not_taken_for_a_film_of_its_name() -> None:
    found = links([series("Behind Enemy Lines", 2001)], [("Behind Enemy Lines", 2001)])
    assert found[0][2:] == (0.7, "same name, same year")
    assert found[0][2] < CERTAIN


def test_all_seasons_of_a_series_are_linked_and_those_of_an_older_one_doubted() -> None:
    names: list[Named] = [
        ("Charmed: Season 1", 1998),
        ("The 4400: Season 1", 2004),
        ("The 4400: The Complete Second Season", 2005),
        ("The 4400: Season 9", 2012),
    ]
    titles = [series("The 4400", 2007, 4), series("Charmed", 2021, 3), film("Charmed", 2000)]
    assert [(title, name, sure) for title, name, sure, _ in links(titles, names)] == [
        ("The 4400", "The 4400: Season 1", 0.8),
        ("The 4400", "The 4400: The Complete Second Season", 0.8),
        # 23 years before the newest of 3 seasons: 3 x 2 + 2 is the most that is taken as likely.
        ("Charmed", "Charmed: Season 1", 0.4),
    ]


def test_nothing_to_link_is_an_empty_table() -> None:
    names = rated([("Dark", 2017)])
    empty = link_titles(catalogue([film("Dark", 2017)]).slice(0, 0), names)
    assert empty.schema == LINKS
    assert empty.num_rows == 0
    assert link_titles(catalogue([film("Dark", 2017)]), names.slice(0, 0)).num_rows == 0


_NAMES = st.sampled_from(
    ["Emma", "The Emma", "Emmas", "Emma II", "Emma: Season 1", "Ammo (Emma)", "Dark", "Darker", ""]
)
_YEARS = st.integers(2000, 2003)


@given(
    titles=st.lists(
        st.tuples(_NAMES, _YEARS, st.sampled_from(["Movie", "TV Show"]), st.none()),
        min_size=1,
        max_size=8,
    ),
    names=st.lists(st.tuples(_NAMES, st.none() | _YEARS), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_links_do_not_hang_on_the_order_of_rows_and_full_confidence_is_one_to_one(
    titles: list[Title], names: list[Named], order: object
) -> None:
    held, known = catalogue(titles), rated(names)
    found = link_titles(held, known)
    rows, columns = list(range(len(titles))), list(range(len(names)))
    order.shuffle(rows)  # type: ignore[attr-defined]
    order.shuffle(columns)  # type: ignore[attr-defined]
    other = link_titles(held.take(rows), known.take(pa.array(columns, pa.int64())))
    assert other.equals(found)
    full = found.filter(pa.compute.equal(found["confidence"], 1.0))
    for side in ("title_id", "rated_title_id"):
        assert len(set(full[side].to_pylist())) == full.num_rows
    pairs = list(zip(*(found[c].to_pylist() for c in ("title_id", "rated_title_id")), strict=True))
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_names_that_are_equally_near_are_all_looked_at(n: int) -> None:
    names: list[Named] = [(f"Five Element Ninjas{letter}", 1982) for letter in "abcdefg"[:n]]
    found = links([film("Five Element Ninjas", 1982)], names)
    assert len(found) == n
    assert {rule for *_, rule in found} == {"nearly the same name, one of several"}


def test_titles_without_a_name_are_not_the_same() -> None:
    assert links([film("", 2000)], [("", 2000)]) == []
