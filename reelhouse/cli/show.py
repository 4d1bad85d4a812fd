"""`reelhouse show`: the manifest of a version, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from reelhouse.cli import output
from reelhouse.cli.classified import classifier_sections
from reelhouse.cli.compared import comparison_sections
from reelhouse.cli.options import (
    AsJson,
    Collection,
    StoreUri,
    VersionNumber,
    open_log,
    open_version,
)
from reelhouse.errors import StoreError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reelhouse.storage.manifest import CheckSummary, RunManifest
    from reelhouse.storage.version import Version

_SHA_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: reelhouse show --version 1 --store demo-store")(show)


def show(
    store: StoreUri,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Show a version: inputs, counts, checks, choices, files."""
    opened = open_version(store, collection, version)
    if as_json:
        output.print_json(
            {
                "version": opened.number,
                "commit": opened.commit.model_dump(mode="json"),
                "manifest": opened.manifest.model_dump(mode="json"),
            }
        )
        return
    fitted = _fitted(opened, store, collection)
    parts: list[RenderableType] = list(_head(opened))
    for title, body in _sections(opened.manifest, fitted):
        parts += [output.line(""), output.heading(title), *body]
    output.print_text(*parts)


def _fitted(opened: Version, store: str, collection: str) -> RunManifest | None:
    """The manifest of the version whose model this one uses; None when it is not readable."""
    number = opened.manifest.model_version
    if number is None or number == opened.number:
        return opened.manifest
    try:
        return open_log(store, collection).version(number).manifest
    except StoreError:
        return None


def _head(opened: Version) -> Iterator[RenderableType]:
    manifest, commit = opened.manifest, opened.commit
    yield output.heading(f"version {opened.number} of {manifest.collection}")
    what = f"published by the flow {manifest.flow}"
    if commit.kind == "rollback":
        what = f"rolled back to version {commit.rolled_back_to}, made by the flow {manifest.flow}"
    yield output.indented(f"{what}, {output.when(commit.created_at)} UTC")
    yield output.indented(f"run {manifest.run_id}")
    if commit.parent is not None:
        yield output.indented(f"follows version {commit.parent}")
    yield output.indented(
        ", ".join(f"{name} {manifest.software[name]}" for name in sorted(manifest.software))
    )


def _sections(
    manifest: RunManifest, fitted: RunManifest | None
) -> Iterator[tuple[str, list[RenderableType]]]:
    if manifest.inputs:
        yield "inputs", list(_inputs(manifest))
    if manifest.counts:
        yield (
            "rows, titles, users" if "users" in manifest.counts else "rows and titles",
            [output.indented(text) for text in _counts(manifest)],
        )
    if manifest.checks:
        yield "checks", [_checks(manifest), *_broken_rules(manifest)]
    chosen = [output.indented(text) for text in _choice(manifest, fitted)]
    if chosen:
        yield "clusters", chosen
    yield from comparison_sections(manifest)
    yield from classifier_sections(fitted)
    quality = fitted.results.get("quality") if fitted else None
    if isinstance(quality, Mapping):
        yield "quality of the clusters", [_quality(quality)]
    drift = manifest.results.get("drift")
    if isinstance(drift, Mapping):
        yield "drift", list(_drift(drift))
    if manifest.settings:
        told = (f"{name} = {value}" for name, value in _flattened(manifest.settings))
        yield "settings", [output.indented(text) for text in (*told, f"seed = {manifest.seed}")]
    yield "files", [_files(manifest)]


def _inputs(manifest: RunManifest) -> Iterator[RenderableType]:
    for entry in manifest.inputs:
        yield output.indented(f"{entry.name}: {entry.uri}")
        yield output.indented(
            f"{entry.rows:,} rows, {output.size(entry.size)}, "
            f"sha256 {entry.sha256[:_SHA_SHOWN]}...",
            by=4,
        )


