"""Tests of what an extra brings are skipped where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

needs_gensim = pytest.mark.skipif(
    find_spec("gensim") is None, reason="needs the extra `words`: pip install -e '.[words]'"
)
needs_sentence_transformers = pytest.mark.skipif(
    find_spec("sentence_transformers") is None,
    reason="needs the extra `semantic`: pip install -e '.[semantic]'",
)
needs_torch = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("torch_geometric") is None,
    reason="needs the extra `deep`: pip install -e '.[deep]'",
)
