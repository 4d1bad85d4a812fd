"""The published tables of a comparison, from the results and answers of its models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import pyarrow as pa

from reelhouse.comparison.competing import baseline_of
from reelhouse.comparison.contest import Answers, Contest, Evaluation
from reelhouse.comparison.results import Result, ResultFolder, SplitCosts
from reelhouse.schema import (
    COMPARISON,
    COMPARISON_CURVES,
    COMPARISON_SPLITS,
    COMPARISON_TRIALS,
)

Row = dict[str, Any]


@dataclass(frozen=True)
class ComparisonTables:
    """Tables of a comparison; see the schemas of the same names."""

    comparison: pa.Table
    splits: pa.Table
    curves: pa.Table
    trials: pa.Table

    def joined(self, other: ComparisonTables) -> ComparisonTables:
        """These rows, then the other's."""
        pairs = (
            (getattr(self, name), getattr(other, name))
            for name in ("comparison", "splits", "curves", "trials")
        )
        return ComparisonTables(*(pa.concat_tables(pair) for pair in pairs))


def tables_of(
    contest: Contest[Any], results: Sequence[Result], folders: Sequence[ResultFolder]
) -> ComparisonTables:
    """Measure what the models of a contest answered, and lay it out.

    Parameters
    ----------
    contest : Contest
    results, folders : sequences of equal length
        The ensemble, if there is one, among them.
    """
    evaluations = _evaluations(contest, results, folders)
    baseline = baseline_of(results)
    rows = [
        _row(contest, result, evaluation, _against(contest, results, evaluations, at, baseline))
        for at, (result, evaluation) in enumerate(zip(results, evaluations, strict=True))
    ]
    _add_places(contest, rows)
    splits = [
        row
        for result, evaluation in zip(results, evaluations, strict=True)
        if evaluation is not None
        for row in _split_rows(contest, result, evaluation)
    ]
    return ComparisonTables(
        pa.Table.from_pylist(rows, schema=COMPARISON),
        pa.Table.from_pylist(splits, schema=COMPARISON_SPLITS),
        pa.Table.from_pylist([row for one in results for row in _curve(one)],
                             schema=COMPARISON_CURVES),
        pa.Table.from_pylist([row for one in results for row in _trials(one)],
                             schema=COMPARISON_TRIALS),
    )  # fmt: skip


def _evaluations(
    contest: Contest[Any], results: Sequence[Result], folders: Sequence[ResultFolder]
) -> list[Evaluation | None]:
    baseline, found = baseline_of(results), []
    if baseline is None:
        return [None] * len(results)
    expected = _answers(contest, folders[baseline])
    for result, folder in zip(results, folders, strict=True):
        measured = result.status == "measured"
        found.append(contest.evaluate(_answers(contest, folder), expected) if measured else None)
    return found


def _answers(contest: Contest[Any], folder: ResultFolder) -> list[Answers]:
    return [folder.answers(split) for split in range(len(contest.splits))]


def _row(contest: Contest[Any], result: Result, evaluation: Evaluation | None, against: Row) -> Row:
    return {
        "protocol": result.protocol,
        "model": result.model,
        "family": result.family,
        "status": result.status,
        "reason": result.reason,
        **({} if evaluation is None else evaluation.overall),
        **against,
        **_usual_costs(result.splits),
        "seconds_tuning": result.seconds_tuning if evaluation is not None else None,
        "n_splits": len(result.splits),
        "n_trials": len(result.trials),
        "epochs": result.epochs or None,
        "settings": json.dumps(result.settings, sort_keys=True),
    }


def _usual_costs(splits: Sequence[SplitCosts]) -> Row:
    """Medians: one split in which the machine was busy says little."""
    if not splits:
        return {}
    told = [split.model_dump() for split in splits]
    found = {name: [one[name] for one in told if one[name] is not None] for name in told[0]}
    usual: Row = {name: median(values) for name, values in found.items() if values}
    return usual | {"n_parameters": int(usual["n_parameters"])}


def _against(
    contest: Contest[Any],
    results: Sequence[Result],
    evaluations: Sequence[Evaluation | None],
    at: int,
    baseline: int | None,
) -> Row:
    """What a model is ahead of the baseline: squared error less, NDCG@100 more."""
    own = evaluations[at]
    if own is None or baseline is None or at == baseline:
        return {}
    other = evaluations[baseline]
    assert other is not None
    pair = (own.compared, other.compared)
    first, second = pair if contest.higher_is_better else pair[::-1]
    compared = first.against(second, seed=contest.seed)
    return {
        "baseline": results[baseline].model,
        "difference": compared.difference.mean,
        "difference_low": compared.difference.low,
        "difference_high": compared.difference.high,
        "p_value": compared.p_permutation,
    }


def _add_places(contest: Contest[Any], rows: Sequence[Row]) -> None:
    measured = [row for row in rows if row.get(contest.by) is not None]
    measured.sort(key=lambda row: float(row[contest.by]), reverse=contest.higher_is_better)
    for place, row in enumerate(measured, 1):
        row["place"] = place


def _split_rows(contest: Contest[Any], result: Result, evaluation: Evaluation) -> list[Row]:
    columns = zip(
        contest.names(), contest.sizes(), evaluation.of_splits, result.splits, strict=True
    )
    return [
        {
            "protocol": result.protocol,
            "model": result.model,
            "split": name,
            "n_train": n_train,
            "n_held_out": n_held_out,
            **figures,
            **costs.model_dump(),
        }
        for name, (n_train, n_held_out), figures, costs in columns
    ]


def _curve(result: Result) -> list[Row]:
    chosen = _chosen(result)
    if chosen is None:
        return []
    points = result.trials[chosen].curve
    return [
        {"protocol": result.protocol, "model": result.model, **point.model_dump()}
        for point in points
    ]


def _trials(result: Result) -> list[Row]:
    chosen = _chosen(result)
    return [
        {
            "protocol": result.protocol,
            "model": result.model,
            "trial": trial.number,
            "settings": json.dumps(trial.settings, sort_keys=True),
            "outcome": trial.outcome,
            "reason": trial.reason,
            "value": trial.value,
            "epochs": trial.epochs or None,
            "seconds": trial.seconds,
            "chosen": trial.number == chosen,
        }
        for trial in result.trials
    ]


def _chosen(result: Result) -> int | None:
    """Number of the trial whose settings were taken; None where none were."""
    if result.validation is None:
        return None
    return next(one.number for one in result.trials if one.value == result.validation)
