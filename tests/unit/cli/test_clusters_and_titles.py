from __future__ import annotations

import json

import pytest


def test_clusters_come_by_size_then_id(ask) -> None:
    rows = [line.split() for line in ask("clusters").out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["2", "0", "1"]
    found = json.loads(ask("clusters", "--json").out)
    assert [(row["cluster_id"], row["size"]) for row in found] == [(2, 4), (0, 3), (1, 3)]


def test_terms_that_the_name_says_are_not_said_again(ask) -> None:
    by_id = {line.split()[0]: line for line in ask("clusters").out.splitlines()[1:]}
    assert by_id["1"].endswith("born   TV show")
    assert by_id["0"].endswith("born")


def test_one_cluster_shows_titles_and_neighbours(ask) -> None:
    answer = ask("clusters", "--cluster", "0")
    assert "cluster 0: anime · action\n" in answer.out
    assert "Naruto (TV Show, 2000)" in answer.out
    assert "mean distance" in answer.out
    found = json.loads(ask("clusters", "--cluster", "0", "--json").out)
    # Cosines of the centroids: .6 * .6 to cluster 2, nothing in common with cluster 1.
    assert [(n["cluster_id"], n["distance"]) for n in found["neighbours"]] == [
        (2, pytest.approx(0.64)),
        (1, pytest.approx(1.0)),
    ]


def test_neighbours_say_the_family_of_both(ask) -> None:
    found = json.loads(ask("clusters", "--cluster", "0", "--json").out)
    assert [n["family"] for n in found["neighbours"]] == ["action", "All titles"]
    lines = ask("clusters", "--cluster", "0").out.splitlines()
    assert lines[-1].endswith("All titles")


def test_the_tree_is_indented_the_larger_family_first(ask) -> None:
    assert ask("clusters", "--tree").out.splitlines() == [
        "All titles, 9 titles",
        "  action, 6 titles",
        "    0: anime · action, 3 titles",
        "    2: drama · action, 3 titles",
        "  1: crime · drama, 3 titles",
    ]
    rows = json.loads(ask("clusters", "--tree", "--json").out)
    assert [row["parent_id"] for row in rows] == [3, 4, 3, 4, None]


def test_a_version_without_a_tree_says_so(ask, publish_run, small_store) -> None:
    publish_run(small_store, "old", parent=2)
    answer = ask("clusters", "--tree")
    assert answer.status == 1
    assert answer.err == ("error: version 3 has no tree of clusters; the next refit makes one\n")


def test_a_tree_has_no_cluster_to_show_in_full(ask) -> None:
    assert ask("clusters", "--tree", "--cluster", "0").status == 2
    assert ask("clusters", "--tree", "--collection", "viewers").status == 2


def test_an_unknown_cluster_is_named(ask) -> None:
    answer = ask("clusters", "--cluster", "9")
    assert answer.status == 1
    assert answer.err == "error: version 2 has no cluster 9, it has 3 from 0 to 2\n"


def test_a_title_says_why_this_cluster_and_not_the_next(ask) -> None:
    lines = ask("title", "naruto").out.splitlines()
    assert lines[0] == "Naruto (TV Show, 2000)"
    assert "  cluster 0: anime · action, distance 0.01" in lines
    assert "  next is 2: drama · action, distance 0.58, margin 0.57" in lines
    assert "  genre anime 0.57; genre action 0.42" in lines
    at = next(n for n, line in enumerate(lines) if line.startswith("why not drama · action"))
    assert lines[at + 1] == "  genre action 0.42"
    assert lines[at + 4] == "  genre anime 0.57"
    # The likest in its own cluster, and in the next one: 1/√2 · 1/√2 with The Crown, the film.
    assert "  likest there: Bleach (1.00); Pokémon (0.71)" in lines
    assert lines[at + 2].startswith("  likest there: The Crown (0.50); ")


def test_a_film_and_a_show_of_one_name_are_both_shown(ask) -> None:
    out = ask("title", "The Crown").out
    assert "The Crown (TV Show, 2006)" in out
    assert "The Crown (Movie, 2007)" in out
    assert [
        one["title"]["title_id"] for one in json.loads(ask("title", "The Crown", "--json").out)
    ] == [
        "t6",
        "t7",
    ]


def test_repairs_and_the_version_are_told(ask) -> None:
    assert "repaired while it was read: duration" in ask("title", "=SUM(A1)").out
    assert "placed in version 1" in ask("title", "=SUM(A1)").out
    assert "repaired" not in ask("title", "Ozark").out


def test_an_outlier_is_told(ask) -> None:
    # Both lie 0.2 from their centroid; the limit is 0.25 in Pokémon's cluster, 0.15 in Ozark's.
    assert "outlier" not in ask("title", "Pokémon").out
    out = ask("title", "Ozark").out
    assert "  an outlier there: no cluster fits it well, placed in version 1" in out.splitlines()


def test_an_unknown_title_gives_near_names(ask) -> None:
    answer = ask("title", "Narutto")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == 'error: no title is named "Narutto", near are "Naruto", "Narcos"\n'


def test_markup_in_data_is_shown_not_obeyed(ask) -> None:
    assert "[red]x[/red] (Movie, 2008)" in ask("title", "[red]x[/red]").out
    assert "[red]x[/red]" in ask("recommend", "--liked", "The Crown").out
    assert "[bold]" in ask("title", "[bold]").err


def test_recommendations_have_ranks_scores_and_reasons(ask) -> None:
    assert ask("recommend", "--liked", "Naruto").out.splitlines()[:3] == [
        "1. Bleach (TV Show, 2001): 1.00",
        "    same cluster: anime · action",
        "    shares with Naruto: genres action, anime",
    ]


def test_recommendations_as_json(ask) -> None:
    found = json.loads(ask("recommend", "--liked", "Naruto", "-n", "1", "--json").out)
    assert found["liked"] == [{"title_id": "t0", "title": "Naruto"}]
    assert (found["version"], found["strategy"]) == (2, "same-cluster")
    only = found["recommendations"][0]
    assert list(only) == ["title_id", "title", "score", "reasons", "cluster_id", "source"]
    assert (only["title_id"], only["score"]) == ("t1", 1.0)


@pytest.mark.parametrize("share", [[], ["0.5"]])
def test_exploring_with_and_without_a_share(ask, share: list[str]) -> None:
    answer = ask("recommend", "--liked", "Naruto", "-n", "2", "--explore", *share)
    assert "neighbour cluster: drama · action, next to (anime · action)" in answer.out


def test_diversity_puts_what_is_like_the_first_behind(ask) -> None:
    # Both are in the cluster of Naruto: Bleach at 1, Pokémon at 1/√2, which are that much alike.
    # Without a share Bleach gets 0.7 and Pokémon 0.7/√2 - 0.3/√2.
    lines = ask("recommend", "--liked", "Naruto", "--diversify").out.splitlines()
    assert [line for line in lines if line[0] != " "] == [
        "1. Bleach (TV Show, 2001): 0.70",
        "2. Pokémon (TV Show, 2002): 0.28",
    ]


def test_one_title_is_explained_although_it_is_not_recommended(ask) -> None:
    assert ask("recommend", "--liked", "Naruto", "--explain", "Ozark").out.splitlines() == [
        "Ozark",
        "  in another cluster: crime · drama",
        "  shares with Naruto: nothing",
    ]
    found = json.loads(ask("recommend", "--liked", "Naruto", "--explain", "Ozark", "--json").out)
    assert found["title"] == "Ozark"


def test_nothing_alike_is_said(ask) -> None:
    answer = ask("recommend", "--liked", "Ozark", "--strategy", "neighbour-clusters")
    assert (answer.status, answer.out.partition(":")[0]) == (0, "nothing to recommend")


@pytest.mark.parametrize(
    "arguments",
    [
        ["recommend"],
        ["recommend", "--liked", "Naruto", "--user", "7"],
        ["recommend", "--user", "7", "--strategy", "same-cluster"],
        ["recommend", "--user", "7", "--explore"],
        ["recommend", "--user", "7", "--diversify"],
        ["recommend", "--user", "7", "--explain", "Naruto"],
        ["recommend", "--liked", "Naruto", "--diversify", "1.5"],
        ["recommend", "--liked", "Naruto", "--explore", "1.5"],
        ["recommend", "--liked", "Naruto", "--explore", "-1"],
        ["recommend", "--liked", "Naruto", "-n", "0"],
        ["recommend", "--liked", "Naruto", "--strategy", "magic"],
        ["recommend", "--liked", "Naruto", "--strategy", "neighbour-clusters", "--explore", "0.5"],
        ["title"],
        ["titles"],
        ["clusters", "--version", "one"],
    ],
)
def test_wrong_usage_is_status_2(ask, arguments: list[str]) -> None:
    answer = ask(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err
