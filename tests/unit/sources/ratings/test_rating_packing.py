"""Ratings in folders, archives and stores: what is read, in which order, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile

import fsspec
import pytest

from reelhouse.errors import SourceError
from reelhouse.sources import ReadLimits
from reelhouse.sources.ratings import spill_ratings

FIRST = "1:\n6,3,2005-09-06\n7,5,2005-05-13"  # No line end: the next file must not run into it.
SECOND = "17:\n6,4,1999-11-11\n"
ROWS = [(6, 1, 3.0, "2005-09-06"), (6, 17, 4.0, "1999-11-11"), (7, 1, 5.0, "2005-05-13")]
PER_TITLE = {"mv_0000001.txt": FIRST, "mv_0000017.txt": SECOND}
COMPANIONS = {"README": "x", "movie_titles.txt": "1,2003,Jaws\n", "probe.txt": "1:\n6\n"}


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(files, *members, mode="w"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            data = content if isinstance(content, bytes) else content.encode()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in members:
            archive.addfile(member)
    return packed.getvalue()


def write_folder(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"combined_data_1.txt": FIRST, "combined_data_2.txt": SECOND},
        PER_TITLE,
        {f"training_set/{name}": text for name, text in PER_TITLE.items()},
        {"mv_0000001.txt.gz": gzip.compress(FIRST.encode()), "mv_0000017.txt": SECOND},
        {"training_set.tar": tarred(PER_TITLE)},
        {"whatever.txt": f"{FIRST}\n{SECOND}"},
    ],
)
def test_a_folder_is_read_in_the_order_of_its_numbers(read_ratings, tmp_path, files):
    read = read_ratings(write_folder(tmp_path / "in", files | COMPANIONS))
    assert read.rows == ROWS
    assert read.snapshot.n_rows == 3


@pytest.mark.parametrize("packing", ["gz", "zip", "tar", "tar.gz", "tar in tar.gz"])
def test_archives_are_recognised_by_their_content(read_ratings, tmp_path, packing):
    files = COMPANIONS | PER_TITLE
    stored = {
        "gz": gzip.compress(f"{FIRST}\n{SECOND}".encode()),
        "zip": zipped({f"data/{name}": text for name, text in files.items()}),
        "tar": tarred(files),
        "tar.gz": tarred(files, mode="w:gz"),
        "tar in tar.gz": tarred({"d/training_set.tar": tarred(PER_TITLE)}, mode="w:gz"),
    }[packing]
    path = tmp_path / "stored"
    path.write_bytes(stored)
    read = read_ratings(path)
    assert read.rows == ROWS
    digest = hashlib.sha256(stored).hexdigest()
    assert (read.snapshot.sha256, read.snapshot.n_bytes) == (digest, len(stored))


@pytest.mark.parametrize("packing", ["plain", "gz", "zip", "tar"])
def test_any_fsspec_uri_is_read(read_ratings, tmp_path, packing):
    text = f"{FIRST}\n{SECOND}"
    stored = {
        "plain": text.encode(),
        "gz": gzip.compress(text.encode()),
        "zip": zipped({"combined_data_1.txt": text}),
        "tar": tarred({"combined_data_1.txt": text}),
    }[packing]
    with fsspec.open("memory://bucket/ratings", "wb") as file:
        file.write(stored)
    spill = spill_ratings("memory://bucket/ratings", tmp_path / "scratch")
    assert (spill.n_read, spill.uri) == (3, "memory://bucket/ratings")
    assert spill.sha256 == hashlib.sha256(stored).hexdigest()


def test_a_plain_file_is_hashed_beside_the_parsing(read_ratings, tmp_path):
    path = tmp_path / "ratings.txt"
    path.write_text(f"{FIRST}\n{SECOND}" * 100)
    read = read_ratings(path, chunk_bytes=512, n_threads=2)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (read.snapshot.sha256, read.snapshot.n_bytes) == (digest, path.stat().st_size)


def test_the_digest_of_a_folder_is_that_of_its_checksum_file(read_ratings, tmp_path):
    folder = write_folder(tmp_path / "in", PER_TITLE)
    lines = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in PER_TITLE.items()
    )
    read = read_ratings(folder)
    assert read.snapshot.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert read.snapshot.n_bytes == len(FIRST) + len(SECOND)


def test_rows_in_quarantine_are_counted_within_their_file(read_ratings, tmp_path):
    files = {
        "mv_1.txt": "1:\n6,3,2005-09-06\n",
        "mv_2.txt": "",
        "mv_3.txt": "3:\n6,3,2005-09-06\n7,x,2005-09-06\n6,5,2005-09-06\n",
        "mv_4.txt": "5,4,2005-09-06\n",
    }
    read = read_ratings(write_folder(tmp_path / "in", files))
    found = [(row["source"].rsplit("/")[-1], row["row"], row["column"]) for row in read.quarantine]
    assert sorted(found) == [
        ("mv_3.txt", 2, "rating"),
        ("mv_3.txt", 3, "user, title"),
        ("mv_4.txt", 1, "title"),
    ]


def test_a_file_without_header_does_not_continue_the_title_of_the_file_before(
    read_ratings, tmp_path
):
    files = {"mv_1.txt": "1:\n6,3,2005-09-06\n", "mv_2.txt": "7,3,2005-09-06\n"}
    read = read_ratings(write_folder(tmp_path / "in", files), chunk_bytes=4096)
    assert [row[:2] for row in read.rows] == [(6, 1)]
    assert read.snapshot.reasons == {"header missing": 1}


def test_a_title_goes_on_where_a_chunk_ends(read_ratings):
    lines = "".join(f"{user},3,2005-09-06\n" for user in range(1, 400))
    read = read_ratings(f"5:\n{lines}9:\n{lines}", chunk_bytes=256, n_threads=2)
    assert counted(read.rows) == {5: 399, 9: 399}


def counted(rows):
    counts: dict[int, int] = {}
    for row in rows:
        counts[row[1]] = counts.get(row[1], 0) + 1
    return counts


def link(name, kind=tarfile.SYMTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (tarred({}, link("mv_1.txt")), "holds a link, 'mv_1.txt', required plain files"),
        (tarred({}, link("mv_1.txt", tarfile.LNKTYPE)), "holds a link"),
        (tarred({}, link("mv_1.txt", tarfile.CHRTYPE)), "holds a device or sparse file"),
        (tarred({"../mv_1.txt": FIRST}), "unsafe name: '../mv_1.txt'"),
        (tarred({"/mv_1.txt": FIRST}), "unsafe name: '/mv_1.txt'"),
        (zipped({"../mv_1.txt": FIRST}), "unsafe name"),
        (tarred({"readme.txt": "x"}), "holds no file of ratings ('readme.txt')"),
        (zipped({"readme.txt": "x"}), "holds no file of ratings ('readme.txt')"),
        (zipped({"a.csv": "x", "b.csv": "x"}), "holds 2 files that may be ratings"),
        (tarred({"ratings.csv": "userId,movieId,rating\n1,1,1\n", "b/ratings.csv": "x"}), "severa"),
        (tarred(PER_TITLE, mode="w:gz")[:-60], "is truncated: its compressed data end"),
        (tarred({"mv_1.txt": FIRST * 900})[:9_000], "is a truncated or damaged tar archive"),
        (zipped(PER_TITLE)[:-40], "is a truncated or damaged zip archive"),
        (gzip.compress(FIRST.encode())[:-12], "is truncated"),
    ],
)
def test_archives_that_are_harmful_damaged_or_unclear_are_refused(
    read_ratings, tmp_path, stored, message
):
    path = tmp_path / "stored"
    path.write_bytes(stored)
    with pytest.raises(SourceError) as caught:
        read_ratings(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README": "x"}, "holds no file of ratings ('README')"),
        ({}, "holds no file of ratings (nothing)"),
        ({"a.csv": "x", "b.csv": "x"}, "holds 2 files that may be ratings ('a.csv', 'b.csv')"),
        ({"100k/u.data": "x", "small/ratings.csv": "x"}, "holds several sets of ratings"),
        ({"mv_1.txt": "", "mv_2.txt": ""}, "holds no ratings: its 2 files are empty"),
    ],
)
def test_folders_without_one_set_of_ratings_are_refused(read_ratings, tmp_path, files, message):
    (tmp_path / "in").mkdir()
    with pytest.raises(SourceError) as caught:
        read_ratings(write_folder(tmp_path / "in", files))
    assert message in str(caught.value)


def test_limits_hold_for_bytes_files_and_ratio(read_ratings, tmp_path):
    lines = "1:\n" + "6,3,2005-09-06\n" * 2_000_000
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    with pytest.raises(SourceError, match="looks like an archive bomb"):
        read_ratings(path, limits=ReadLimits(max_ratio=100))
    with pytest.raises(SourceError, match="holds more than 1,000,000 bytes of text"):
        read_ratings(path, limits=ReadLimits(max_bytes=1_000_000))
    path.write_bytes(tarred(PER_TITLE))
    with pytest.raises(SourceError, match="holds more than 1 files"):
        read_ratings(path, limits=ReadLimits(max_entries=1))


def overlapping(n_files):
    """A zip whose entries all share the compressed bytes of the first."""
    text = b"1:\n" + b"".join(b"%d,3,2005-09-06\n" % user for user in range(1000))
    packed = bytearray(zipped({"mv_0000001.txt": text}))
    at = packed.index(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    entry, tail = bytes(packed[at:end]), bytearray(packed[end:])
    entries = b"".join(
        entry.replace(b"mv_0000001", f"mv_{number:07d}".encode()) for number in range(n_files)
    )
    struct.pack_into("<HHI", tail, 8, n_files, n_files, len(entries))
    return bytes(packed[:at]) + entries + bytes(tail)


def test_entries_of_a_zip_that_share_their_bytes_are_refused(read_ratings, tmp_path):
    path = tmp_path / "bomb.zip"
    path.write_bytes(overlapping(400))
    with pytest.raises(SourceError, match=r"archive bomb: its files take .* stored bytes"):
        read_ratings(path)


def test_all_texts_of_a_zip_together_are_bounded(read_ratings, tmp_path):
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({f"mv_{n:07d}.txt": FIRST * 100 for n in range(5)}))
    limit = len(FIRST) * 100 * 4
    with pytest.raises(SourceError, match=f"bytes of text, required at most {limit:,}"):
        read_ratings(path, limits=ReadLimits(max_bytes=limit))


def test_what_does_not_exist_is_named(read_ratings, tmp_path):
    with pytest.raises(SourceError, match=r"none\.txt does not exist"):
        read_ratings(tmp_path / "none.txt")
