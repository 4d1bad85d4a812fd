"""Inputs are opened from anywhere, whatever their packing, and hashed as stored."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile

import fsspec
import pytest

from reelhouse.errors import SourceError
from reelhouse.sources import ReadLimits


def zipped(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["titles.csv", "titles.csv.gz", "titles.zip", "titles"])
@pytest.mark.parametrize("packing", ["plain", "gz", "zip"])
def test_the_bytes_and_not_the_name_tell_the_packing(write_titles, read, tmp_path, name, packing):
    text = write_titles({}, {}).read_bytes()
    stored = {
        "plain": text,
        "gz": gzip.compress(text),
        "zip": zipped(**{"titles.csv": text}),
    }[packing]
    path = tmp_path / name
    path.write_bytes(stored)
    snapshot, rows = read(path)
    assert [row["title"] for row in rows] == ["Harbour Lights"] * 2
    assert (snapshot.sha256, snapshot.n_bytes) == (hashlib.sha256(stored).hexdigest(), len(stored))
    assert snapshot.uri == str(path)


def test_a_gz_of_several_members_is_read_whole(write_titles, read, tmp_path):
    text = write_titles({}, {"title": "Last"}).read_bytes()
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(text[:200]) + gzip.compress(text[200:]))
    _, rows = read(path)
    assert rows[-1]["title"] == "Last"


def test_folders_and_the_finders_files_in_a_zip_do_not_count(write_titles, read, tmp_path):
    text = write_titles({}).read_bytes()
    path = tmp_path / "t.zip"
    entries = {"data/": b"", "data/titles.csv": text, "data/.hidden.csv": b"x"}
    path.write_bytes(zipped(**entries, **{"__MACOSX/data/._titles.csv": b"x", "LICENSE": b"x"}))
    snapshot, _ = read(path)
    assert snapshot.n_rows == 1


@pytest.mark.parametrize("packing", ["plain", "gz", "zip"])
def test_any_fsspec_uri_is_read(write_titles, read, packing):
    text = write_titles({}).read_bytes()
    stored = {"plain": text, "gz": gzip.compress(text), "zip": zipped(**{"t.csv": text})}[packing]
    with fsspec.open("memory://bucket/titles.csv", "wb") as file:
        file.write(stored)
    snapshot, rows = read("memory://bucket/titles.csv")
    assert rows[0]["title"] == "Harbour Lights"
    assert snapshot.sha256 == hashlib.sha256(stored).hexdigest()


def test_a_file_uri_is_read(write_titles, read):
    snapshot, _ = read(write_titles({}).as_uri())
    assert snapshot.n_rows == 1


def test_a_name_with_wildcards_is_a_plain_name(write_titles, read, tmp_path):
    path = write_titles({}).rename(tmp_path / "titles [1]*?#.csv")
    snapshot, _ = read(path)
    assert snapshot.uri == str(path)


def test_a_text_may_be_as_large_as_the_limit_and_no_larger(write_titles, read):
    path = write_titles({}, {})
    size = path.stat().st_size
    read(path, limits=ReadLimits(max_bytes=size))
    with pytest.raises(SourceError, match=f"more than {size - 1:,} bytes"):
        read(path, limits=ReadLimits(max_bytes=size - 1))
