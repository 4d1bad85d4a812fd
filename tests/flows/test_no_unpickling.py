"""Nothing published is a pickle, and reading what is published unpickles nothing."""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path

import pytest

from tests.support.unpickled import ROOT, assert_unpickles_nothing


def test_reading_what_is_published_unpickles_nothing(publications: Path) -> None:
    assert_unpickles_nothing(publications, "catalogue", "viewers", loads=["model"])


def is_pickle(content: bytes) -> bool:
    try:
        return content[:1] == b"\x80" and any(True for _ in pickletools.genops(content))
    except ValueError:
        return False


def test_nothing_published_is_a_pickle(publications: Path) -> None:
    files = [path for path in publications.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in files}
    page = {".html", ".js", ".css", ".txt"}
    assert kinds == {".parquet", ".json", ".safetensors", ".png"} | page
    assert [path for path in files if is_pickle(path.read_bytes())] == []
    assert not any(zipfile.is_zipfile(path) for path in files)


@pytest.mark.parametrize("call", ["np.load(", "pd.read_pickle(", "joblib", "allow_pickle=True"])
def test_no_code_of_the_library_can_load_one(call: str) -> None:
    for path in [*(ROOT / "reelhouse").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if call in line and not line.lstrip().startswith("#"):
                assert call == "np.load(", f"{path}: {line}"
                assert "allow_pickle=False" in line, f"{path}: {line}"
