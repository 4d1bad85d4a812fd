"""Each bad input: exit 1, one clear line, nothing published, the last version readable."""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Run, assert_untouched

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
HTML = b"<!doctype html><html><body>Please log in</body></html>"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def text_of(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def without_description(path: Path) -> bytes:
    return text_of([row[:-1] for row in rows_of(path)])


def in_latin_1(path: Path) -> bytes:
    rows = rows_of(path)
    rows[3][2] = "Café"
    return text_of(rows).decode().encode("latin-1", errors="replace")


def truncated_gzip(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())[:-2000]


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("netflix_titles.csv", content)
    return out.getvalue()


def truncated_zip(path: Path) -> bytes:
    return zipped(path.read_bytes())[:-300]


def zip_bomb(path: Path) -> bytes:
    header = path.read_bytes().splitlines()[0] + b"\n"
    return zipped(header + b"s1,Movie,A,,,,,2020,,,Dramas,B\n" * 1_000_000)


def half_of_the_titles(path: Path) -> bytes:
    rows = rows_of(path)
    return text_of(rows[: len(rows) // 2])


def with_a_row_twice(path: Path) -> bytes:
    rows = rows_of(path)
    return text_of([*rows, ["s999", *rows[5][1:]]])


def with_two_types(path: Path) -> bytes:
    rows = rows_of(path)
    other = "Movie" if rows[5][1] == "TV Show" else "TV Show"
    return text_of([*rows, ["s999", other, *rows[5][2:]]])


def with_types_swapped(path: Path) -> bytes:
    other = {"Movie": "TV Show", "TV Show": "Movie"}
    rows = rows_of(path)
    return text_of([rows[0], *([row[0], other[row[1]], *row[2:]] for row in rows[1:])])


def with_years_out_of_range(path: Path) -> bytes:
    rows = rows_of(path)
    return text_of([rows[0], *([*row[:7], "2999", *row[8:]] for row in rows[1:])])


CASES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "an empty file": (lambda _: b"", "is empty"),
    "only a header": (lambda path: path.read_bytes().splitlines()[0] + b"\n", "header and no rows"),
    "an HTML page": (lambda _: HTML, "HTML"),
    "a PNG": (lambda _: PNG, "PNG"),
    "no description column": (without_description, "description"),
    "a wrong encoding": (in_latin_1, "line 4"),
    "a truncated gzip": (truncated_gzip, "truncated|ends|cut"),
    "a truncated zip": (truncated_zip, "zip"),
    "a zip bomb": (zip_bomb, "archive bomb"),
    "half of the titles": (half_of_the_titles, "of 240 published titles are gone"),
    "all types swapped": (with_types_swapped, "240 of 240 published titles are gone"),
    "a row twice": (with_a_row_twice, "row 241 repeats row 5"),
    "a title with two types": (with_two_types, "row 241 contradicts row 5"),
    "years out of range": (with_years_out_of_range, "row 1: the release year is 2999"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_snapshot_is_one_line_and_publishes_nothing(
    case: str, store: Path, evening: Path, tmp_path: Path, run: Run
) -> None:
    make, expected = CASES[case]
    bad = tmp_path / "netflix_titles.csv"
    bad.write_bytes(make(evening))
    done = run("nightly", "--titles", str(bad), "--store", str(store), "--quiet")
    assert done.status == 1
    assert len(done.errors) == 1, done.err
    assert done.err.strip() == done.errors[0], "nothing but the one line"
    assert str(bad) in done.errors[0]
    assert re.search(expected, done.errors[0]), done.errors[0]
    assert_untouched(store)


def test_a_missing_file_is_named(store: Path, tmp_path: Path, run: Run) -> None:
    absent = str(tmp_path / "absent.csv")
    done = run("nightly", "--titles", absent, "--store", str(store), "--quiet")
    assert (done.status, len(done.errors)) == (1, 1)
    assert f"{absent} does not exist" in done.err
    assert_untouched(store)


def test_a_store_without_a_parent_folder_is_named(evening: Path, tmp_path: Path, run: Run) -> None:
    nowhere = str(tmp_path / "no" / "where")
    done = run("catalogue", "--titles", str(evening), "--store", nowhere, "--quiet")
    assert done.status == 1
    assert done.err.strip().startswith(f"error: store {nowhere} cannot be made")


def test_a_night_on_a_store_that_does_not_exist_is_named(
    evening: Path, tmp_path: Path, run: Run
) -> None:
    absent = str(tmp_path / "absent")
    done = run("nightly", "--titles", str(evening), "--store", absent, "--quiet")
    assert done.status == 1
    assert done.err.strip() == f"error: store {absent} does not exist"


@pytest.mark.skipif(
    not Path("/sys/kernel").is_dir(), reason="needs a folder that root cannot write"
)
def test_a_read_only_store_is_refused_before_anything_is_read(evening: Path, run: Run) -> None:
    done = run("catalogue", "--titles", str(evening), "--store", "/sys/kernel", "--quiet")
    assert (done.status, len(done.errors)) == (1, 1)
    assert "/sys/kernel" in done.err


def test_a_broken_last_commit_stops_the_night_and_an_older_version_stays_readable(
    store: Path, evening: Path, night: Path, run: Run
) -> None:
    assert run("nightly", "--titles", str(night), "--store", str(store), "--quiet").status == 0
    (store / "catalogue" / "log" / "00000002.json").write_text('{"version": 2', encoding="utf-8")
    done = run("nightly", "--titles", str(evening), "--store", str(store), "--quiet")
    assert (done.status, len(done.errors)) == (1, 1)
    assert "00000002.json" in done.err
    from reelhouse.storage.commits import CommitLog
    from reelhouse.storage.store import open_store
    from reelhouse.storage.verify import verify

    assert verify(CommitLog(open_store(store), "catalogue").version(1)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("catalogue", "--store", "x"),
        ("catalogue", "--titles", "x", "--store", "y", "--clusters", "many"),
        ("catalogue", "--titles", "x", "--store", "y", "--features", "magic"),
        ("nightly", "--titles", "x", "--store", "y", "--dask", "spark"),
        ("viewers", "--ratings", "x", "--store", "y", "--dask", "tcp://me:secret@host:8786"),
        ("nowhere",),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).status == 2
