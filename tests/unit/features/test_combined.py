from __future__ import annotations

from typing import cast

import pyarrow as pa

from reelhouse.features.base import FeatureModel
from reelhouse.features.combined import CombinedModel
from reelhouse.features.settings import CombinedSettings
from reelhouse.schema import TITLES


class _Counting:
    """A model that is asked for nothing but the words it knows."""

    def __init__(self, known: int, unknown: int) -> None:
        self.counts = known, unknown

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        return self.counts


def _combined(*models: _Counting) -> CombinedModel:
    settings = CombinedSettings(weights={"node-vectors": 1.0, "semantic": 1.0})
    return CombinedModel(settings, cast("tuple[FeatureModel, ...]", models))


def test_words_are_counted_by_the_first_model_that_reads_descriptions() -> None:
    titles = TITLES.empty_table()
    reads_none, reads, reads_too = _Counting(0, 0), _Counting(5, 2), _Counting(6, 1)
    assert _combined(reads_none, reads).out_of_vocabulary(titles) == (5, 2)
    assert _combined(reads, reads_too).out_of_vocabulary(titles) == (5, 2)
    assert _combined(reads_none, reads_none).out_of_vocabulary(titles) == (0, 0)
