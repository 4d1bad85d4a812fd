"""Pictures of a deep clustering: what came in, how clusters were found, what was learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from safetensors.numpy import load_file

from reelhouse.catalogue.base import FIGURES, SELECTION_FILE
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.selection.candidate import curve_of
from reelhouse.deep.sequences import WordNumbers
from reelhouse.embedded.classifiers import OWN
from reelhouse.embedded.curves import CURVES_FILE
from reelhouse.embedded.fit import CODES_FILE
from reelhouse.embedded.inputs import texts_of
from reelhouse.embedded.settings import DeepSettings
from reelhouse.plots.catalogue import plan_duplicates, plan_lengths, plan_missing
from reelhouse.plots.choice import plan_choice
from reelhouse.plots.classifiers import plan_confusion, plan_learning
from reelhouse.plots.embedding import plan_embedding
from reelhouse.plots.pictures import FigureTables, Planned
from reelhouse.plots.write import write_planned


def write_pictures(work: Workspace, settings: DeepSettings, clustering: Mapping[str, Any]) -> int:
    """Draw all pictures of a run, each with its data.

    Parameters
    ----------
    work : Workspace
        With the titles, the codes, and the staged tables of clusters and classifiers.
    settings : DeepSettings
    clustering : the `clustering` of the manifest's results

    Returns
    -------
    int
        Pictures drawn.

    Raises
    ------
    FigureError
        When matplotlib is missing or a picture cannot be drawn.
    """
    files = write_planned(plan(work, settings, clustering), work.staged / FIGURES)
    return sum(path.suffix == ".png" for path in files)


def plan(
    work: Workspace, settings: DeepSettings, clustering: Mapping[str, Any]
) -> Iterator[Planned]:
    """All pictures of a run; see `write_pictures`."""
    titles = pa.concat_tables([pq.read_table(part) for part in Workspace.parts(work.titles)])
    yield from plan_missing(titles)
    yield from plan_duplicates(titles)
    texts = texts_of(Workspace.parts(work.titles))
    numbers = WordNumbers.fit(texts, settings.sequences)
    lengths = [one.size for one in numbers.sequences(texts)]
    yield from plan_lengths(lengths, settings.sequences.length)
    curve = curve_of(pq.read_table(work.staged / SELECTION_FILE))
    if len(curve) > 1:
        chosen, reason = clustering["n_clusters"], clustering["reason"]
        yield from plan_choice(FigureTables(curve=curve, chosen=chosen, reason=reason))
    names = _names(work)
    codes = load_file(work.root / CODES_FILE)
    placed = pq.read_table(work.staged / "assignments.parquet")["cluster_id"].to_numpy()
    yield from plan_embedding(codes["before"], codes["after"], placed, names, seed=settings.seed)
    yield from plan_learning(_by_stage(pq.read_table(work.staged / CURVES_FILE)))
    if (work.staged / "confusion.parquet").is_file():
        yield from _confusions(work, names)


def _names(work: Workspace) -> dict[int, str]:
    rows = pq.read_table(work.staged / "clusters.parquet").to_pylist()
    return {row["cluster_id"]: row["name"] for row in rows if row["event"] != "died"}


def _by_stage(curves: pa.Table) -> pa.Table:
    """Curves in which each stage is a network of its own: epochs begin anew in each."""
    stages = pc.binary_join_element_wise(curves["network"], curves["stage"], ", ")
    at = curves.schema.get_field_index("network")
    return curves.set_column(at, curves.schema.field("network"), stages)


def _confusions(work: Workspace, names: Mapping[int, str]) -> Iterator[Planned]:
    """What each classifier takes for what among the clusters of the run."""
    table = pq.read_table(work.staged / "confusion.parquet")
    table = table.filter(pc.equal(table["labels_from"], OWN))
    ids = ClusterModel.load(work.model).cluster_ids.tolist()
    number = {cluster_id: at for at, cluster_id in enumerate(ids)}
    # Ids of a later fit have gaps: the picture counts, and names each cluster with its id.
    plain = ids == list(range(len(ids)))
    shown = {number[one]: name if plain else f"{name} (id {one})" for one, name in names.items()}
    for classifier in pc.unique(table["classifier"]).to_pylist():
        counts = np.zeros((len(ids), len(ids)), dtype=np.int64)
        for row in table.filter(pc.equal(table["classifier"], classifier)).to_pylist():
            cell = number[row["true_cluster_id"]], number[row["predicted_cluster_id"]]
            counts[cell] = row["titles"]
        yield from plan_confusion(classifier, counts, shown)
