"""The ensemble: the best models together, weighed on the validation part.

References
----------
Wolpert, D. H. (1992). Stacked generalization. Neural Networks 5.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from reelhouse.comparison.contest import Contest
from reelhouse.comparison.results import Result, ResultFolder, SplitCosts, reason_of

_LOG = logging.getLogger(__name__)

NAME = "ensemble"


def stack(
    contest: Contest[Any],
    results: Sequence[Result],
    folders: Sequence[ResultFolder],
    folder: ResultFolder,
    *,
    most: int,
) -> Result | None:
    """Stack the best models; None where there are less than two to stack.

    Parameters
    ----------
    contest : Contest
    results, folders : sequences of equal length
        Of all models.
    folder : ResultFolder
        For the ensemble's answers.
    most : int
        Models at most, the best on the validation part.
    """
    able = [at for at, result in enumerate(results) if result.status == "measured"]
    best = sorted(able, key=lambda at: _value(results[at]), reverse=contest.higher_is_better)[:most]
    if len(best) < 2:
        return None
    chosen = sorted(best)
    try:
        result = _stacked(contest, [results[at] for at in chosen],
                          [folders[at] for at in chosen], folder)  # fmt: skip
    except Exception as error:
        if isinstance(error, TimeoutError):  # the whole run's time is over
            raise
        result = Result(
            protocol=contest.protocol, model=NAME, family=NAME, status="failed",
            reason=reason_of(error),
        )  # fmt: skip
    return folder.write(result)


def _value(result: Result) -> float:
    assert result.validation is not None
    return result.validation


def _stacked(
    contest: Contest[Any],
    members: Sequence[Result],
    folders: Sequence[ResultFolder],
    folder: ResultFolder,
) -> Result:
    start = time.perf_counter()
    n_splits = len(contest.splits)
    weights, answers = contest.stack(
        [one.answers(None) for one in folders],
        [[one.answers(split) for split in range(n_splits)] for one in folders],
    )
    seconds = time.perf_counter() - start
    for number, answer in enumerate(answers):
        folder.write_answers(answer, number)
    used = [(one, weight) for one, weight in zip(members, weights, strict=True) if weight > 0]
    told = {one.model: round(weight, 4) for one, weight in used}
    _LOG.info("%s: ensemble of %s", contest.protocol, told)
    return Result(
        protocol=contest.protocol,
        model=NAME,
        family=NAME,
        status="measured",
        settings=told,
        seconds_tuning=seconds,
        splits=tuple(_together([one for one, _ in used], at) for at in range(n_splits)),
    )


def _together(members: Sequence[Result], split: int) -> SplitCosts:
    """An ensemble costs what its members cost, one after the other."""
    costs = [one.splits[split] for one in members]
    return SplitCosts(
        seconds_fit=sum(one.seconds_fit for one in costs),
        seconds_score=sum(one.seconds_score for one in costs),
        peak_mib=_highest([one.peak_mib for one in costs]),
        added_mib=_highest([one.added_mib for one in costs]),
        n_parameters=sum(one.n_parameters for one in costs) + len(members),
    )


def _highest(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known, default=None)
