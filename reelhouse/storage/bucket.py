"""An S3 bucket, or a prefix in one, as an object store.

Credentials and endpoint are found where `reelhouse.storage.credentials` says, in each process anew.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_before_delay,
    wait_exponential,
)

from reelhouse.errors import StoreError
from reelhouse.redaction import public_cause
from reelhouse.storage.credentials import find_access
from reelhouse.storage.objects import Objects, check_key, one_line

# Wider than the rules for new buckets: old ones have capitals and underscores.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,62}")
logger = logging.getLogger(__name__)

_T = TypeVar("_T")
# Long enough for a server to start again; a wrong endpoint should not hang.
_PATIENCE_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.3

# How obstore words a failure of the transport, as against an answer of the server.
_BROKEN = "HTTP error: "


class Bucket(Objects):
    """Objects of an S3 bucket under an optional prefix.

    Parameters
    ----------
    uri
        `s3://bucket` or `s3://bucket/prefix`.
    patience
        Seconds for which a request that fails is repeated, and for which one reply is awaited.

    Raises
    ------
    StoreError
        When the URI holds credentials, or the bucket is absent, closed to these credentials or
        out of reach.
    """

    def __init__(self, uri: str, *, patience: float = _PATIENCE_SECONDS) -> None:
        bucket, prefix = _split(uri)
        self.access = find_access()
        self.bucket, self.prefix = bucket, prefix
        try:
            objects = S3Store(
                bucket,
                prefix=prefix or None,
                config=self.access.config(),
                credential_provider=self.access.provider,
                client_options={
                    "allow_http": self.access.plain_http(),
                    "timeout": timedelta(seconds=patience),
                },
                retry_config={
                    "max_retries": 10,
                    "retry_timeout": timedelta(seconds=patience),
                    "backoff": {"init_backoff": timedelta(seconds=_FIRST_PAUSE_SECONDS)},
                },
            )
        except (BaseError, ValueError) as error:
            raise StoreError(f"store {uri} cannot be opened: {one_line(error)}") from public_cause(
                error
            )
        super().__init__(objects, uri)
        self._patience = patience
        self._require_bucket(objects, bucket)

    def __reduce__(self) -> str | tuple[Any, ...]:
        # Only the URI travels; the receiving process has its own credentials.
        return (partial(Bucket, patience=self._patience), (self.uri,))

    def _tried(self, act: Callable[[], _T]) -> _T:
        """Do it again after a connection broke in a way that obstore does not repeat by itself.

        These are a reset during a create or a delete, and a reply that ends early.
        """
        again = Retrying(
            # Where obstore has repeated it for as long as it may, the time is over.
            retry=retry_if_exception(_is_broken_connection),
            stop=stop_before_delay(self._patience),
            wait=wait_exponential(multiplier=_FIRST_PAUSE_SECONDS),
            before_sleep=self._tell,
            reraise=True,
        )
        return again(act)

    def _tell(self, attempt: RetryCallState) -> None:
        error = attempt.outcome and attempt.outcome.exception()
        if error:
            logger.info("%s: a connection broke, trying again: %s", self.uri, one_line(error))

    def _require_bucket(self, objects: S3Store, bucket: str) -> None:
        try:
            self._tried(lambda: next(iter(obstore.list(objects, chunk_size=1)), None))
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
            raise StoreError(
                f"store {self.uri} cannot be reached: {one_line(error)}"
            ) from public_cause(error)


def _is_broken_connection(error: BaseException) -> bool:
    return isinstance(error, GenericError) and _BROKEN in str(error)


def _split(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:  # such as an unclosed bracket in the host
        raise StoreError("the store's s3 URI is none, required is s3://bucket/prefix") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        # The URI is not repeated: what it holds may be secret.
        raise StoreError(
            "the store's s3 URI holds credentials or options, required is s3://bucket/prefix "
            "with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if not parts.netloc:
        raise StoreError(f"store {uri} names no bucket, required is s3://bucket/prefix")
    if not _BUCKET.fullmatch(parts.netloc) or ".." in parts.netloc:
        raise StoreError(
            f"store {uri!r} names no bucket, required are 3 to 63 letters, digits, dots and dashes"
        )
    prefix = parts.path.strip("/")
    return parts.netloc, check_key(prefix) if prefix else ""
