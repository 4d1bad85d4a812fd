"""One model's part in a contest: its settings are chosen, then it is fitted on every split."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from reelhouse.comparison.contest import Contest
from reelhouse.comparison.limits import Deadline
from reelhouse.comparison.memory import peak_memory
from reelhouse.comparison.results import Result, ResultFolder, SplitCosts, reason_of
from reelhouse.comparison.settings import BudgetSettings
from reelhouse.comparison.spaces import made
from reelhouse.comparison.tuning import Tuned, Tuner
from reelhouse.errors import OutOfTimeError
from reelhouse.models.base import Model
from reelhouse.models.registry import Entry
from reelhouse.models.saving import save_model, settings_of

_LOG = logging.getLogger(__name__)


def compete(
    contest: Contest[Any],
    entry: Entry,
    budget: BudgetSettings,
    folder: ResultFolder,
    *,
    seed: int,
    saved: bool = True,
) -> Result:
    """Tune a model, fit it on every split, and keep what it answers.

    A model that fails or takes too long is a result with its reason.

    Parameters
    ----------
    contest : Contest
    entry : Entry
    budget : BudgetSettings
    folder : ResultFolder
        What an earlier run finished there is taken as it is.
    seed : int
    saved : bool
        Save the model that was fitted on the first split.
    """
    done = folder.read()
    if done is not None:
        _LOG.info("%s: %s was measured by an earlier run", contest.protocol, entry.name)
        return done
    tuner = Tuner(entry, contest, budget, seed, Deadline(budget.model_minutes))
    try:
        result = _measured(tuner, folder, saved)
    except Exception as error:
        if isinstance(error, TimeoutError):  # the whole run's time is over
            raise
        result = _missing(tuner, error)
    _LOG.info("%s", told(result, contest))
    # What failed is tried again by the next run.
    return folder.write(result) if result.status == "measured" else result


def told(result: Result, contest: Contest[Any]) -> str:
    """A result in one line."""
    name = f"{result.protocol}: {result.model}"
    if result.validation is None:
        return f"{name} {result.status}: {result.reason}"
    seconds = sum(split.seconds_fit for split in result.splits)
    return (
        f"{name} {contest.by} {result.validation:.4f} on validation after "
        f"{len(result.trials)} trials in {result.seconds_tuning:.1f} s; "
        f"{len(result.splits)} fits in {seconds:.1f} s"
    )


def _measured(tuner: Tuner, folder: ResultFolder, saved: bool) -> Result:
    contest, entry = tuner.contest, tuner.entry
    start = time.perf_counter()
    tuned = tuner.run()
    seconds_tuning = time.perf_counter() - start
    validation = contest.validation
    answers = {**contest.answer(tuned.model, validation), **contest.detail(tuned.model, validation)}
    folder.write_answers(answers, None)
    settings, costs = final_settings(tuned), []
    for number, split in enumerate(contest.splits):
        tuner.deadline.require()
        model = made(entry, settings, seed=tuner.seed)
        costs.append(_on_split(contest, model, split, number, folder, tuner.deadline))
        if number == 0 and saved:
            save_model(model, folder.model)
    return Result(
        protocol=contest.protocol,
        model=entry.name,
        family=model.family,
        status="measured",
        settings=settings_of(model),
        epochs=tuned.best.epochs,
        validation=tuned.best.value,
        seconds_tuning=seconds_tuning,
        trials=tuple(tuned.trials),
        splits=tuple(costs),
    )


def final_settings(tuned: Tuned) -> dict[str, Any]:
    """The best trial's settings, with as many epochs as its kept parameters come from."""
    settings = dict(tuned.best.settings)
    assert is_dataclass(tuned.model)
    if tuned.best.epochs and any(field.name == "epochs" for field in fields(tuned.model)):
        settings["epochs"] = tuned.best.epochs
    return settings


def _on_split(
    contest: Contest[Any],
    model: Model,
    split: Any,
    number: int,
    folder: ResultFolder,
    deadline: Deadline,
) -> SplitCosts:
    with peak_memory() as peak:
        start = time.perf_counter()
        contest.fit(model, split, judged=False, progress=deadline)
        seconds_fit = time.perf_counter() - start
    start = time.perf_counter()
    answers = contest.answer(model, split)
    seconds_score = time.perf_counter() - start
    folder.write_answers({**answers, **contest.detail(model, split)}, number)
    return SplitCosts(
        seconds_fit=seconds_fit,
        seconds_score=seconds_score,
        peak_mib=peak.mib,
        added_mib=peak.added_mib,
        n_parameters=model.n_parameters,
    )


def _missing(tuner: Tuner, error: Exception) -> Result:
    """What is left of a model without figures: its reason, and the trials that it finished."""
    late = isinstance(error, OutOfTimeError)
    if not late:
        _LOG.debug("%s failed", tuner.entry.name, exc_info=error)
    return Result(
        protocol=tuner.contest.protocol,
        model=tuner.entry.name,
        family=_family(tuner.entry),
        status="out of time" if late else "failed",
        reason=reason_of(error),
        trials=tuple(tuner.trials),
    )


def _family(entry: Entry) -> str:
    """Of a model that may not even be imported."""
    try:
        return entry.load().family
    except Exception:
        return "unknown"


def baseline_of(results: Sequence[Result]) -> int | None:
    """Which result the others are compared with: the first baseline, or else the first one."""
    measured = [at for at, result in enumerate(results) if result.status == "measured"]
    baselines = [at for at in measured if results[at].family == "baseline"]
    return next(iter(baselines or measured), None)
