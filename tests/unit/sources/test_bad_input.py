"""Bad input is one clear line that names the file and the place, and nothing else."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reelhouse.errors import SourceError
from reelhouse.sources import ReadLimits, read_titles

TEXT = (
    b"show_id,type,title,listed_in,description,release_year\n"
    b's1,Movie,Harbour Lights,"Dramas, Comedies",A ferry is late.,2020\n'
    b's2,TV Show,Two\xc3\xb1,Dramas,"It\nends.",2021\n'
)


@pytest.fixture
def refusal(tmp_path):
    """Write bytes under a name, read them, give the one line of the error."""

    def message(stored: bytes | None, name: str = "titles.csv", **limits: int) -> str:
        path = tmp_path / name
        if stored is not None:
            path.write_bytes(stored)
        with pytest.raises(SourceError) as caught:
            read_titles(str(path), tmp_path / "out", limits=ReadLimits(**limits))
        text = str(caught.value)
        assert text.startswith(str(path))
        assert len(text.splitlines()) == 1
        assert list((tmp_path / "out").iterdir()) == []
        return text.removeprefix(str(path))

    return message


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_missing_file(refusal):
    assert "does not exist" in refusal(None, "absent.csv")


def test_a_folder(refusal, tmp_path):
    (tmp_path / "folder").mkdir()
    assert "is a folder" in refusal(None, "folder")


def test_a_forbidden_file(refusal, tmp_path, monkeypatch):
    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.open", forbid)
    assert "permission denied" in refusal(TEXT)


@pytest.mark.parametrize("stored", [b"", b"\n\n", b"  \r\n", b"\xef\xbb\xbf", gzip.compress(b"")])
def test_an_empty_file(refusal, stored):
    assert " is empty" in refusal(stored)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n\n"])
def test_only_a_header(refusal, ending):
    assert "has a header and no rows" in refusal(TEXT.splitlines()[0] + ending)


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "an HTML or XML page"),
        (b"\xef\xbb\xbf\n <html lang='en'>", "an HTML or XML page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"BZh91AY&SY", "bzip2"),
        (zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")), "Excel workbook"),
        (gzip.compress(gzip.compress(TEXT)), "gzip again"),
        (zipped(("t.csv", zipped(("t.csv", TEXT)))), "a zip archive inside"),
    ],
)
def test_another_kind_of_file_named_csv(refusal, stored, kind):
    assert kind in refusal(stored)


def test_a_missing_column_is_named_with_the_header_that_was_found(refusal):
    message = refusal(TEXT.replace(b"listed_in", b"tags").replace(b"description", b"notes"))
    assert "lacks the required columns listed_in, description; its header is" in message
    assert "show_id, type, title, tags, notes, release_year" in message


def test_a_doubled_column(refusal):
    message = refusal(TEXT.replace(b"show_id", b"Name"))
    assert "has the column title twice" in message
    assert "'Name' is field 1, 'title' is field 3" in message


def test_control_characters_of_a_strange_header_stay_out_of_the_message(refusal):
    assert "\x1b" not in refusal(b"\x1b[2Jx,y\n1,2\n")


def test_a_wrong_encoding(refusal):
    message = refusal(TEXT.decode().encode("latin-1"))
    assert "is not UTF-8: byte 0xF1 at line 3 (byte 133 of the text)" in message


def test_utf_16_without_a_byte_order_mark(refusal):
    assert "NUL character at line 1" in refusal(
        TEXT.replace(b"\xc3\xb1", b"n").decode().encode("utf-16-le")
    )


def test_a_truncated_utf_16(refusal):
    assert "is not UTF-16: byte 0x0A at line 4" in refusal(TEXT.decode().encode("utf-16")[:-1])


def test_a_truncated_gz(refusal):
    stored = gzip.compress(TEXT * 500)
    assert "is truncated: its compressed data end after" in refusal(stored[: len(stored) // 2])


def test_a_damaged_gz(refusal):
    stored = bytearray(gzip.compress(TEXT))
    stored[-6] ^= 0xFF
    assert "is damaged after" in refusal(bytes(stored))


def test_a_truncated_zip(refusal):
    stored = zipped(("t.csv", TEXT * 500))
    assert "is a truncated or damaged zip archive" in refusal(stored[: len(stored) // 2])


def test_a_zip_whose_content_is_damaged(refusal):
    stored = bytearray(zipped(("t.csv", TEXT)))
    stored[60] ^= 0xFF
    assert "damaged" in refusal(bytes(stored))


def test_an_encrypted_zip(refusal):
    stored = bytearray(zipped(("t.csv", TEXT)))
    central = stored.index(b"PK\x01\x02")
    struct.pack_into("<H", stored, 6, 1)
    struct.pack_into("<H", stored, central + 8, 1)
    assert "is encrypted" in refusal(bytes(stored))


def test_a_zip_without_a_csv(refusal):
    assert "holds 0 CSV files ('readme.md'), required exactly 1" in refusal(
        zipped(("readme.md", b"x"))
    )
    assert "holds 0 CSV files (nothing)" in refusal(zipped())


def test_a_zip_with_two_csv(refusal):
    message = refusal(zipped(("a.csv", TEXT), ("b.csv", TEXT)))
    assert "holds 2 CSV files ('a.csv', 'b.csv'), required exactly 1" in message


@pytest.mark.parametrize("name", ["../t.csv", "/t.csv", "a/../../t.csv", "..\\t.csv", "C:\\t.csv"])
def test_a_zip_whose_entry_leads_out_of_it(refusal, name):
    assert "unsafe name" in refusal(zipped(("titles.csv", TEXT), (name, b"x")))


def test_a_zip_of_too_many_entries(refusal):
    stored = zipped(*((f"{i}.txt", b"") for i in range(5)), ("t.csv", TEXT))
    assert "holds 6 entries, required at most 5" in refusal(stored, max_entries=5)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return TEXT + b"s3,Movie,A,B,C,2020\n" * 1_500_000  # 30 MB of text


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_an_archive_bomb(refusal, bomb, packing):
    stored = gzip.compress(bomb, 6) if packing == "gz" else zipped(("t.csv", bomb))
    assert len(stored) * 200 < len(bomb)
    assert "looks like an archive bomb" in refusal(stored)
    assert "holds more than 1,000,000 bytes of text" in refusal(stored, max_bytes=1_000_000)


def test_an_unclosed_quote(refusal):
    message = refusal(TEXT + b's3,Movie,A,B,"C,2020\ns4,Movie,A,B,C,2020\n')
    assert "unbalanced quote: the quoted field that is never closed began at line 5," in message


def test_a_quote_that_swallows_rows_up_to_the_next_quote(refusal):
    message = refusal(TEXT + b's3,Movie,"A,B,C,2020\ns4,Movie,A,"B, C",C,2020\n')
    assert "unbalanced quote" in message
    assert "began at line 5," in message
    # Here the swallowing field is closed as it should be, and the width is right.
    message = refusal(TEXT + b's3,Movie,"A,B,C,2020\ns4,Movie,A,", B",C,2020\n')
    assert "unbalanced quote: the quoted field that swallows the next title" in message


def test_a_protocol_whose_client_is_not_installed_names_the_extra(tmp_path, monkeypatch):
    def absent(_: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", absent)
    with pytest.raises(SourceError) as caught:
        read_titles("s3://key:secret@bucket/t.csv", tmp_path)
    assert str(caught.value) == (
        "s3://bucket/t.csv needs a client for s3: pip install 'reelhouse[s3]'"
    )


def test_an_unknown_protocol(tmp_path):
    with pytest.raises(SourceError, match="unknown protocol carrier-pigeon://"):
        read_titles("carrier-pigeon://t.csv", tmp_path)


class BrokenFileSystem(MemoryFileSystem):
    """Fails to connect, and says so with the password."""

    protocol = "broken"
    cachable = False

    def open(self, path: str, *_: object, **__: object) -> object:
        if "late" in path:
            return LateFailure()
        raise ConnectionError("no route to\nbroken://me:secret@host/t.csv?token=secret today")


class LateFailure(io.BytesIO):
    def read(self, _: int | None = -1) -> bytes:
        raise TimeoutError("the connection was lost")


def test_an_unreachable_store_is_named_without_its_password(tmp_path):
    fsspec.register_implementation("broken", BrokenFileSystem, clobber=True)
    with pytest.raises(SourceError) as caught:
        read_titles("broken://me:secret@host/t.csv", tmp_path)
    assert str(caught.value) == (
        "broken://host/t.csv cannot be read: ConnectionError: no route to broken://host/t.csv today"
    )
    with pytest.raises(SourceError, match=r"late\.csv cannot be read: TimeoutError"):
        read_titles("broken://host/late.csv", tmp_path)


def outcome(stored: bytes) -> int | None:
    """Number of rows, or None after a SourceError of one line; other errors pass through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(stored)
        try:
            return read_titles(str(path), Path(folder) / "out").n_rows
        except SourceError as error:
            if len(str(error).splitlines()) != 1:
                raise AssertionError(str(error)) from error
            return None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b"PK\x03\x04")
