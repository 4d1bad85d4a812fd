"""The run manifest: what a run was made from, what it decided, and every file it wrote."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, NonNegativeInt, model_validator

from reelhouse.errors import StoreError
from reelhouse.settings import Settings
from reelhouse.storage.objects import check_key

_HEX = r"^[0-9a-f]{64}$"


def _as_key(value: str) -> str:
    try:
        return check_key(value)
    except StoreError as error:
        raise ValueError(str(error)) from None


def _as_name(value: str) -> str:
    if "/" in value:
        raise ValueError(f"{value!r} holds a /, required is one name")
    return _as_key(value)


Key = Annotated[str, AfterValidator(_as_key)]
Name = Annotated[str, AfterValidator(_as_name)]
Sha256 = Annotated[str, Field(pattern=_HEX)]


class FileEntry(Settings):
    """One published file."""

    path: Key
    """Where it stands below the run."""

    size: NonNegativeInt
    """Bytes."""

    sha256: Sha256
    """Digest of the whole file, lower-case hexadecimal."""

    rows: NonNegativeInt | None = None
    """Rows of a Parquet file."""


class InputEntry(Settings):
    """One input that the run read."""

    name: str
    """What it is to the flow: titles, ratings."""

    uri: str
    """Where it was read; free of credentials."""

    sha256: Sha256
    """Digest of the file as it stands."""

    size: NonNegativeInt
    """Bytes of the file as it stands."""

    rows: NonNegativeInt
    """Data rows, good and bad."""


class CheckSummary(Settings):
    """How one suite of expectations went."""

    suite: str
    """Name of the suite."""

    level: str
    """row: broken rows go to quarantine; dataset: a broken rule stops the flow."""

    success: bool
    """True when nothing failed."""

    evaluated: NonNegativeInt
    """Expectations that were evaluated."""

    quarantined: NonNegativeInt = 0
    """Rows sent to quarantine."""

    failed: list[str] = Field(default_factory=list)
    """The expectations that failed."""


class RunManifest(Settings):
    """Inputs, settings, seed, versions, checks and files of one run."""

    format: Literal[1] = 1
    """Layout of this document."""

    run_id: Name
    """Name of the run's folder."""

    collection: Name
    """Line of versions that the run belongs to."""

    flow: str
    """Flow that made the run."""

    key: str
    """Idempotency digest: the same key means the same inputs, settings and code."""

    created_at: AwareDatetime
    """When the run began, UTC."""

    inputs: list[InputEntry] = Field(default_factory=list)
    """What was read."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings of the flow as JSON."""

    seed: int = 0
    """Seed of everything random."""

    software: dict[str, str] = Field(default_factory=dict)
    """Versions of Reelhouse, Python and the libraries that matter."""

    parent_version: int | None = None
    """Version that this run was made on top of."""

    model_version: int | None = None
    """Version whose fitted model this run uses; None when it fitted its own."""

    made_from: dict[str, int] = Field(default_factory=dict)
    """Versions of other collections that were read."""

    counts: dict[str, int] = Field(default_factory=dict)
    """Rows read, repaired, quarantined, added and the like."""

    checks: list[CheckSummary] = Field(default_factory=list)
    """How the data quality checks went."""

    results: dict[str, Any] = Field(default_factory=dict)
    """Figures of the run as JSON: silhouette, drift, the chosen number of clusters."""

    files: list[FileEntry] = Field(default_factory=list)
    """Every published file, by path."""

    @model_validator(mode="after")
    def _paths_are_unique(self) -> Self:
        paths = [entry.path for entry in self.files]
        if len(set(paths)) < len(paths):
            raise ValueError("a path appears twice in files")
        return self

    def to_json(self) -> bytes:
        """Return the document: UTF-8, indented, keys sorted, the same bytes for the same run.

        NaN and infinity become null.

        Raises
        ------
        StoreError
            When settings or results hold what JSON cannot.
        """
        try:
            return json_bytes(self.model_dump(mode="json"))
        except ValueError as error:
            raise StoreError(
                f"manifest of run {self.run_id} cannot be written as JSON: {error}"
            ) from error

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read a manifest; pydantic's `ValidationError` (a `ValueError`) when it is none."""
        return cls.model_validate_json(content)


def json_bytes(value: Any) -> bytes:
    """Return JSON as UTF-8: indented, keys sorted, no NaN, a final line end."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def idempotency_key(
    *,
    flow: str,
    inputs: Sequence[str],
    settings: Mapping[str, Any],
    code_version: str,
    base_key: str | None = None,
) -> str:
    """Digest what decides a run's outcome; equal digests need no second publication.

    Parameters
    ----------
    flow
        Name of the flow.
    inputs
        sha256 of each input, in the flow's order.
    settings
        Settings of the flow as JSON values.
    code_version
        Version of Reelhouse and digest of its code.
    base_key
        Key of the version that the run builds on, if any.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    document = {
        "flow": flow,
        "inputs": list(inputs),
        "settings": dict(settings),
        "code_version": code_version,
        "base_key": base_key,
    }
    return hashlib.sha256(json_bytes(document)).hexdigest()


def new_run_id(now: datetime, token: str) -> str:
    """Name a run by its UTC second and a random token, so that names sort by time.

    Examples
    --------
    >>> new_run_id(datetime(2026, 11, 21, 5, 15, tzinfo=UTC), "3f9a2c1b")
    '20261121T051500Z-3f9a2c1b'
    """
    if now.tzinfo is None or not re.fullmatch(r"[0-9a-z]{4,32}", token):
        raise ValueError("a run id needs an aware time and a token of 4 to 32 of 0-9 and a-z")
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"
