"""Settings of the flows: frozen, strict, each field documented where it is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PositiveInt

from reelhouse.compute import PLACES
from reelhouse.uris import public_uri

#: A path or URI that may carry credentials: Prefect keeps a run's settings as JSON.
PrivateUri: TypeAlias = Annotated[
    str, Field(min_length=1), PlainSerializer(public_uri, return_type=str)
]

#: What every generator of random numbers takes.
Seed: TypeAlias = Annotated[int, Field(ge=0, le=2**32 - 1)]


class Settings(BaseModel):
    """Base of all settings: immutable, unknown fields refused, field docstrings as descriptions."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        use_attribute_docstrings=True,
        # Neither is a setting that means anything, nor JSON.
        allow_inf_nan=False,
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # Settings end in logs and tracebacks.
        for name, value in super().__repr_args__():
            yield name, public_uri(value) if isinstance(value, str) else value


class ClusterSettings(Settings):
    """Mini-batch k-means and what surrounds it."""

    n_clusters: PositiveInt | Literal["auto"] = "auto"
    """Number of clusters; auto chooses by silhouettes, dispersion, elbow and stability."""

    passes: PositiveInt = 4
    """Passes of partial_fit over the partitions."""

    batch_size: PositiveInt = 4096
    """Rows of one mini-batch."""

    seed: Seed = 0
    """Seed of the sampling, seeding and batch order."""

    sample_size: PositiveInt = 8_000
    """Rows of the sample on which seeding and the choice of k work."""

    restarts: PositiveInt = 4
    """Seedings tried on the sample; the one with the least inertia is taken."""


class PartitionSettings(Settings):
    """How the snapshot is cut and who computes."""

    rows_per_partition: PositiveInt = 50_000
    """Rows of one stored partition: the unit of memory."""

    dask: Annotated[str, Field(pattern=PLACES)] = "auto"
    """auto, threads, processes, or the address of a scheduler (tcp://host:port). auto is what
    REELHOUSE_DASK says where the flow runs; else threads for few partitions, processes for more."""

    n_workers: PositiveInt = 2
    """Worker processes of the local cluster."""
