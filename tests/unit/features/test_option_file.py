from __future__ import annotations

import re
from pathlib import Path

import pytest

from reelhouse.errors import FeatureError
from reelhouse.features.option_file import read_feature_options
from reelhouse.features.settings import FeatureOptions

TOML = """
[combined.weights]
tfidf-svd = 1
semantic = 0.5

[word_vectors]
fields = ["description"]
"""


def test_what_a_toml_file_does_not_name_keeps_its_default(tmp_path: Path) -> None:
    path = tmp_path / "features.toml"
    path.write_text(TOML, encoding="utf-8")
    found = read_feature_options(path)
    assert found.combined.weights == {"tfidf-svd": 1.0, "semantic": 0.5}
    assert found.word_vectors.fields == ("description",)
    assert found.word_vectors.dimensions == FeatureOptions().word_vectors.dimensions
    assert found.tfidf == FeatureOptions().tfidf


def test_what_was_written_as_json_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "features.json"
    path.write_text(FeatureOptions().model_dump_json(), encoding="utf-8")
    assert read_feature_options(path) == FeatureOptions()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "[tfidf]\nlisted = 1", "tfidf.listed is 1: Extra inputs are not permitted"),
        ("a.toml", "[tfidf", "cannot be read: "),
        ("a.json", "[]", "the file is []: Input should be an object"),
        ("a.json", "{", "cannot be read: "),
        ("a.toml", "[tfidf]\nmax_title_share = 2.0", "tfidf.max_title_share is 2.0: Input should"),
        ("a.toml", "[combined.weights]\ngenres = 1.0", "genres"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FeatureError, match=re.escape(str(path))) as caught:
        read_feature_options(path)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=re.escape(f"{tmp_path / 'no.toml'} cannot be read")):
        read_feature_options(tmp_path / "no.toml")
