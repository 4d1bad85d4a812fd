"""Settings of a model, chosen on the validation part: the same budget for every model.

The model's own settings are tried first, then those that Optuna's tree-structured Parzen estimator
proposes, until the trials or the minutes are spent. The best are taken if they are better than the
model's own by more than the standard error of the difference (as in Breiman et al. 1984, whose
trees grow no larger for less). A trial whose epochs fall behind the median of
earlier ones ends early.

References
----------
Bergstra, J., Bardenet, R., Bengio, Y. and Kégl, B. (2011). Algorithms for hyper-parameter
    optimization. NIPS (the estimator).
Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). Classification and regression trees,
    section 3.4.3 (the rule of one standard error).
Akiba, T. et al. (2019). Optuna: a next-generation hyperparameter optimization framework. KDD.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reelhouse.comparison.contest import Contest
from reelhouse.comparison.limits import Deadline
from reelhouse.comparison.results import Curve, Outcome, Trial, reason_of
from reelhouse.comparison.settings import BudgetSettings
from reelhouse.comparison.spaces import (
    as_drawn,
    as_settings,
    default_settings,
    distributions,
    made,
)
from reelhouse.errors import OutOfTimeError, RecommendationError
from reelhouse.models.base import CurvePoint, Model, Progress
from reelhouse.models.registry import Entry

if TYPE_CHECKING:
    import optuna

_LOG = logging.getLogger(__name__)

#: Trials before one may be ended early, and epochs that each has in any case.
_STARTUP_TRIALS, _WARM_UP_EPOCHS = 3, 5
#: Proposals for each trial at most: estimators propose again what was good.
_ASKED_PER_TRIAL = 4


class _BehindError(Exception):
    """A trial falls behind the others."""


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A trial that ended well, with its model and what was measured of it."""

    trial: Trial
    model: Model
    value: float
    cases: NDArray[np.float64]


@dataclass
class Tuned:
    """What tuning found.

    Attributes
    ----------
    trials : list of Trial
    best : Trial
    model : Model
        Fitted with the best settings on what the validation part leaves.
    """

    trials: list[Trial]
    best: Trial
    model: Model


