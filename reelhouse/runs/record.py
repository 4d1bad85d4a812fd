"""What a run is, and what it came to."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from secrets import token_hex
from typing import Any

from reelhouse import __version__
from reelhouse.runs.base import Base
from reelhouse.settings import Settings
from reelhouse.storage.manifest import (
    CheckSummary,
    InputEntry,
    RunManifest,
    idempotency_key,
    new_run_id,
)
from reelhouse.storage.version import Version

_LIBRARIES = (
    "dask",
    "dask-ml",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "simplemma",
)
#: What a run may have been made with, where it is installed.
_EXTRAS = (
    "gensim",
    "great-expectations",
    "optuna",
    "prefect",
    "sentence-transformers",
    "torch",
    "torch-geometric",
)


class Outcome(Settings):
    """What a flow run came to."""

    collection: str
    """Line of versions."""

    version: int
    """The version in force after the run."""

    published: bool
    """False when there was nothing new."""

    run_id: str
    """Run behind the version."""

    counts: dict[str, int]
    """Rows, titles, users."""

    results: dict[str, Any]
    """Figures of the run."""


def outcome_of(version: Version, *, published: bool) -> Outcome:
    """What a run came to: a version of its own, or the one that stays in force."""
    manifest = version.manifest
    return Outcome(
        collection=manifest.collection,
        version=version.number,
        published=published,
        run_id=manifest.run_id,
        counts=dict(manifest.counts),
        results=dict(manifest.results),
    )


def software() -> dict[str, str]:
    """Versions of what computes any run."""
    found = {"reelhouse": __version__, "python": platform.python_version()}
    return found | {name: installed(name) for name in _LIBRARIES}


def software_at_hand() -> dict[str, str]:
    """Versions of what computes any run, and of what only some runs ask for, where it is there."""
    found = software()
    for name in _EXTRAS:
        with suppress(PackageNotFoundError):
            found[name] = installed(name)
    return found


@dataclass(frozen=True)
class Run:
    """A run from the moment that its input is known.

    Attributes
    ----------
    flow, run_id : str
    key : str
        Idempotency key: the same input and settings, on the same fitted model, have the same.
    created_at : datetime
    inputs : tuple of InputEntry
    settings : dict
        Those that decide what is published.
    seed : int
    code : str
        Digest of the code that computes it.
    """

    flow: str
    run_id: str
    key: str
    created_at: datetime
    inputs: tuple[InputEntry, ...]
    settings: dict[str, Any]
    seed: int
    code: str


def name_run(
    flow: str,
    settings: Mapping[str, Any],
    inputs: Sequence[InputEntry],
    *,
    seed: int,
    rules: Mapping[str, str],
    code: str,
    fitted_key: str | None = None,
) -> Run:
    """Name a run and its outcome.

    Parameters
    ----------
    flow : str
    settings : those that decide what is published, as plain values
    inputs : what the run reads
    seed : int
    rules : dict from the name of a suite to the digest of its file
        A changed limit can change what is published, so it is a setting too.
    code : str
        Digest of the code that computes the run; see `reelhouse.runs.code`.
    fitted_key : str or None
        What names the fitted model that the run builds on; None for a refit.
    """
    now = datetime.now(UTC)
    decided = dict(settings) | {"expectations": dict(rules)}
    key = idempotency_key(
        flow=flow,
        inputs=[entry.sha256 for entry in inputs],
        settings=decided,
        code_version=f"{__version__} {code}",
        base_key=fitted_key,
    )
    run_id = new_run_id(now, token_hex(4))
    return Run(flow, run_id, key, now, tuple(inputs), decided, seed, code)


def build_manifest(
    run: Run,
    base: Base,
    checks: Sequence[CheckSummary],
    *,
    counts: Mapping[str, int],
    results: Mapping[str, Any],
    model_version: int | None = None,
    made_from: Mapping[str, int] | None = None,
) -> RunManifest:
    """Everything that a version says of itself, but for its files.

    Parameters
    ----------
    run, base : the run, and the version that it builds on
    checks : how each suite went
    counts, results : figures of the run
    model_version : int or None
        Version whose fitted model the run uses; None when it fitted its own.
    made_from : dict or None
        Versions of other collections that were read, by collection.
    """
    return RunManifest(
        run_id=run.run_id,
        collection=base.collection,
        flow=run.flow,
        key=run.key,
        created_at=run.created_at,
        inputs=list(run.inputs),
        settings=run.settings,
        seed=run.seed,
        software=software_at_hand() | {"code": run.code[:16]},
        parent_version=base.number,
        model_version=model_version,
        made_from=dict(made_from or {}),
        counts=dict(counts),
        checks=list(checks),
        results=dict(results),
    )
