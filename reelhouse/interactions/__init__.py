"""The interaction matrix: who rated what, as stored CSR blocks and lazy Dask arrays of them."""

from reelhouse.interactions.blocks import Rows
from reelhouse.interactions.profile import profile
from reelhouse.interactions.settings import InteractionSettings, TransformSettings
from reelhouse.interactions.store import store_interactions
from reelhouse.interactions.stored import Interactions
from reelhouse.interactions.transform import NewUsers, UserTransform

__all__ = [
    "InteractionSettings",
    "Interactions",
    "NewUsers",
    "Rows",
    "TransformSettings",
    "UserTransform",
    "profile",
    "store_interactions",
]
