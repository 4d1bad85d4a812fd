"""The comparison of models: splits, one task per model, the ensemble, the tables, the pictures."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.comparison.competing import compete
from reelhouse.comparison.contest import Contest
from reelhouse.comparison.data import ComparedRatings, read_compared
from reelhouse.comparison.entering import make_contest
from reelhouse.comparison.official import OfficialFolds, read_official_folds
from reelhouse.comparison.results import Result, ResultFolder
from reelhouse.comparison.settings import CompareSettings, contest_settings
from reelhouse.comparison.stacking import NAME as ENSEMBLE
from reelhouse.comparison.stacking import stack
from reelhouse.comparison.stage import comparison_results, stage_models, stage_tables
from reelhouse.comparison.table import ComparisonTables, tables_of
from reelhouse.comparison.workspace import Workspace
from reelhouse.models.registry import Entry, Protocol
from reelhouse.plots.comparison import plan_comparison
from reelhouse.plots.write import write_planned
from reelhouse.runs.record import Run, name_run
from reelhouse.sources.ratings import RatingsSnapshot, RatingsSpill
from reelhouse.storage.manifest import idempotency_key
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.settings import outcome_settings
from reelhouse.viewers.stage import stage_quarantine
from tasks.code import run_code
from tasks.names import counted, named
from tasks.progress import progress
from tasks.ratings import ratings_entry
from tasks.retrying import RETRIED
from tasks.suites import SuiteRun, suite_digests

logger = logging.getLogger(__name__)

#: Beside those that every manifest names.
_OPTIONAL = ("implicit", "optuna", "torch", "torch-geometric")
#: Suites that decide what a comparison publishes.
SUITES = ("ratings", "ratings_snapshot")


@dataclass(frozen=True)
class Compared:
    """What became of the models of one protocol, the ensemble last."""

    contest: Contest[Any]
    results: list[Result]
    folders: list[ResultFolder]


@task(name="read official folds", task_run_name="read official folds", **RETRIED)
def fetch_official_folds(settings: CompareSettings) -> OfficialFolds | None:
    """Read the folds that stand beside the ratings, where they are wanted."""
    if "rating" not in settings.protocols or settings.splits.folds != "auto":
        return None
    found = read_official_folds(settings.ratings)
    if found is not None:
        logger.info("%d official folds beside the ratings", len(found.folds))
    return found


def name_comparison_run(
    settings: CompareSettings,
    spill: RatingsSpill,
    titles: RatedTitles,
    folds: OfficialFolds | None,
    entries: Mapping[Protocol, Sequence[Entry]],
) -> Run:
    """Name a run over ratings, what is known of their titles, and the models that take part."""
    models = {protocol: [one.name for one in several] for protocol, several in entries.items()}
    return name_run(
        "compare",
        outcome_settings(settings) | {"models": models},
        [
            ratings_entry(spill),
            *titles.inputs,
            *([] if folds is None else [folds.entry]),
        ],
        seed=settings.seed,
        rules=suite_digests(SUITES),
        code=run_code(),
    )


def kept_results(settings: CompareSettings, run: Run) -> Path | None:
    """Folder of results that outlives the run: of these ratings, settings and code alone."""
    if settings.checkpoints is None:
        return None
    key = idempotency_key(
        flow="compare",
        inputs=[entry.sha256 for entry in run.inputs],
        settings=contest_settings(settings),
        code_version=run.code,
        base_key=None,
    )
    return Path(settings.checkpoints) / f"compare-{key[:16]}"


@task(
    name="lay out ratings",
    task_run_name="lay out {snapshot.n_good:,} ratings",
    cache_policy=NO_CACHE,
)
def lay_out_ratings(
    snapshot: RatingsSnapshot, titles: RatedTitles, folds: OfficialFolds | None
) -> ComparedRatings:
    """Read the good ratings whole, with names, genres and folds."""
    parts = [part.path for part in snapshot.parts if part.n_ratings]
    data = read_compared(parts, titles, () if folds is None else folds.folds)
    logger.info(
        "%s ratings of %s users and %s titles",
        f"{data.ratings.n_ratings:,}",
        f"{data.ratings.n_users:,}",
        f"{data.ratings.n_titles:,}",
    )
    return data


@task(name="cut ratings", task_run_name="cut ratings: {protocol}", cache_policy=NO_CACHE)
def cut_ratings(
    protocol: Protocol, data: ComparedRatings, settings: CompareSettings
) -> Contest[Any]:
    """Cut the ratings into the splits that all models of a protocol get."""
    contest = make_contest(protocol, data, settings)
    n_train, n_held_out = contest.sizes()[0]
    logger.info(
        "%s: %s; the first learns from %s and holds out %s",
        protocol,
        counted(len(contest.splits), "split"),
        f"{n_train:,}",
        f"{n_held_out:,}",
    )
    return contest


@task(
    name="measure model",
    task_run_name=named(lambda given: f"{given['contest'].protocol}: {given['entry'].name}"),
    cache_policy=NO_CACHE,
)
def measure_model(
    contest: Contest[Any], entry: Entry, folder: ResultFolder, settings: CompareSettings
) -> Result:
    """Tune a model and fit it on every split; one that fails is a row with its reason."""
    return compete(
        contest,
        entry,
        settings.budget,
        folder,
        seed=settings.seed,
        saved=settings.publish_models,
    )


@task(
    name="stack models",
    task_run_name=named(lambda given: f"{given['contest'].protocol}: ensemble"),
    cache_policy=NO_CACHE,
)
def stack_models(
    contest: Contest[Any],
    results: Sequence[Result],
    folders: Sequence[ResultFolder],
    folder: ResultFolder,
    settings: CompareSettings,
) -> Result | None:
    """Weigh the best models on the validation part."""
    return stack(contest, results, folders, folder, most=settings.budget.ensemble_members)


def compare_models(
    contest: Contest[Any],
    entries: Sequence[Entry],
    kept: Path | None,
    settings: CompareSettings,
    work: Workspace,
) -> Compared:
    """Measure the models of a protocol one after the other, then their ensemble.

    One at a time: seconds and memory are measured, and each model has the machine to itself.
    """
    folders = [work.results(contest.protocol, one.name, kept=kept) for one in entries]
    results = []
    with progress(f"comparing-{contest.protocol}", f"Comparing {len(entries)} models") as tell:
        for entry, folder in zip(entries, folders, strict=True):
            results.append(measure_model(contest, entry, folder, settings))
            tell(len(results), len(entries))
    folder = work.results(contest.protocol, ENSEMBLE)
    ensemble = stack_models(contest, results, folders, folder, settings)
    if ensemble is not None:
        results, folders = [*results, ensemble], [*folders, folder]
    return Compared(contest, results, folders)


@task(name="lay out comparison", task_run_name="lay out comparison", cache_policy=NO_CACHE)
def lay_out_comparison(
    compared: Sequence[Compared],
    snapshot: RatingsSnapshot,
    work: Workspace,
    settings: CompareSettings,
) -> ComparisonTables:
    """Measure what the models answered, and write the tables and the models."""
    tables: ComparisonTables | None = None
    for one in compared:
        found = tables_of(one.contest, one.results, one.folders)
        tables = found if tables is None else tables.joined(found)
        if settings.publish_models:
            n_saved = stage_models(one.results, one.folders, work)
            logger.info("%s of the %s protocol", counted(n_saved, "model"), one.contest.protocol)
    assert tables is not None
    stage_tables(tables, work)
    stage_quarantine(snapshot, work)
    return tables


@task(name="draw comparison", task_run_name="draw comparison", cache_policy=NO_CACHE)
def draw_comparison(tables: ComparisonTables, work: Workspace, settings: CompareSettings) -> int:
    """Draw accuracy against time and the learning curves; returns the number of files."""
    if not settings.pictures:
        return 0
    files = write_planned(plan_comparison(tables.comparison, tables.curves), work.figures)
    logger.info("%s drawn", counted(sum(path.suffix == ".png" for path in files), "picture"))
    return len(files)


def comparison_counts(
    snapshot: RatingsSnapshot, data: ComparedRatings, tables: ComparisonTables
) -> dict[str, int]:
    """Rows, users, titles and models of a run."""
    status = tables.comparison["status"].to_pylist()
    return {
        "rows_read": snapshot.n_rows,
        "rows_good": snapshot.n_good,
        "rows_quarantined": snapshot.n_quarantined,
        "rows_repaired": snapshot.n_repaired,
        "users": data.ratings.n_users,
        "titles": data.ratings.n_titles,
        "models_measured": status.count("measured"),
        "models_failed": len(status) - status.count("measured"),
    }


def comparison_figures(
    snapshot: RatingsSnapshot, suites: Sequence[SuiteRun], tables: ComparisonTables
) -> dict[str, object]:
    """Figures of a run, and the versions of optional libraries that models may be made with."""
    return {
        "comparison": comparison_results(tables),
        "settings_chosen_on": "a validation part of the first split's training part",
        "libraries": _libraries(),
        "newest_date": snapshot.date_range[1].isoformat() if snapshot.date_range else None,
        "rules_broken": [rule.name for run in suites for rule in run.rules if not rule.success],
    }


def _libraries() -> dict[str, str]:
    found = {}
    for name in _OPTIONAL:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
