import numpy as np
import pytest
from scipy import sparse

from reelhouse.comparison.ranked_lists import lists_of, stacked_lists, standardized, without
from reelhouse.comparison.ranking_contest import RankingContest
from reelhouse.comparison.settings import SplitSettings
from reelhouse.comparison.splits import RankingSplit, ranking_splits, ranking_validation
from reelhouse.errors import EvaluationError, RecommendationError
from reelhouse.evaluation.held_out_users import HeldOutUsers
from reelhouse.recommend.rated import RatedTitles
from tests.support.small_models import Mean, Popular, Together


def rows(*cells: list[float]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(cells, dtype=np.float32))


@pytest.fixture
def split() -> RankingSplit:
    # Title 0 was seen by three, 1 by two, 2 and 3 by one.
    known = RatedTitles.of(rows([1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1]))
    users = HeldOutUsers(np.array([7, 8]), rows([1, 0, 0, 0], [0, 1, 0, 0]),
                         rows([0, 0, 1, 0], [1, 0, 0, 1]))  # fmt: skip
    return RankingSplit("one", known, users)


def test_figures_are_those_computed_by_hand(split: RankingSplit) -> None:
    contest = RankingContest([split], split, beginners=False)
    lists = {"lists": lists_of(Popular().fit(split.known), split.users.fold_in, None)}
    # -1: a list ends where nothing is left.
    assert lists["lists"].tolist() == [[1, 2, 3, -1], [0, 2, 3, -1]]
    found = contest.evaluate([lists], [lists])
    (figures,) = found.of_splits
    gains = 1 / np.log2(np.arange(2, 5))
    first, second = gains[1], (gains[0] + gains[2]) / (gains[0] + gains[1])
    assert figures["ndcg_100"] == figures["ndcg_10"] == pytest.approx((first + second) / 2)
    assert figures["recall_20"] == figures["recall_10"] == pytest.approx(1.0)
    assert figures["coverage_10"] == 1.0
    # Nothing is serendipitous that the baseline, itself, gives.
    assert figures["serendipity_10"] == 0.0
    assert figures["diversity_10"] is None
    # Each user is shown one title; each title has at most five viewers.
    assert figures["ndcg_100_cold_users"] == pytest.approx((first + second) / 2)
    assert figures["ndcg_100_cold_titles"] == pytest.approx((first + second) / 2)
    assert found.compared.splits[0].tolist() == pytest.approx([first, second])
    assert found.compared.users[0].tolist() == [7, 8]


def test_what_is_left_out_is_in_no_list(split: RankingSplit) -> None:
    left_out = rows([0, 1, 0, 0], [0, 0, 0, 0])
    popular = Popular().fit(split.known)
    found = lists_of(popular, split.users.fold_in, left_out)
    assert found[:, :3].tolist() == [[2, 3, -1], [0, 2, 3]]


def test_the_first_titles_that_are_not_left_out_move_up() -> None:
    lists = np.array([[3, 1, 2, -1], [0, 1, 2, 3]])
    assert without(lists, rows([0, 1, 0, 1], [0, 0, 0, 0]), 3).tolist() == [[2, -1, -1], [0, 1, 2]]


def test_scores_of_any_scale_are_brought_to_one() -> None:
    scores = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], np.float32)
    expected = np.array([[-1, 0, 1], [0, 0, 0]]) * np.sqrt(1.5)
    assert standardized(scores) == pytest.approx(expected)
    assert standardized(1000 * scores - 7) == pytest.approx(expected, abs=1e-5)


def test_a_stacked_list_follows_the_weighted_scores() -> None:
    first = np.array([[3.0, 2.0, 1.0, 0.0]], np.float32)
    second = -100 * first
    nothing = rows([0, 0, 0, 0])
    for weights, best in (([1, 0], [0, 1, 2, 3]), ([0.1, 1], [3, 2, 1, 0])):
        found = stacked_lists([first, second], np.array(weights, np.float32), nothing, None)
        assert found.tolist() == [best]
    found = stacked_lists(
        [first], np.array([1], np.float32), rows([1, 0, 0, 0]), rows([0, 0, 1, 0])
    )
    assert found.tolist() == [[1, 3, -1, -1]]


