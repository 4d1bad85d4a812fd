"""Keys of a store that are kept in a Prefect block.

A run is told the block's name, by REELHOUSE_STORE_BLOCK. The keys are fetched in the process that
uses them, stay in its memory, and are in no parameter, result, environment or log.
"""

from __future__ import annotations

import os

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from reelhouse.errors import CredentialsError
from reelhouse.storage.credentials import StoreKeys, hand_over

#: Names the block; not set: the keys come from elsewhere.
VARIABLE = "REELHOUSE_STORE_BLOCK"


class StoreCredentials(Block):
    """Keys of an S3 store; the server keeps the secret ones encrypted."""

    _block_type_name = "Reelhouse store credentials"
    _block_type_slug = "reelhouse-store-credentials"

    access_key_id: str = Field(description="Name of the key.")
    secret_access_key: SecretStr = Field(description="The key.")
    session_token: SecretStr | None = Field(None, description="Token of temporary keys.")
    region: str | None = Field(None, description="Region of the bucket.")
    endpoint_url: str | None = Field(None, description="Address of a server that is not AWS.")


def use_store_block() -> None:
    """Hand the named block's keys to this process; nothing to do when none is named.

    Raises
    ------
    CredentialsError
        When there is no such block.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return
    try:
        block = StoreCredentials.load(name, _sync=True)  # type: ignore[call-arg]
    except ValueError:
        # Prefect's message says the same at length.
        raise CredentialsError(
            f"{VARIABLE} names the block {name}, and there is none of that name and of type "
            f"{StoreCredentials._block_type_slug}; docs/operations.md says how one is made"
        ) from None
    if not isinstance(block, StoreCredentials):
        raise CredentialsError(f"the block {name} that {VARIABLE} names could not be read")
    hand_over(
        StoreKeys(
            access_key_id=block.access_key_id,
            secret_access_key=block.secret_access_key,
            session_token=block.session_token,
            region=block.region,
            endpoint_url=block.endpoint_url,
        )
    )
