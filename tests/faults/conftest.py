"""Where versions are published that are killed, broken and raced for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.gateway import Gateway

#: A parameter that needs the S3 server, in the one process that has it.
BUCKET = pytest.param("bucket", marks=[pytest.mark.s3, pytest.mark.xdist_group("s3")])


@dataclass(frozen=True)
class Place:
    """A folder or a bucket.

    Parameters
    ----------
    root
        Its URI.
    environment
        What a process needs to reach it.
    """

    root: str
    environment: dict[str, str]

    def store(self, name: str) -> str:
        """Return the URI of a new and empty store in it."""
        if not self.environment:
            Path(self.root, name).mkdir()
        return f"{self.root}/{name}"


@pytest.fixture(params=["folder", BUCKET])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "bucket":
        bucket: str = request.getfixturevalue("bucket")
        gateway: Gateway = request.getfixturevalue("gateway")
        return Place(bucket, gateway.environment)
    folder = tmp_path / "stores"
    folder.mkdir()
    return Place(str(folder), {})
