"""What the networks of a run read, and the features that its tables are made of."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from scipy import sparse

from reelhouse.catalogue.placing import INPUT
from reelhouse.catalogue.refit import fit_frozen_features
from reelhouse.catalogue.workspace import Workspace
from reelhouse.deep.inputs import descriptions, fit_input, load_input, only_fields
from reelhouse.embedded.settings import DeepSettings
from reelhouse.features.parts import read_part
from reelhouse.matrix import feature_matrix, load_block


def fit_inputs(work: Workspace, settings: DeepSettings) -> int:
    """Fit features to the titles, and sequences where networks read those; store both.

    Returns
    -------
    int
        Columns that the networks read.
    """
    options = only_fields(settings.feature_options, settings.read_fields, kind=settings.kind)
    n_columns = fit_frozen_features(work, settings.kind, options, seed=settings.seed)
    parts = Workspace.parts(work.titles)
    if settings.features == "sequences":
        model = fit_input(
            "sequences", parts, options=options, sequences=settings.sequences,
            scratch=work.root / "features",
        )  # fmt: skip
        model.save(work.model / INPUT)
        n_columns = model.n_features
    feature_matrix(parts, work.model, work.blocks)
    return n_columns


def input_rows(work: Workspace, settings: DeepSettings) -> sparse.csr_matrix:
    """What the networks read of all titles: shape (n_titles, n_columns), in memory at once."""
    if settings.features != "sequences":
        return feature_rows(work)
    model = load_input(work.model / INPUT)
    parts = Workspace.parts(work.titles)
    return sparse.vstack([model.transform(read_part(part)) for part in parts], format="csr")


def feature_rows(work: Workspace) -> sparse.csr_matrix:
    """Features of all titles: shape (n_titles, n_features)."""
    blocks = sorted(work.blocks.iterdir())
    return sparse.vstack([load_block(path) for path in blocks], format="csr")


def texts_of(parts: list[Path]) -> list[str]:
    """The descriptions of all titles."""
    return [
        text
        for part in parts
        for text in descriptions(pq.read_table(part, columns=["description"]))
    ]
