"""The explorer page of a comparison: models, what they reached and cost, and how they got there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelhouse.report.figures import short, told
from reelhouse.report.records import write_quality
from reelhouse.report.script_data import write_data
from reelhouse.report.shell import Shell, Tab, fresh_report, write_shell
from reelhouse.report.staged import Staged
from reelhouse.schema import COMPARISON, COMPARISON_SPLITS
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.version import Version

#: Protocol -> the figure by which its models are placed.
_BY = {"rating": "rmse", "ranking": "ndcg_100"}
_TABS = (
    ("comparison", Tab("models", "Models", home=True)),
    ("comparison", Tab("time", "Accuracy and time")),
    ("curves", Tab("learning", "Learning")),
    ("trials", Tab("trials", "Trials")),
    ("splits", Tab("measured", "Measured on")),
    ("comparison", Tab("versions", "Versions")),
    ("comparison", Tab("quality", "Data quality")),
)
_SCRIPTS = ("records", "sortable", "models", "trials", "comparison")
#: Settings of the run that say what was measured; its other settings change no figure.
_SETTINGS = ("splits", "budget", "seed", "scale")


def write_comparison_report(
    folder: Path, manifest: RunManifest, before: Sequence[Version], *, version: int
) -> Path:
    """Write the explorer page of a comparison; returns the path of `index.html`.

    Parameters
    ----------
    folder : Path
        The staged run, complete but for its report.
    manifest : RunManifest
        What will be published with it.
    before : sequence of Version
        The versions before, the oldest first.
    version : int
        The number that the run will be published as.
    """
    staged, data = Staged(folder), fresh_report(folder)
    _write_overview(data, staged, manifest, version)
    _write_curves(data, staged)
    _write_trials(data, staged)
    _write_splits(data, staged)
    past = [(one.number, one.manifest) for one in before]
    write_data(data, "history", [_past(*one) for one in [*past, (version, manifest)]])
    write_quality(data, staged, manifest)
    tabs = [tab for table, tab in _TABS if staged.has(table)]
    shell = Shell(tabs, _SCRIPTS, None, "reelhouse show --collection comparison")
    return write_shell(folder, manifest, version, shell)


def _write_overview(folder: Path, staged: Staged, manifest: RunManifest, version: int) -> None:
    """Write `overview.js`: the version, and all rows of comparison.parquet."""
    names = [name for name in COMPARISON.names if name not in ("protocol", "settings")]
    models: dict[str, list[dict[str, Any]]] = {}
    for row in staged.rows("comparison"):
        one = told(row, names) | {"settings": _settings(row["settings"])}
        models.setdefault(row["protocol"], []).append(one)
    value = {
        "collection": manifest.collection,
        "version": version,
        "date": f"{manifest.created_at:%Y-%m-%d}",
        "counts": manifest.counts,
        # What the parts of the page that all collections share look for.
        "clusters": [],
        "protocols": [
            {"name": name, "by": by, "models": models[name]}
            for name, by in _BY.items()
            if name in models
        ],
        "run": {name: manifest.settings.get(name) for name in _SETTINGS},
        "chosenOn": manifest.results.get("settings_chosen_on"),
        "newest": manifest.results.get("newest_date"),
        "software": manifest.software,
        "libraries": manifest.results.get("libraries") or {},
    }
    write_data(folder, "overview", value)


def _settings(text: str) -> dict[str, Any]:
    """Settings of a model from JSON, as names and short values."""
    return {name: short(value) for name, value in json.loads(text).items()}


def _write_curves(folder: Path, staged: Staged) -> None:
    """Write `curves.js`: epochs and values of each model's best trial."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in staged.rows("curves"):
        value = short(row["value"])
        if value is None:  # An epoch that was not judged, or gone beyond all figures.
            continue
        curve = found.setdefault(row["protocol"], {}).setdefault(
            row["model"], {"epochs": [], "values": [], "seconds": 0.0}
        )
        curve["epochs"].append(row["epoch"])
        curve["values"].append(value)
        curve["seconds"] = short(row["seconds"])
    write_data(folder, "curves", found)


def _write_trials(folder: Path, staged: Staged) -> None:
    """Write `trials.js`: what was tried of each model, in order."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    names = ("trial", "outcome", "reason", "value", "epochs", "seconds", "chosen")
    for row in staged.rows("trials"):
        one = told(row, names) | {"settings": _settings(row["settings"])}
        found.setdefault(row["protocol"], {}).setdefault(row["model"], []).append(one)
    write_data(folder, "trials", found)


def _write_splits(folder: Path, staged: Staged) -> None:
    """Write `splits.js`: the splits of each protocol, and what each model reached on each."""
    found: dict[str, dict[str, Any]] = {}
    names = [name for name in COMPARISON_SPLITS.names if name not in ("protocol", "model")]
    for row in staged.rows("splits"):
        of = found.setdefault(row["protocol"], {"splits": {}, "models": {}})
        of["splits"][row["split"]] = [row["n_train"], row["n_held_out"]]
        of["models"].setdefault(row["model"], []).append(told(row, names))
    value = {
        protocol: {
            "splits": [[name, *sizes] for name, sizes in of["splits"].items()],
            "models": of["models"],
        }
        for protocol, of in found.items()
    }
    write_data(folder, "splits", value)


def _past(number: int, manifest: RunManifest) -> dict[str, Any]:
    """What a version says of itself, with the best model of each protocol."""
    best = {
        row["protocol"]: [row["model"], short(row.get(_BY[row["protocol"]]))]
        for row in manifest.results.get("comparison") or []
        if row.get("place") == 1 and row["protocol"] in _BY
    }
    return {
        "version": number,
        "date": f"{manifest.created_at:%Y-%m-%d}",
        "counts": manifest.counts,
        "best": best,
    }
