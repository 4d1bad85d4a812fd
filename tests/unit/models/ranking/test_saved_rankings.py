from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.models.ranking.ease import EASE
from reelhouse.models.saving import ARRAYS_FILE, load_model, save_model
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.rated import RatedTitles

HISTORY = sparse.csr_matrix(np.array([[1, 1, 0], [1, 0, 1]], dtype=np.float32))


def named(*title_ids: str) -> RatedTitles:
    ids = pa.array(title_ids, pa.string())
    return RatedTitles.of(HISTORY, names=TitleNames(ids, ids))


def test_titles_in_another_order_are_refused(tmp_path: Path) -> None:
    save_model(EASE().fit(named("a", "b", "c")), tmp_path)
    with pytest.raises(RecommendationError, match=r"'n': 3, 'sha256': .* required is"):
        load_model(EASE(), tmp_path, named("b", "a", "c"))


def test_other_settings_are_refused(tmp_path: Path) -> None:
    save_model(EASE(l2=100.0).fit(named("a", "b", "c")), tmp_path)
    with pytest.raises(RecommendationError, match=r"'l2': 100.0.* required is .*'l2': 200.0"):
        load_model(EASE(), tmp_path, named("a", "b", "c"))


def test_a_missing_array_is_an_error(tmp_path: Path) -> None:
    known = named("a", "b", "c")
    save_model(EASE().fit(known), tmp_path)
    save_file({"prior": np.zeros(3, np.float32)}, tmp_path / ARRAYS_FILE)
    with pytest.raises(RecommendationError, match="holds no array 'weights', required is one"):
        load_model(EASE(), tmp_path, known)
