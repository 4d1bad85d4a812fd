from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.errors import SourceError
from reelhouse.sources.held_out import HELD_OUT, read_held_out
from reelhouse.sources.small_text import ReadTable

Read = Callable[[str], ReadTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> ReadTable:
        path = tmp_path / "probe.txt"
        path.write_bytes(text.encode())
        return read_held_out(str(path))

    return read_text


def rows(result: ReadTable) -> list[tuple[int, int, date | None]]:
    assert result.table.schema.equals(HELD_OUT)
    return [(row["title_id"], row["user_id"], row["date"]) for row in result.table.to_pylist()]


def test_users_stand_below_their_title(read: Read) -> None:
    result = read("1:\n30878\n2647871\n10:\n30878\n")
    assert rows(result) == [(1, 30878, None), (1, 2647871, None), (10, 30878, None)]
    assert result.skipped == ()


def test_dates_are_read(read: Read) -> None:
    result = read("1:\r\n1046323,2005-12-19\r\n1080030 , 2005-12-23\r\n\r\n")
    assert rows(result) == [(1, 1046323, date(2005, 12, 19)), (1, 1080030, date(2005, 12, 23))]


def test_what_is_left_out_is_named_with_its_line(read: Read) -> None:
    result = read(
        "7\n1:\n5\nabc\n5\n6,2005-02-30\n3000000000\n8,2005-1\n4000000000:\n9\n2:\n5\n6,2004-02-29\n"
    )
    assert rows(result) == [(1, 5, None), (2, 5, None), (2, 6, date(2004, 2, 29))]
    neither = "the line is neither a title's (17:) nor a user or user,date"
    assert [(skipped.line, skipped.raw, skipped.reason) for skipped in result.skipped] == [
        (1, "7", "no title's line stands above the user"),
        (4, "abc", neither),
        (5, "5", "the pair stands above already"),
        (6, "6,2005-02-30", "the date is no day of the calendar"),
        (7, "3000000000", "the user's id is larger than 2,147,483,647"),
        (8, "8,2005-1", neither),
        (10, "9", "the title's id is larger than 2,147,483,647"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1:\n5,3,2005-01-01\n6,4,2005-01-02\n", "holds ratings in 2 lines, required held-out"),
        ("1,2003,Ash\n", "holds no held-out pairs: its first line is '1,2003,Ash'"),
        ("5\n6\n", "expected a title's line such as 17:"),
        ("1:\n2:\n", "holds no held-out pairs: its first line is '1:'"),
        ("", "is empty"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(read: Read, text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@given(
    st.lists(
        st.sampled_from(["1:", "22:", "5", "6,2005-01-31", "6,2005-13-01", "x", "", "9:9", ":"])
        | st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=6),
        max_size=30,
    )
)
def test_every_filled_line_is_a_title_or_a_pair_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("held") / "probe.txt"
    path.write_text("\n".join(["1:", "4", *lines]), encoding="utf-8", newline="")
    result = read_held_out(str(path))
    filled = [line.strip() for line in lines if line.strip()]
    n_titles = sum(
        line[:-1].strip().isdecimal() and line.endswith(":") and len(line) <= 11 and line.isascii()
        for line in filled
    )
    assert result.table.num_rows + len(result.skipped) == 1 + len(filled) - n_titles
