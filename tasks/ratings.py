"""Ratings: reading, checking, partitioning."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.runs.record import Run, name_run
from reelhouse.sources.ratings import (
    RatingsSnapshot,
    RatingsSpill,
    RefusedValues,
    partition_ratings,
    spill_ratings,
)
from reelhouse.storage.manifest import InputEntry
from reelhouse.viewers.check import n_refused, ratings_facts, refused_values, value_frame
from reelhouse.viewers.linked import CatalogueTitles
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.rated_titles import read_rated_titles as read_titles
from reelhouse.viewers.settings import (
    RatingsSettings,
    ViewersSettings,
    outcome_settings,
    scale_of,
)
from reelhouse.viewers.workspace import Workspace
from tasks.code import run_code
from tasks.names import counted, named, short_name
from tasks.progress import progress
from tasks.quality import Judged, stop_if_broken
from tasks.quality_page import rows_line
from tasks.retrying import RETRIED
from tasks.suites import EXPECTATIONS, SuiteRun, suite_digests

logger = logging.getLogger(__name__)

#: Suites that decide what a viewers run publishes.
SUITES = ("ratings", "ratings_snapshot", "user_assignments", "user_assignments_version")


@dataclass(frozen=True)
class CheckedRatings:
    """Ratings that passed, in partitions, and the suites that judged them."""

    snapshot: RatingsSnapshot
    suites: tuple[SuiteRun, ...]
    facts: dict[str, float | int]


@task(
    name="read ratings",
    task_run_name=named(lambda given: f"read ratings: {short_name(given['settings'].ratings)}"),
    **RETRIED,
)
def read_ratings(settings: RatingsSettings, work: Workspace) -> RatingsSpill:
    """Read the ratings into buckets of users, counting their distinct values."""
    with progress("reading-ratings", f"Reading {short_name(settings.ratings)}") as tell:
        spill = spill_ratings(
            settings.ratings,
            work.spill,
            rows_per_partition=settings.partitions.rows_per_partition,
            on_rows=tell,
        )
    logger.info("read %s rows of %s (%s)", f"{spill.n_rows:,}", spill.uri, spill.layout.name)
    return spill


@task(name="read names and genres", task_run_name="read names and genres", **RETRIED)
def read_rated_titles(settings: RatingsSettings, spill: RatingsSpill) -> RatedTitles:
    """Read names and genres of the titles, given or found beside the ratings."""
    titles = read_titles(
        settings.ratings, spill.layout.name, names=settings.title_names, genres=settings.genres
    )
    for entry in titles.inputs:
        logger.info("%s of %s titles from %s", entry.name, f"{entry.rows:,}", entry.uri)
    return titles


def ratings_entry(spill: RatingsSpill) -> InputEntry:
    """The ratings as the manifest names them."""
    return InputEntry(
        name="ratings",
        uri=spill.uri,
        sha256=spill.sha256,
        size=spill.n_bytes,
        rows=spill.n_rows,
    )


def name_viewers_run(
    settings: ViewersSettings,
    spill: RatingsSpill,
    titles: RatedTitles,
    held: CatalogueTitles | None,
) -> Run:
    """Name a run over ratings, what is known of their titles, and the catalogue linked to them."""
    return name_run(
        "viewers",
        outcome_settings(settings),
        [ratings_entry(spill), *titles.inputs, *([] if held is None else [held.entry])],
        seed=settings.clusters.seed,
        rules=suite_digests(SUITES),
        code=run_code(),
    )


@task(
    name="check ratings",
    task_run_name=named(
        lambda given: (
            f"check ratings: {given['spill'].n_rows:,} rows in "
            f"{counted(given['spill'].n_partitions, 'partition')}"
        )
    ),
    cache_policy=NO_CACHE,
)
def check_ratings(
    settings: RatingsSettings, spill: RatingsSpill, titles: RatedTitles, work: Workspace
) -> CheckedRatings:
    """Quarantine what breaks a row rule, partition the rest; stop when the whole breaks a rule."""
    values, whole = (SuiteRun(EXPECTATIONS / f"{name}.json") for name in SUITES[:2])
    shown = value_frame(
        spill.counts,
        scale=scale_of(settings, spill.layout.name),
        # Somewhere it is tomorrow already.
        today=(datetime.now(UTC) + timedelta(days=1)).date(),
        known_titles=titles.known,
        names_file=titles.names_file,
    )
    failures = values.judge(shown.frame, shown.weights)
    refused = refused_values(shown, failures)
    # Before anything is written: a wrong list of titles could refuse every row.
    hopeless = spill.n_read - n_refused(shown, failures)
    before = SuiteRun(EXPECTATIONS / "ratings_snapshot.json")
    _judge_whole((values, before), spill, hopeless, 0, 2, refused)
    with progress("checking-ratings", f"Checking {spill.n_rows:,} ratings") as tell:
        snapshot = partition_ratings(spill, work.ratings, refused=refused, on_rows=tell)
    spill.remove()
    facts = _judge_whole(
        (values, whole), spill, snapshot.n_good, snapshot.n_repeated, snapshot.n_users, refused
    )
    logger.info(
        "%s ratings are good, %s quarantined",
        f"{snapshot.n_good:,}",
        f"{snapshot.n_quarantined:,}",
    )
    return CheckedRatings(snapshot, (values, whole), facts)


def _judge_whole(
    suites: tuple[SuiteRun, SuiteRun],
    spill: RatingsSpill,
    good: int,
    repeated: int,
    users: int,
    refused: RefusedValues,
) -> dict[str, float | int]:
    facts = ratings_facts(
        rows_in=spill.n_rows,
        good=good,
        repeated=repeated,
        repeated_headers=spill.n_repeated_headers,
        users=users,
        undated=spill.n_undated,
    )
    suites[1].judge(pd.DataFrame([facts]))
    values = [*refused.ratings, *refused.dates, *refused.titles]
    examples = [one.reason for one in values[:2]]
    examples += [f"{count:,} x {reason}" for reason, count in list(spill.reasons.items())[:2]]
    if repeated:
        examples.append(f"{repeated:,} repeat the rating of the same user and title")
    places = {"quarantined_share": "; ".join(examples), "good_rows": "; ".join(examples)}
    read = rows_line(spill.n_rows, good, spill.n_repaired, spill.n_rows - good)
    stop_if_broken(Judged(spill.uri, suites, read, "viewers-quality"), facts, places)
    return facts
