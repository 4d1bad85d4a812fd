import pytest

from tasks.names import counted, numbered, ranges, short_name


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("netflix_titles.csv", "netflix_titles.csv"),
        ("/data/my-store/", "my-store"),
        ("https://me:secret@host/data/titles.csv?sig=secret", "titles.csv"),
        ("zip://titles.csv::https://me:secret@host/secret.zip", "titles.csv"),
        ("s3://bucket", "bucket"),
        ("s3://me:secret#x@bucket/secret", "(unreadable)"),
        ("a\nb\x1b[31m.csv", "a b [31m.csv"),
        ("/", "/"),
        ("x" * 90, "x" * 77 + "..."),
    ],
)
def test_the_short_name_of_a_uri_is_its_last_part_on_one_line(uri: str, name: str) -> None:
    assert short_name(uri) == name


@pytest.mark.parametrize(("n", "most"), [(5, 2), (100, 100), (101, 100), (1, 100), (250, 100)])
def test_ranges_cover_everything_once_and_are_not_too_many(n: int, most: int) -> None:
    found = ranges(n, most)
    assert [one for some in found for one in some] == list(range(n))
    assert len(found) <= most


def test_few_things_have_a_range_each() -> None:
    assert ranges(3, 100) == [range(0, 1), range(1, 2), range(2, 3)]
    assert ranges(0, 100) == []


def test_a_range_is_counted_from_one() -> None:
    assert numbered("partition", range(1, 2), 5) == "partition 2 of 5"
    assert numbered("title", range(0, 50_000), 60_000) == "titles 1 to 50,000 of 60,000"


def test_one_thing_has_no_plural() -> None:
    assert [counted(n, "run") for n in (0, 1, 1200)] == ["0 runs", "1 run", "1,200 runs"]
