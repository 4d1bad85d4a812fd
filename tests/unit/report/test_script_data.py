from __future__ import annotations

import json
from pathlib import Path

import pytest

from reelhouse.errors import ReportError
from reelhouse.report.script_data import script_json, write_data


def test_what_could_end_a_script_or_a_line_is_escaped_and_means_the_same() -> None:
    text = "</script><!--&\u2028\u2029\"'\\"
    written = script_json({"title": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"title": text}


def test_a_file_is_one_call_with_its_own_name(tmp_path: Path) -> None:
    path = write_data(tmp_path, "titles-007", [1, None, "é"])
    assert path == tmp_path / "titles-007.js"
    assert path.read_text(encoding="utf-8") == 'reelhouseData("titles-007",[1,null,"é"]);\n'


@pytest.mark.parametrize("name", ["../overview", "titles-7", "Titles", 'x");alert("', ""])
def test_a_name_that_the_page_would_refuse_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReportError, match="names no file of data"):
        write_data(tmp_path, name, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_does_not_have_is_an_error_that_names_the_file(
    tmp_path: Path, value: object
) -> None:
    with pytest.raises(ReportError, match=r"^overview cannot be written as JSON: "):
        write_data(tmp_path, "overview", value)
