"""An S3 bucket, or a prefix in one, as an object store.

Credentials and endpoint are found where `reelhouse.storage.credentials` says, in each process anew.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from reelhouse.errors import StoreError
from reelhouse.storage.credentials import find_access
from reelhouse.storage.objects import Objects, check_key, one_line


class Bucket(Objects):
    """Objects of an S3 bucket under an optional prefix.

    Parameters
    ----------
    uri
        `s3://bucket` or `s3://bucket/prefix`.

    Raises
    ------
    StoreError
        When the URI holds credentials, or the bucket is absent, closed to these credentials or
        out of reach.
    """

    def __init__(self, uri: str) -> None:
        bucket, prefix = _split(uri)
        self.access = find_access()
        self.bucket, self.prefix = bucket, prefix
        try:
            objects = S3Store(
                bucket,
                prefix=prefix or None,
                config=self.access.config(),
                credential_provider=self.access.provider,
                client_options={"allow_http": True} if self.access.plain_http() else {},
                # Long enough for a server to start again; a wrong endpoint should not hang.
                retry_config={
                    "max_retries": 10,
                    "retry_timeout": timedelta(seconds=30),
                    "backoff": {"init_backoff": timedelta(seconds=0.3)},
                },
            )
        except (BaseError, ValueError) as error:
            raise StoreError(f"store {uri} cannot be opened: {one_line(error)}") from error
        super().__init__(objects, uri)
        self._require_bucket(objects, bucket)

    def __reduce__(self) -> str | tuple[Any, ...]:
        # Only the URI travels; the receiving process has its own credentials.
        return (Bucket, (self.uri,))

    def _require_bucket(self, objects: S3Store, bucket: str) -> None:
        try:
            next(iter(obstore.list(objects, chunk_size=1)), None)
        except (BaseError, OSError) as error:
            text = str(error)
            if isinstance(error, FileNotFoundError) or "NoSuchBucket" in text or " 404 " in text:
                # Without a cause: what a scheduler tries again goes by it, and this will not pass.
                raise StoreError(f"store {self.uri}: bucket {bucket} does not exist") from None
            if " 403 " in text or " 401 " in text:
                raise StoreError(
                    f"store {self.uri}: access to bucket {bucket} is denied, "
                    f"check {self.access.where}"
                ) from None
            raise StoreError(f"store {self.uri} cannot be reached: {one_line(error)}") from error


def _split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    if "@" in parts.netloc or parts.query or parts.fragment:
        # The URI is not repeated: what it holds may be secret.
        raise StoreError(
            "the store's s3 URI holds credentials or options, required is s3://bucket/prefix "
            "with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if not parts.netloc:
        raise StoreError(f"store {uri} names no bucket, required is s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return parts.netloc, check_key(prefix) if prefix else ""