@dataclass
class Tuner:
    """Tunes one model.

    Parameters
    ----------
    entry : Entry
    contest : Contest
    budget : BudgetSettings
    seed : int
        Of the proposals and of the model.
    deadline : Deadline
        The model's, for everything.

    Attributes
    ----------
    trials : list of Trial
        Those that ended so far, whatever comes of the model.
    """

    entry: Entry
    contest: Contest[Any]
    budget: BudgetSettings
    seed: int
    deadline: Deadline
    trials: list[Trial] = field(default_factory=list)
    _first: _Candidate | None = None
    _best: _Candidate | None = None

    def run(self) -> Tuned:
        """Try settings; the first are the model's own, whose failure is the model's.

        Raises
        ------
        OutOfTimeError
            The model's time is over before the first trial is.
        """
        tuning = Deadline(self.budget.tuning_minutes)
        model = made(self.entry, {}, seed=self.seed)
        self._try(model, default_settings(model, self.entry), self.deadline)
        if self.entry.space and self.budget.n_trials > 1:
            self._search(tuning)
        chosen = self._chosen()
        return Tuned(self.trials, chosen.trial, chosen.model)

    def _chosen(self) -> _Candidate:
        """The best, where it is clearly better than the model's own settings; else these.

        The best of many is best by chance, too: what it leads by must exceed the standard error.
        """
        assert self._first is not None
        assert self._best is not None
        clearly = self.contest.is_clearly_better(self._best.cases, self._first.cases)
        return self._best if clearly else self._first

    def _search(self, tuning: Deadline) -> None:
        study, space = _study(self.contest.higher_is_better, self.seed), distributions(self.entry)
        first = self.trials[0]
        drawn = as_drawn(self.entry, first.settings)
        if drawn is not None:
            study.add_trial(_as_frozen(first, drawn, space))
        # Few choices are soon all tried; what was tried already is not a trial.
        for _ in range(_ASKED_PER_TRIAL * self.budget.n_trials):
            # One that would not be done in time is not begun.
            usual = float(np.median([trial.seconds for trial in self.trials]))
            left = min(tuning.seconds_left, self.deadline.seconds_left)
            if left < usual or len(self.trials) >= self.budget.n_trials:
                break
            self._ask(study, space, tuning)

    def _ask(self, study: optuna.Study, space: dict[str, Any], tuning: Deadline) -> None:
        from optuna.trial import TrialState

        asked = study.ask(space)
        settings = as_settings(self.entry, asked.params)
        before = next((one for one in self.trials if one.settings == settings), None)
        if before is not None:
            done = before.value is not None
            study.tell(asked, before.value, state=None if done else TrialState.FAIL)
            return

        def note(point: CurvePoint, epochs: int) -> None:
            tuning.require()
            self.deadline.require()
            if point.value is not None:
                asked.report(point.value, point.epoch)
                if asked.should_prune():
                    raise _BehindError

        start = time.perf_counter()
        try:
            trial = self._try(made(self.entry, settings, seed=self.seed), settings, note)
        except Exception as error:
            if isinstance(error, TimeoutError):  # the whole run's time is over
                raise
            # Settings may not go together, or diverge: that is found out here, not a failure.
            self._note_end(settings, error, time.perf_counter() - start)
            behind = isinstance(error, _BehindError)
            study.tell(asked, state=TrialState.PRUNED if behind else TrialState.FAIL)
        else:
            study.tell(asked, trial.value)

    def _try(self, model: Model, settings: dict[str, Any], note: Progress) -> Trial:
        start = time.perf_counter()
        self.contest.fit(model, self.contest.validation, judged=True, progress=note)
        cases = self.contest.cases(model)
        value = self.contest.figure(cases)
        if not np.isfinite(value):
            raise RecommendationError(f"{self.contest.by} on the validation part is {value}")
        trial = Trial(
            number=len(self.trials),
            settings=settings,
            outcome="done",
            value=value,
            epochs=model.epochs_,
            seconds=time.perf_counter() - start,
            curve=tuple(
                Curve(epoch=p.epoch, seconds=p.seconds, value=p.value) for p in model.curve_
            ),
        )
        self.trials.append(trial)
        candidate = _Candidate(trial, model, value, cases)
        self._first = self._first or candidate
        if self._best is None or self.contest.better(value, self._best.value):
            self._best = candidate
        return trial

    def _note_end(self, settings: dict[str, Any], error: Exception, seconds: float) -> None:
        outcome: Outcome = "failed"
        if isinstance(error, _BehindError):
            outcome = "behind"
        elif isinstance(error, OutOfTimeError):
            outcome = "out of time"
        self.trials.append(
            Trial(
                number=len(self.trials),
                settings=settings,
                outcome=outcome,
                reason=None if outcome == "behind" else reason_of(error),
                seconds=seconds,
            )
        )


def _study(higher_is_better: bool, seed: int) -> optuna.Study:
    try:
        import optuna
    except ModuleNotFoundError:
        raise RecommendationError(
            "tuning requires optuna: pip install 'reelhouse[compare]', or try 1 setting alone"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        direction="maximize" if higher_is_better else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=4),
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=_STARTUP_TRIALS, n_warmup_steps=_WARM_UP_EPOCHS
        ),
    )


def _as_frozen(
    trial: Trial, drawn: dict[str, Any], space: dict[str, Any]
) -> optuna.trial.FrozenTrial:
    from optuna.trial import create_trial

    return create_trial(
        value=trial.value,
        params=drawn,
        distributions=space,
        intermediate_values={
            point.epoch: point.value for point in trial.curve if point.value is not None
        },
    )
