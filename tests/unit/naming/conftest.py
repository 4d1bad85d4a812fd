"""Titles made for names: a few fields, many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.naming.counts import ClusterTerms, count_titles
from reelhouse.schema import TITLES

MakeTerms = Callable[[Sequence[tuple[int, dict[str, Any]]]], ClusterTerms]


def made(clusters: Sequence[tuple[int, dict[str, Any]]]) -> ClusterTerms:
    """Clusters of so many equal titles each."""
    rows = [{"title_id": "t", **title} for n, title in clusters for _ in range(n)]
    index = np.repeat(np.arange(len(clusters)), [n for n, _ in clusters]).astype(np.int32)
    return count_titles(pa.Table.from_pylist(rows, schema=TITLES), index, len(clusters))


@pytest.fixture
def terms() -> MakeTerms:
    return made
