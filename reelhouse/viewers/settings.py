"""Settings of the viewers flow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from reelhouse.compute import chosen_place
from reelhouse.interactions import InteractionSettings
from reelhouse.settings import PartitionSettings, PrivateUri, Seed, Settings
from reelhouse.viewers.tables import DescriptionSettings

COLLECTION = "viewers"


class ViewerClusterSettings(Settings):
    """How users are clustered."""

    n_clusters: PositiveInt | Literal["auto"] = 20
    """Number of clusters; auto chooses by silhouettes, dispersion, elbow and stability."""

    passes: PositiveInt = 3
    """Passes of partial_fit over the partitions."""

    polish: PositiveInt = 10
    """Most exact passes after them; they end when hardly a user changes cluster."""

    batch_size: PositiveInt = 8_192
    """Users of one mini-batch."""

    sample_size: PositiveInt = 30_000
    """Users of the sample on which seeding and the choice of k work."""

    restarts: PositiveInt = 4
    """Seedings tried on the sample; the one with the least inertia is taken."""

    seed: Seed = 0
    """Seed of the sampling, seeding and batch order."""


class RatingsSettings(Settings):
    """Ratings that a run reads, and where it publishes."""

    ratings: PrivateUri
    """Path or URI of the ratings: Netflix Prize or MovieLens files, a folder or archive of them,
    or a CSV with user, title, rating and perhaps date."""

    store: PrivateUri
    """Folder or s3://bucket/prefix that versions are published to."""

    title_names: PrivateUri | None = None
    """Path or URI of movie_titles.csv, movies.csv, u.item or movies.dat; None: found beside the
    ratings, or none."""

    genres: PrivateUri | None = None
    """Path or URI of movies.csv, u.item, movies.dat or netflix_genres.csv; None as above."""

    scale: tuple[float, float] | None = Field(default=None, strict=False)
    """Lowest and highest rating; None: that of the layout (1 to 5, or 0.5 to 5)."""

    partitions: PartitionSettings = PartitionSettings(rows_per_partition=1_500_000)
    """Ratings of a partition, and who computes."""

    checkpoints: Annotated[str, Field(min_length=1)] | None = None
    """Folder where a run keeps what is finished: a killed run that is started again goes on from
    there."""

    @field_validator("scale")
    @classmethod
    def _low_then_high(cls, scale: tuple[float, float] | None) -> tuple[float, float] | None:
        if scale is not None and scale[0] >= scale[1]:
            raise ValueError(f"{scale[0]:g} to {scale[1]:g} is no scale, required: low, then high")
        return scale


class ViewersSettings(RatingsSettings):
    """What a run reads, how it clusters, where it publishes."""

    matrix: InteractionSettings = Field(default_factory=InteractionSettings)
    """What the users' vectors hold."""

    clusters: ViewerClusterSettings = Field(default_factory=ViewerClusterSettings)
    """Number of clusters, passes and seed."""

    description: DescriptionSettings = Field(default_factory=DescriptionSettings)
    """Preferences, names, heatmaps and the genre scatter."""

    recommendations: NonNegativeInt = 10
    """Titles recommended to every user; 0: none."""

    links: bool = True
    """Link the rated titles to those of the store's catalogue, if it has one."""

    pictures: bool = True
    """Draw them; their data are published in any case."""

    @property
    def scheduler(self) -> str:
        """Where Dask computes: threads suffice, since kernels release the interpreter's lock."""
        place = chosen_place(self.partitions.dask)
        return "threads" if place == "auto" else place


#: Lowest and highest rating of a layout, by the start of its name.
_SCALES = {"Netflix": (1.0, 5.0), "MovieLens": (0.5, 5.0)}
_USUAL_SCALE = (0.5, 5.0)


def scale_of(settings: RatingsSettings, layout: str) -> tuple[float, float]:
    """The lowest and the highest rating that there can be: as set, or as the layout has it."""
    if settings.scale is not None:
        return settings.scale
    found = (scale for name, scale in _SCALES.items() if layout.startswith(name))
    return next(found, _USUAL_SCALE)


def outcome_settings(settings: RatingsSettings) -> dict[str, Any]:
    """The settings that decide what is published: not where from, where to or who computes."""
    elsewhere: dict[str, Any] = {
        "ratings": True,
        "store": True,
        "title_names": True,
        "genres": True,
        "checkpoints": True,
        "partitions": {"dask", "n_workers"},
    }
    return settings.model_dump(mode="json", exclude=elsewhere)
