"""The documents made from the code are current."""

from __future__ import annotations

import pytest

from docs.generated import DOCUMENTS, ROOT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_generated_document_is_current(name: str) -> None:
    held = (ROOT / name).read_text(encoding="utf-8")
    assert held == DOCUMENTS[name](), "run `make docs`"
