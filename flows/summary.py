"""What a flow run came to, on the terminal."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from reelhouse.catalogue.base import open_base
from reelhouse.runs.record import Outcome


def print_outcome(outcome: Outcome, store: str, *, as_json: bool) -> None:
    """Print one run: JSON for machines, a few lines for people."""
    if as_json:
        _out().print_json(json.dumps(outcome.model_dump(mode="json")))
        return
    for line in outcome_lines(outcome, store):
        _out().print(line, markup=False, highlight=False, soft_wrap=True)


def print_demo(outcomes: Sequence[Outcome], store: str, *, as_json: bool) -> None:
    """Print the runs of the demo, and which commands to try next."""
    if as_json:
        _out().print_json(json.dumps([o.model_dump(mode="json") for o in outcomes]))
        return
    lines = [line for outcome in outcomes for line in outcome_lines(outcome, store)]
    first, second = (shlex.quote(title) for title in _known_titles(store))
    where = f"--store {shlex.quote(store)}"
    lines += [
        "",
        "Try next:",
        f"  .venv/bin/reelhouse open {where}",
        f"  .venv/bin/reelhouse clusters {where}",
        f"  .venv/bin/reelhouse title {first} {where}",
        f"  .venv/bin/reelhouse recommend --liked {first} --liked {second} {where}",
    ]
    if any(outcome.collection == "comparison" for outcome in outcomes):
        lines.append(f"  .venv/bin/reelhouse show --collection comparison {where}")
    for line in lines:
        _out().print(line, markup=False, highlight=False, soft_wrap=True)


def outcome_lines(outcome: Outcome, store: str) -> list[str]:
    """A run in words."""
    name = f"version {outcome.version} of {outcome.collection} in {store}"
    if not outcome.published:
        return [f"Nothing new: {name} stays in force."]
    if outcome.collection == "viewers":
        return [f"Published {name}", *_viewers_lines(outcome)]
    if outcome.collection == "comparison":
        return [f"Published {name}", *_comparison_lines(outcome)]
    counts, results = outcome.counts, outcome.results
    carried = counts.get("titles_carried_over", 0)
    lines = [
        f"Published {name}",
        f"  rows     {counts['rows_read']:,} read = {counts['rows_good']:,} good "
        f"({counts['rows_repaired']:,} repaired) + {counts['rows_quarantined']:,} quarantined",
        f"  titles   {counts['titles_added']:,} added, {counts['titles_removed']:,} removed, "
        f"{counts['titles_edited']:,} edited" + (f", {carried:,} carried over" if carried else ""),
    ]
    if "clustering" in results:
        clustering = results["clustering"]
        lines.append(f"  clusters {clustering['n_clusters']}: {clustering['reason']}")
    lines += _networks_lines(results)
    if "titles_moved" in results.get("identity", {}):
        identity = results["identity"]
        lines.append(
            f"  identity {identity['titles_moved']:,} of {identity['titles_in_both']:,} "
            "titles changed their cluster"
        )
    if "drift" in results:
        drift = results["drift"]
        verdict = ", ".join(drift["exceeded"]) or "within its limits"
        lines.append(
            f"  night    {drift['n_new']:,} titles placed, 0 moved; "
            f"{100 * drift['outlier_share']:.1f} % fit no cluster; drift: {verdict}"
        )
    return lines


def _networks_lines(results: Mapping[str, Any]) -> list[str]:
    """What networks came to; nothing of a run without them."""
    lines = []
    if "deep" in results:
        figures = results["deep"]
        lines.append(
            f"  networks {100 * figures['share_that_kept_its_first_cluster']:.0f} % kept the "
            f"cluster of k-means; the largest holds {100 * figures['largest_share']:.0f} %"
        )
    lines += [
        f"  tells    {row['labels_from']}: {row['classifier']} accuracy {row['accuracy']:.3f}, "
        f"macro F1 {row['macro_f1']:.3f}, calibration error {row['calibration_error']:.3f}, "
        f"{row['seconds']:.1f} s"
        for row in results.get("classifiers", [])
    ]
    if "classifier" in results:
        figures = results["classifier"]
        lines.append(
            f"  tells    clusters: {figures['kind']} accuracy {figures['accuracy']:.3f}, "
            f"macro F1 {figures['macro_f1']:.3f}"
        )
    return lines


def _viewers_lines(outcome: Outcome) -> list[str]:
    counts, results = outcome.counts, outcome.results
    lines = [
        f"  rows     {counts['rows_read']:,} read = {counts['rows_good']:,} good "
        f"({counts['rows_repaired']:,} repaired) + {counts['rows_quarantined']:,} quarantined",
        f"  users    {counts['users']:,}, of {counts['titles']:,} titles",
        f"  clusters {counts['clusters']}: {results['clustering']['reason']}",
    ]
    if "identity" in results:
        identity = results["identity"]
        lines.append(
            f"  identity {identity['users_moved']:,} of {identity['users_in_both']:,} "
            "users changed their cluster"
        )
    return lines


def _comparison_lines(outcome: Outcome) -> list[str]:
    counts, rows = outcome.counts, outcome.results["comparison"]
    lines = [
        f"  rows     {counts['rows_read']:,} read = {counts['rows_good']:,} good "
        f"({counts['rows_repaired']:,} repaired) + {counts['rows_quarantined']:,} quarantined",
        f"  users    {counts['users']:,}, of {counts['titles']:,} titles",
    ]
    width = max(len(row["model"]) for row in rows)
    for row in rows:
        told = row.get("reason") or comparison_figures(row)
        lines.append(f"  {row['protocol']:<8} {row['model']:<{width}}  {told}")
    return lines


def comparison_figures(row: Mapping[str, Any]) -> str:
    """What a model reached and cost, in words."""
    if row["protocol"] == "rating":
        reached = f"RMSE {row['rmse']:.4f}  MAE {row['mae']:.4f}"
    else:
        reached = (
            f"NDCG@100 {row['ndcg_100']:.4f}  Recall@20 {row['recall_20']:.4f}  "
            f"Recall@50 {row['recall_50']:.4f}"
        )
    return f"{reached}  fit {row['seconds_fit']:.2f} s"


def _known_titles(store: str) -> tuple[str, str]:
    """Two titles with a cast near the centre of a cluster, of the largest that has such."""
    version = open_base(store, create=False).required()
    clusters = version.read_table("clusters", ["size", "representative_title_ids"]).to_pylist()
    largest = sorted(clusters, key=lambda row: -int(row["size"]))
    titles = version.read_table("titles", ["title_id", "title", "cast"]).to_pylist()
    names = {row["title_id"]: str(row["title"]) for row in titles}
    # Of a title with a cast there is more to tell.
    with_cast = {row["title_id"] for row in titles if row["cast"]}
    found = [
        [one for one in row["representative_title_ids"] if one in with_cast] for row in largest
    ]
    wanted = next((ids for ids in found if ids), largest[0]["representative_title_ids"])
    return names[wanted[0]], names[wanted[-1]]


def _out() -> Console:
    return Console()
