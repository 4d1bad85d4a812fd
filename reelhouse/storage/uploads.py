"""Multipart uploads that killed writers left in a bucket: billed, and in no listing of objects.

obstore has no call that lists them, so botocore does, which `pip install 'reelhouse[s3]'` brings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reelhouse.errors import StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.objects import one_line


@dataclass(frozen=True)
class Upload:
    """An upload that was begun and neither completed nor given up.

    Parameters
    ----------
    key
        Object of the bucket that it was to become, with the store's prefix.
    upload_id
        The server's name for it.
    begun
        When, by the server's clock.
    """

    key: str
    upload_id: str
    begun: datetime


def can_list_uploads() -> bool:
    """Say whether the library that lists uploads is installed."""
    try:
        import botocore.session  # noqa: F401
    except ImportError:
        return False
    return True


def unfinished_uploads(store: Bucket, before: datetime) -> list[Upload]:
    """Find the uploads under the store's prefix that were begun before a time.

    Raises
    ------
    StoreError
        When the server does not list them, or they may not be listed.
    """
    prefix = f"{store.prefix}/" if store.prefix else ""
    try:
        pages = _client(store).get_paginator("list_multipart_uploads")
        found = [
            Upload(one["Key"], one["UploadId"], one["Initiated"])
            for page in pages.paginate(Bucket=store.bucket, Prefix=prefix)
            for one in page.get("Uploads", [])
        ]
    except Exception as error:
        raise _failed(error, f"{store.uri}: unfinished uploads cannot be listed") from error
    return sorted((one for one in found if one.begun < before), key=lambda one: one.key)


def give_up(store: Bucket, upload: Upload) -> None:
    """End an upload, so that its parts are removed; no error when it is gone already."""
    try:
        _client(store).abort_multipart_upload(
            Bucket=store.bucket, Key=upload.key, UploadId=upload.upload_id
        )
    except Exception as error:
        if "NoSuchUpload" not in str(error):
            raise _failed(
                error, f"{store.uri}: the upload of {upload.key} cannot be ended"
            ) from error


def _failed(error: Exception, what: str) -> Exception:
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, BotoCoreError | ClientError):
        return StoreError(f"{what}: {one_line(error)}")
    return error


def _client(store: Bucket) -> Any:
    from botocore.config import Config
    from botocore.session import Session

    access = store.access
    keys: dict[str, Any] = {}
    if access.provider is not None:
        given = access.provider()
        keys = {
            "aws_access_key_id": given["access_key_id"],
            "aws_secret_access_key": given["secret_access_key"],
            "aws_session_token": given.get("token"),
        }
    return Session().create_client(
        "s3",
        region_name=access.region or access.environment_region(),
        endpoint_url=access.endpoint_url,
        # As obstore addresses buckets.
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 4}),
        **keys,
    )