def _counts(manifest: RunManifest) -> Iterator[str]:
    counts = manifest.counts
    read, good, bad = (counts.get(f"rows_{name}") for name in ("read", "good", "quarantined"))
    if read is not None and good is not None and bad is not None:
        verdict = "" if read == good + bad else ": THEY DO NOT ADD UP"
        yield f"{read:,} rows read = {good:,} good + {bad:,} quarantined{verdict}"
    if counts.get("rows_repaired"):
        repairs = manifest.results.get("repairs") or {}
        told = ", ".join(f"{field} {n:,}" for field, n in sorted(repairs.items()))
        yield f"{counts['rows_repaired']:,} rows repaired: {told}"
    if "models_measured" in counts:
        yield (
            f"{counts.get('users', 0):,} users rated {counts.get('titles', 0):,} titles; "
            f"{counts['models_measured']:,} models measured, "
            f"{counts.get('models_failed', 0):,} failed"
        )
    elif "users" in counts:
        yield (
            f"{counts['users']:,} users rated {counts.get('titles', 0):,} titles; "
            f"{counts.get('clusters', 0):,} clusters"
        )
    elif "titles" in counts:
        changed = [
            f"{counts.get(f'titles_{name}', 0):,} {name}" for name in ("added", "removed", "edited")
        ]
        if counts.get("titles_carried_over"):
            changed.append(f"{counts['titles_carried_over']:,} carried over from quarantined rows")
        yield f"{counts['titles']:,} titles: {', '.join(changed)}"


def _checks(manifest: RunManifest) -> RenderableType:
    return output.table(
        ("suite", "level", "rules", "verdict", "quarantined"),
        [
            (
                check.suite,
                check.level,
                check.evaluated,
                _verdict(check),
                check.quarantined,
            )
            for check in manifest.checks
        ],
        right=("rules", "quarantined"),
        whole=("suite",),
        indent=2,
    )


def _verdict(check: CheckSummary) -> str:
    if check.success:
        return "passed"
    # A broken row rule costs the row its place, not the version.
    return "rows put aside" if check.level == "row" else "failed"


def _broken_rules(manifest: RunManifest) -> Iterator[RenderableType]:
    for check in manifest.checks:
        for rule in check.failed:
            yield output.indented(f"broken in {check.suite}: {rule}")


def _choice(manifest: RunManifest, fitted: RunManifest | None) -> Iterator[str]:
    chosen = (fitted.results.get("clustering") if fitted else None) or {}
    if manifest.model_version is not None:
        yield f"model fitted in version {manifest.model_version}"
    if "n_clusters" in chosen:
        yield f"{chosen['n_clusters']} clusters: {chosen.get('reason', 'no reason is recorded')}"
    curve = chosen.get("curve") or []
    if curve:
        best = {point["n_clusters"]: point["silhouette"] for point in curve}
        told = ", ".join(
            f"{k}: {value:.2f}" for k, value in sorted(best.items()) if value is not None
        )
        yield f"silhouette by number of clusters: {told}"
    moved = manifest.results.get("identity")
    if moved:
        yield ", ".join(f"{name} {value}" for name, value in _flattened(moved))


def _quality(quality: Mapping[str, Any]) -> RenderableType:
    from reelhouse.evaluation.reading import report_rows

    rows = report_rows(quality)
    return output.table(
        ("measure", "value", "meaning"),
        [(row["measure"], row["value"], row["meaning"]) for row in rows],
        right=("value",),
        indent=2,
    )


def _drift(drift: Mapping[str, Any]) -> Iterator[RenderableType]:
    limits = drift.get("limits") or {}
    names = [name for name in limits if name in drift]
    yield output.table(
        ("figure", "value", "limit"),
        [(name.replace("_", " "), f"{drift[name]:.3f}", f"{limits[name]:.3f}") for name in names],
        right=("value", "limit"),
        indent=2,
    )
    exceeded = drift.get("exceeded") or []
    verdict = f"beyond its limit: {', '.join(exceeded)}" if exceeded else "all within their limits"
    yield output.indented(f"{verdict}, measured on {drift.get('n_new', 0):,} new titles")


def _files(manifest: RunManifest) -> RenderableType:
    return output.table(
        ("path", "rows", "size"),
        [(entry.path, entry.rows, output.size(entry.size)) for entry in manifest.files],
        right=("rows", "size"),
        indent=2,
    )


def _flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
