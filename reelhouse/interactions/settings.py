"""What of the ratings enters the matrix, and how a user's ratings become a vector."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from reelhouse.settings import Settings


class TransformSettings(Settings):
    """How a user's stored ratings become the row that is clustered.

    The steps run in the order of the fields: values, centre, weighting, unit rows.
    """

    values: Literal["rating", "binary"] = "binary"
    """rating: as given; binary: 1 for every rated title."""

    centre: Literal["none", "user", "title"] = "none"
    """Subtract the mean of the user's ratings or of the title's, from stored ratings only."""

    weighting: Literal["none", "idf", "bm25", "popularity"] = "popularity"
    """What a title weighs: popularity divides by the root of the number of its raters."""

    unit_rows: bool = True
    """Bring each user's row to Euclidean length 1; a row of zeros stays zero."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.values == "binary" and self.centre != "none":
            raise ValueError(
                f"centre is {self.centre} with binary values, which leaves only zeros; "
                "required is centre none or values rating"
            )
        if self.weighting == "bm25" and self.centre != "none":
            raise ValueError(
                f"weighting is bm25 with centre {self.centre}; bm25 requires centre none, "
                "since it saturates counts"
            )
        return self


class InteractionSettings(TransformSettings):
    """The interaction matrix: which users and titles it has, and what its rows are."""

    min_user_ratings: int = Field(default=1, gt=0, le=2**31 - 1)
    """Fewest ratings of a kept user, among the kept titles."""

    min_title_ratings: int = Field(default=1, gt=0, le=2**31 - 1)
    """Fewest ratings of a kept title, by the kept users."""
