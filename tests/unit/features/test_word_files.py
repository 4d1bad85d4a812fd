from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from reelhouse.errors import FeatureError
from reelhouse.features.word_files import read_vectors

TEXT = b"3 2\nzombie 1 0\nisland 0.5 -2e-1\nchef 3 4\n"
HEADLESS = TEXT.partition(b"\n")[2]


def binary(end: bytes = b"") -> bytes:
    rows = [(b"zombie", (1.0, 0.0)), (b"island", (0.5, -0.2)), (b"chef", (3.0, 4.0))]
    return b"3 2\n" + b"".join(
        word + b" " + np.array(values, dtype="<f4").tobytes() + end for word, values in rows
    )


@pytest.mark.parametrize(
    "content",
    [TEXT, HEADLESS, TEXT.replace(b"\n", b" \n"), binary(), binary(b"\n"), gzip.compress(TEXT),
     gzip.compress(binary())],
    ids=["text", "no header", "trailing spaces", "binary", "binary with line feeds", "gzip",
         "gzipped binary"],
)  # fmt: skip
def test_every_form_gives_the_same_vectors(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(content)
    found = read_vectors(path, ["island", "zombie", "unheard"], n_others=0)
    assert {word: vector.tolist() for word, vector in found.items()} == {
        "zombie": [1.0, 0.0],
        "island": pytest.approx([0.5, -0.2]),
    }
    assert found["island"].dtype == np.float32


def test_words_of_the_file_are_spelled_as_tokens_and_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("Béla 1 0\nbela 9 9\n. . 5 5\n", encoding="utf-8")
    assert read_vectors(path, ["bela"], n_others=0)["bela"].tolist() == [1.0, 0.0]


def test_a_token_of_several_words_is_the_mean_of_those_that_the_file_has(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("science 1 0\nfiction 0 3\nbela 2 2\n", encoding="utf-8")
    found = read_vectors(path, ["science_fiction", "bela_tarr"], n_others=0)
    assert found["science_fiction"].tolist() == [0.5, 1.5]
    assert found["bela_tarr"].tolist() == [2.0, 2.0]


def test_the_first_other_words_are_kept_for_new_titles(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(HEADLESS)
    assert list(read_vectors(path, ["chef"], n_others=1)) == ["zombie", "chef"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04\x95", "is a pickle"),
        (binary()[:-5], "ends after 2 words, its first line says 3"),
        (b"3 2\nzombie 1 0\nisland 1\n", "gives 'island' no 2 finite numbers"),
        (b"zombie 1 0\nisland 1 nan\n", "gives 'island' no 2 finite numbers"),
        (b"zombie\n", "gives 'zombie' no 1 finite numbers"),
        (b"chef 1 2\n", "has a vector for 0 of the catalogue's 2 words"),
        (b"", "has a vector for 0 of the catalogue's 2 words"),
        (gzip.compress(TEXT)[:-12], "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(FeatureError, match=f"{path} {message}"):
        read_vectors(path, ["zombie", "island"], n_others=0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=r"none\.txt is missing"):
        read_vectors(tmp_path / "none.txt", ["zombie"], n_others=0)
