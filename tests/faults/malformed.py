"""Files of which it is known which rows are good, damaged at random in known rows."""

from __future__ import annotations

import csv
import gzip
import io
import tarfile
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st


class Malformed(NamedTuple):
    """A damaged file.

    Attributes
    ----------
    content : bytes
    untouched : positions of the rows that are as they were
    mild : bool
        Nothing in it can be taken for the end of a row or the beginning of a quoted field, so
        that the file is to be read.
    """

    content: bytes
    untouched: tuple[int, ...]
    mild: bool


def titles() -> tuple[str, list[str]]:
    """A header and twelve rows in the layout of the Kaggle file; some fields are quoted."""
    header = (
        "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,"
        "listed_in,description"
    )
    rows = []
    for number in range(12):
        out = io.StringIO()
        film = number % 3 > 0
        csv.writer(out, lineterminator="").writerow(
            [
                f"s{number + 1}",
                "Movie" if film else "TV Show",
                f"The {'Quiet' if film else 'Loud'} House, Part {number}",
                f"Ana Lima {number}",
                "Bo Ek, Cy Dahl",
                "Chile",
                f"August {number + 1}, 2020",
                str(2000 + number),
                "PG-13" if film else "TV-MA",
                f"{90 + number} min" if film else f"{number + 1} Seasons",
                "Dramas, Comedies",
                f'Number {number} says "no" to the ferry.',
            ]
        )
        rows.append(out.getvalue())
    return header, rows


#: Header, how a row is written, and what parts its fields, by layout. Users are 1001 and on, titles
#: 1 and on, so that no row becomes another one's repeat by a change of its order.
RATINGS = {
    "Netflix Prize": ("17:", "{user},{stars},2005-0{month}-11", ","),
    "MovieLens csv": ("userId,movieId,rating,timestamp", "{user},{title},{stars}.0,{time}", ","),
    "MovieLens data": ("", "{user}\t{title}\t{stars}\t{time}", "\t"),
    "MovieLens dat": ("", "{user}::{title}::{stars}::{time}", "::"),
    "csv": ("user;title;rating;date", "{user};{title};{stars};2005-0{month}-11", ";"),
}
#: Likewise for names of titles and their genres.
NAMES = {
    "movie_titles.csv": ("", "{n},{year},The House, Part {n}", ","),
    "movies.csv": ("movieId,title,genres", '{n},"House, The (19{n})",Drama|War', ","),
    "movies.dat": ("", "{n}::House {n} (19{n})::Drama|War", "::"),
    "u.item": ("", "{n}|House {n} (19{n})|01-Jan-1990||http://x" + "|0" * 18 + "|1", "|"),
}


def ratings(layout: str) -> tuple[str, list[str]]:
    """The first line and twenty rows of a layout."""
    first, row, _ = RATINGS[layout]
    rows = [
        row.format(
            user=1001 + number,
            title=17 if layout == "Netflix Prize" else 1 + number % 7,
            stars=1 + number % 5,
            time=1_125_964_800 + 86_400 * number,
            month=1 + number % 9,
        )
        for number in range(20)
    ]
    return first, rows


def names(layout: str) -> tuple[str, list[str]]:
    """The first line and twelve rows of a layout."""
    first, row, _ = NAMES[layout]
    return first, [row.format(n=50 + number, year=1990 + number) for number in range(12)]


_JUNK = st.sampled_from(
    ["", " ", "x", "NULL", "nan", "inf", "-1", "0", "1e99", "9" * 30, "2005-02-30", "99 min", "é",
     "\x1b[31m", "\u2028", "\x85", "\x0b", "\x1c", "\ufeff", "=1+1", "../x", "<b>x</b>", "\\", "'"]
)  # fmt: skip
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters='\n\r\0":'), max_size=12)
_HARSH = st.sampled_from([b'"', b'",', b'"\n', b"\n", b"\r", b"\0", b"\xff\xfe", b"\xe9", b"\\\n"])


@st.composite
def damaged_rows(draw: st.DrawFn, first: str, rows: Sequence[str], mark: str) -> Malformed:
    """Damage up to a third of the rows, each in its own way; perhaps break the file off."""
    touched = draw(
        st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=max(1, len(rows) // 3))
    )
    mild = draw(st.booleans())
    lines = [row.encode() for row in rows]
    for at in sorted(touched):
        lines[at] = draw(_mild_damage(rows[at], mark))
        if not mild:
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + draw(_HARSH) + lines[at][place:]
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    content = end.join([first.encode()] * bool(first) + lines) + end
    whole = len(rows)
    if not mild and draw(st.booleans()):
        whole = draw(st.integers(0, len(rows) - 1))
        before = end.join([first.encode()] * bool(first) + lines[:whole])
        content = before + end + lines[whole][: draw(st.integers(0, len(lines[whole])))]
    untouched = tuple(at for at in range(whole) if at not in touched)
    return Malformed(content, untouched, mild)


@st.composite
def _mild_damage(draw: st.DrawFn, row: str, mark: str) -> bytes:
    """A row that is still one line, and not blank."""
    fields = row.split(mark)
    at = draw(st.integers(0, len(fields) - 1))
    kind = draw(st.sampled_from(["replace", "drop", "add", "cut", "text"]))
    if '"' in row and kind != "replace":
        kind = "text"  # A quote cut in half would be no mild damage.
    if kind == "replace":
        if '"' not in fields[at]:
            fields[at] = draw(_JUNK | _TEXT)
    elif kind == "drop":
        del fields[at]
    elif kind == "add":
        fields.insert(at, draw(_JUNK))
    elif kind == "cut":
        return (row[: draw(st.integers(1, len(row)))].rstrip(":") or "x").encode()
    else:
        fields = [draw(_JUNK | _TEXT)]
    line = mark.join(fields).strip(" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\ufeff")
    return (line.rstrip(":") or "x").encode()


@st.composite
def damaged_archive(draw: st.DrawFn, name: str, content: bytes) -> bytes:
    """A gzip, zip or compressed tar of a file in which some bytes are changed, or its end gone."""
    stored = bytearray(draw(st.sampled_from([_gz, _zip, _tgz]))(name, content))
    if draw(st.booleans()):
        del stored[draw(st.integers(0, len(stored) - 1)) :]
    for _ in range(draw(st.integers(0, 3))):
        if stored:
            stored[draw(st.integers(0, len(stored) - 1))] = draw(st.integers(0, 255))
    return bytes(stored)


def _gz(_: str, content: bytes) -> bytes:
    return gzip.compress(content)


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _tgz(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()
