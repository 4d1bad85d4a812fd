"""What a file is, judged by its first bytes and never by its name."""

from __future__ import annotations

import re

from reelhouse.errors import SourceError

#: Bytes that every check here needs at most.
HEAD_BYTES = 1024

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_FOREIGN = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (_GZIP, "gzip again inside the compression"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    *((magic, "a zip archive inside the compression") for magic in _ZIP),
)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|\?xml|!--)", re.I)


def compression_of(head: bytes) -> str | None:
    """Tell ``"gzip"``, ``"zip"`` or None for uncompressed content from its first bytes."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zip" if head.startswith(_ZIP) else None


def refuse_foreign(head: bytes, name: str) -> None:
    """Raise SourceError when the first bytes of the text are those of another kind of file."""
    if not head:
        raise SourceError(f"{name} is empty, required a CSV file with a header")
    for magic, kind in _FOREIGN:
        if head.startswith(magic):
            raise SourceError(f"{name} is {kind}, required a CSV file (plain, gz or zip)")
    if _PAGE.match(head):
        raise SourceError(f"{name} is an HTML or XML page, required a CSV file (plain, gz or zip)")


def encoding_of(head: bytes) -> str:
    """Name the codec: UTF-8 unless a byte order mark says UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
