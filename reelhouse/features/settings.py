"""Settings of every kind of feature."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from reelhouse.settings import Settings

#: What `--features` takes; each is a module of its own in this package.
FeatureKind: TypeAlias = Literal["tfidf", "tfidf-svd", "combined"]
#: What `combined` can be made of.
SingleKind: TypeAlias = Literal["tfidf", "tfidf-svd"]
FEATURE_KINDS: tuple[FeatureKind, ...] = get_args(FeatureKind)


class FieldSettings(Settings):
    """How one field of a title enters the feature matrix."""

    weight: NonNegativeFloat
    """Norm of the field's block before the whole row is brought to unit length; 0 leaves the
    field out."""

    max_terms: PositiveInt
    """Most terms kept, by the number of titles that hold them."""

    min_titles: PositiveInt = 2
    """Fewest titles that must hold a term."""


class TfidfSettings(Settings):
    """TF-IDF over weighted fields."""

    description: FieldSettings = FieldSettings(weight=1.5, max_terms=20_000)
    """Words of the description."""

    listed_in: FieldSettings = FieldSettings(weight=1.0, max_terms=500)
    """Genres."""

    director: FieldSettings = FieldSettings(weight=0.3, max_terms=20_000)
    """Directors."""

    cast: FieldSettings = FieldSettings(weight=0.3, max_terms=20_000)
    """Cast."""

    country: FieldSettings = FieldSettings(weight=0.3, max_terms=500)
    """Countries of production."""

    rating: FieldSettings = FieldSettings(weight=0.15, max_terms=100)
    """Certificate, such as TV-MA."""

    type: FieldSettings = FieldSettings(weight=0.2, max_terms=10)
    """Movie or TV show."""

    max_title_share: float = Field(default=0.5, gt=0, le=1)
    """A description term held by a larger share of titles says nothing and is dropped."""


class TfidfSvdSettings(Settings):
    """TF-IDF whose long fields are reduced to a few latent dimensions each."""

    tfidf: TfidfSettings = TfidfSettings(
        description=FieldSettings(weight=0.5, max_terms=20_000),
        listed_in=FieldSettings(weight=0.7, max_terms=500),
        director=FieldSettings(weight=0.2, max_terms=20_000),
        cast=FieldSettings(weight=0.2, max_terms=20_000),
        country=FieldSettings(weight=0.3, max_terms=500),
        rating=FieldSettings(weight=0.3, max_terms=100),
        type=FieldSettings(weight=0.5, max_terms=10),
    )
    """Vocabulary, and the weights of the fields; directors and cast make one block."""

    description_dimensions: PositiveInt = 100
    """Latent dimensions of the description."""

    people_dimensions: PositiveInt = 50
    """Latent dimensions of directors and cast."""

    iterations: PositiveInt = 5
    """Passes over the titles that find the dimensions."""


class CombinedSettings(Settings):
    """Several kinds of feature side by side."""

    weights: dict[SingleKind, PositiveFloat] = Field(
        default={"tfidf-svd": 1.0, "tfidf": 0.5}, min_length=1
    )
    """Norm of each kind's block before the whole row is brought to unit length."""


class FeatureOptions(Settings):
    """Settings of each kind of feature; those of a kind that is not used have no effect."""

    tfidf: TfidfSettings = Field(default_factory=TfidfSettings)
    """Words and names as they are."""

    tfidf_svd: TfidfSvdSettings = Field(default_factory=TfidfSvdSettings)
    """Words and people reduced to latent dimensions."""

    combined: CombinedSettings = Field(default_factory=CombinedSettings)
    """Several kinds side by side."""