def test_beginners_are_shown_five_titles_at_most(data) -> None:
    settings = SplitSettings(n_seeds=1, test_users=10)
    splits = ranking_splits(data, settings, seed=0)
    contest = RankingContest(splits, ranking_validation(data, splits[0], settings, seed=0))
    model = Together().fit(splits[0].known)
    answers = [{**contest.answer(model, splits[0]), **contest.detail(model, splits[0])}]
    assert answers[0]["scores"].shape == answers[0]["cold_scores"].shape == (10, 30)
    figures = contest.evaluate(answers, answers).of_splits[0]
    popular = Popular().fit(splits[0].known)
    plain = [{**contest.answer(popular, splits[0]), **contest.detail(popular, splits[0])}]
    other = contest.evaluate(plain, plain).of_splits[0]
    # Five titles tell a taste; a list that is the same for all serves either taste by half.
    assert figures["ndcg_100_cold_users"] > other["ndcg_100_cold_users"] + 0.1
    # The beginners' titles beyond five are to be found too.
    assert (answers[0]["cold_lists"] >= 0).sum() > (answers[0]["lists"] >= 0).sum()
    assert figures["diversity_10"] is not None


def test_the_stack_takes_the_model_that_is_right_on_validation(data) -> None:
    settings = SplitSettings(n_seeds=1, test_users=10)
    splits = ranking_splits(data, settings, seed=0)
    contest = RankingContest(splits, ranking_validation(data, splits[0], settings, seed=0))
    members, answers = [], []
    for make in (Popular, Together):
        model = make().fit(contest.validation.known)
        members.append(contest.detail(model, contest.validation))
        model = make().fit(splits[0].known)
        answers.append([{**contest.answer(model, splits[0]), **contest.detail(model, splits[0])}])
    weights, (stacked,) = contest.stack(members, answers)
    assert weights[1] > weights[0]
    best = contest.evaluate(answers[1], answers[0]).overall["ndcg_100"]
    assert contest.evaluate([stacked], answers[0]).overall["ndcg_100"] >= best - 0.02


def test_models_that_no_user_tells_apart_weigh_alike(data) -> None:
    settings = SplitSettings(n_seeds=1, test_users=10)
    splits = ranking_splits(data, settings, seed=0)
    contest = RankingContest(splits, ranking_validation(data, splits[0], settings, seed=0))
    member = contest.detail(Together().fit(contest.validation.known), contest.validation)
    answer = contest.detail(Together().fit(splits[0].known), splits[0])
    weights, _ = contest.stack([member, member, member], [[answer]] * 3)
    assert weights == [1.0, 1.0, 1.0]


def test_scores_that_are_too_many_are_not_kept_and_not_stacked(
    split: RankingSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelhouse.comparison.ranking_contest.MOST_BYTES", 8)
    contest = RankingContest([split], split, beginners=False)
    assert contest.detail(Popular().fit(split.known), split) == {}
    with pytest.raises(EvaluationError, match="the scores of a model are more than"):
        contest.stack([{}, {}], [[{}], [{}]])


def test_scores_that_are_not_finite_are_refused(
    split: RankingSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    popular = Popular().fit(split.known)
    popular.scores_ = np.array([1, np.nan, 0, 0], np.float32)
    with pytest.raises(RecommendationError, match="2 of 8 scores are not finite"):
        RankingContest([split], split, beginners=False).detail(popular, split)


def test_who_predicts_ratings_cannot_take_part(split: RankingSplit) -> None:
    with pytest.raises(TypeError, match="mean ranks no titles"):
        RankingContest([split], split).fit(Mean(), split, judged=False)