@example(b"\xff\xfe\xff")
def test_random_bytes_raise_nothing_but_source_errors(stored):
    assert outcome(stored) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text('a",\n\r;\t', max_size=60).map(str.encode))
def test_random_bytes_after_a_good_header_raise_nothing_but_source_errors(tail):
    outcome(TEXT + tail)


@pytest.mark.parametrize(
    "whole",
    [
        gzip.compress(TEXT * 3),
        zipped(("t.csv", TEXT * 3)),
        zipped(("t.csv", TEXT * 3), method=zipfile.ZIP_LZMA),
        zipped(("t.csv", TEXT * 3), method=zipfile.ZIP_BZIP2),
    ],
    ids=["gz", "zip", "lzma", "bzip2"],
)
def test_random_damage_to_an_archive_raises_nothing_but_source_errors(whole):
    generator = random.Random(7)
    for _ in range(300):
        stored = bytearray(whole)
        for _ in range(generator.randint(1, 4)):
            stored[generator.randrange(len(stored))] = generator.randrange(256)
        outcome(bytes(stored))


def test_no_part_of_a_gz_passes_for_the_whole():
    whole = gzip.compress(TEXT)
    assert outcome(whole) == 2
    assert {outcome(whole[:length]) for length in range(len(whole))} == {None}


def test_no_part_of_a_zip_passes_for_the_whole():
    whole = zipped(("t.csv", TEXT))
    assert outcome(whole) == 2
    assert {outcome(whole[:length]) for length in range(len(whole))} == {None}


def test_a_zip_that_lies_about_its_size_is_read_no_further_and_breaks_off(bomb):
    stored = bytearray(zipped(("t.csv", bomb)))
    central = stored.index(b"PK\x01\x02")
    struct.pack_into("<I", stored, central + 24, 100)
    struct.pack_into("<I", stored, central + 16, zlib.crc32(bomb[:100]))
    # The claimed hundred bytes end within a record.
    assert outcome(bytes(stored)) is None


def test_a_file_that_breaks_off_within_its_last_record_is_refused(tmp_path: Path) -> None:
    whole = "type,title,release_year,listed_in,description\nMovie,A,2000,Dramas,x\nMovie,B,20"
    path = tmp_path / "titles.csv"
    path.write_text(whole, encoding="utf-8")
    with pytest.raises(SourceError, match="line 3, the last, has 3 fields, required 5 fields"):
        read_titles(str(path), tmp_path / "out")
