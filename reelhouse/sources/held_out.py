"""Read lists of held-out pairs: the Netflix Prize's probe.txt and qualifying.txt."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.errors import SourceError
from reelhouse.sources.small_text import MAX_ID, ReadTable, Skipped, SmallText, read_small_text

__all__ = ["HELD_OUT", "read_held_out"]

#: Pairs of title and user whose rating is held out.
HELD_OUT = pa.schema(
    [
        pa.field("title_id", pa.int32(), nullable=False),
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("date", pa.date32()),  # null in probe.txt
    ]
)

_LOG = logging.getLogger(__name__)
_TITLE = r"^\d{1,10}\s*:$"
_PAIR = r"^\d{1,10}\s*(,\s*\d{4}-\d{2}-\d{2})?$"
_RATED = r"^\d{1,10}\s*,\s*\d(\.\d)?\s*,"


def read_held_out(uri: str) -> ReadTable:
    """Read the users below each title's line, with a date where the file has one.

    Parameters
    ----------
    uri : str
        Local path or any fsspec URI; plain, gzip or zip.

    Returns
    -------
    ReadTable
        A table of schema HELD_OUT in the order of the file. A repeated pair stays: the first is
        kept, the others are in `skipped` with every line that is neither a title nor a user.

    Raises
    ------
    SourceError
        The file cannot be read, or holds no such list.
    """
    text = read_small_text(uri)
    lines = _lines(text)
    titles, pairs = _matches(lines, _TITLE), _matches(lines, _PAIR)
    _refuse_foreign(text, lines, titles, pairs)
    rows, reasons = _rows(lines, titles, pairs)
    skipped = [
        Skipped(int(line) + 1, lines[int(line)].as_py(), reason)
        for line, reason in sorted(reasons.items())
    ]
    _LOG.info("%s: %d held-out pairs, %d lines skipped", text.name, rows.num_rows, len(skipped))
    return ReadTable(rows, tuple(skipped), text.uri, text.sha256, text.n_bytes)


def _lines(text: SmallText) -> pa.Array:
    """All lines without the white space around them; millions, so no Python objects."""
    unified = text.text.replace("\r\n", "\n").replace("\r", "\n")
    lines = pc.split_pattern(pa.array([unified], pa.large_string()), "\n").flatten()
    return pc.utf8_trim_whitespace(lines)


def _matches(lines: pa.Array, pattern: str) -> Any:
    """Boolean of shape (n_lines,)."""
    return pc.match_substring_regex(lines, pattern).to_numpy(zero_copy_only=False)


def _refuse_foreign(text: SmallText, lines: pa.Array, titles: Any, pairs: Any) -> None:
    # Counted only where pairs are not the bulk of the file: three million lines take a second.
    n_others = len(lines) - int(titles.sum()) - int(pairs.sum())
    n_rated = int(_matches(lines, _RATED).sum()) if n_others > pairs.sum() else 0
    if titles.any() and n_rated > pairs.sum():
        raise SourceError(
            f"{text.name} holds ratings in {n_rated:,} lines, required held-out pairs: lines of "
            "user or user,date below a title's"
        )
    if not (titles.any() and pairs.any()):
        raise SourceError(
            f"{text.name} holds no held-out pairs: {text.first_line()}, expected a title's line "
            "such as 17: and below it lines of user or user,date"
        )


def _rows(lines: pa.Array, titles: Any, pairs: Any) -> tuple[pa.Table, dict[int, str]]:
    """Good pairs, and the reason why a line is none, by index of the line."""
    reasons: dict[int, str] = {}
    filled = pc.not_equal(lines, "").to_numpy(zero_copy_only=False)
    for line in np.flatnonzero(filled & ~titles & ~pairs).tolist():
        reasons[line] = "the line is neither a title's (17:) nor a user or user,date"
    header = np.maximum.accumulate(np.where(titles, np.arange(len(lines)), -1))
    kept = np.flatnonzero(pairs)
    parts = pc.split_pattern(lines.take(pa.array(kept)), ",", max_splits=1)
    users = _numbers(pc.list_element(parts, 0))
    dates, real = _dates(parts)
    # Title by title, then spread over its lines: titles are few.
    title_of_line = np.zeros(len(lines), np.int64)
    title_of_line[titles] = _numbers(pc.replace_substring(lines.filter(pa.array(titles)), ":", ""))
    title_ids = title_of_line[np.maximum(header[kept], 0)]
    checks = (
        (header[kept] < 0, "no title's line stands above the user"),
        (title_ids > MAX_ID, f"the title's id is larger than {MAX_ID:,}"),
        (users > MAX_ID, f"the user's id is larger than {MAX_ID:,}"),
        (~real, "the date is no day of the calendar"),
    )
    good = np.ones(len(kept), bool)
    for wrong, reason in checks:
        reasons.update((line, reason) for line in kept[good & wrong].tolist())
        good &= ~wrong
    _drop_repeated(kept, title_ids, users, good, reasons)
    columns = [pa.array(title_ids[good], pa.int32()), pa.array(users[good], pa.int32())]
    return pa.table([*columns, dates.filter(pa.array(good))], schema=HELD_OUT), reasons


def _drop_repeated(
    kept: Any, title_ids: Any, users: Any, good: Any, reasons: dict[int, str]
) -> None:
    """Mark the second and later lines of one pair as not good."""
    indexes = np.flatnonzero(good)
    _, first = np.unique(title_ids[indexes] << 31 | users[indexes], return_index=True)
    repeated = np.delete(indexes, first)
    good[repeated] = False
    reasons.update((line, "the pair stands above already") for line in kept[repeated].tolist())


def _numbers(texts: pa.Array) -> Any:
    """Integers of at most ten digits, int64."""
    whole = pc.cast(pc.utf8_trim_whitespace(texts), pa.int64())
    return whole.to_numpy(zero_copy_only=False)


def _dates(parts: pa.Array) -> tuple[pa.Array, Any]:
    """Dates, null where the line has none, and whether each is a real one or none."""
    dated = np.asarray(pc.list_value_length(parts)) > 1
    texts = pc.if_else(pa.array(dated), pc.utf8_trim_whitespace(_second(parts)), None)
    parsed = pc.strptime(texts, format="%Y-%m-%d", unit="s", error_is_null=True)
    days = pc.cast(parsed, pa.date32())
    # strptime moves the 31st of a short month into the next.
    same = pc.equal(pc.cast(days, pa.string()), pc.cast(texts, pa.string()))
    real = pc.fill_null(same, False).to_numpy(zero_copy_only=False) | ~dated
    return days, real


def _second(parts: pa.Array) -> pa.Array:
    """The second element of each list, null where there is none."""
    flat = parts.flatten()
    ends = np.asarray(parts.offsets)[1:]
    has = np.asarray(pc.list_value_length(parts)) > 1
    return flat.take(pa.array(np.where(has, ends - 1, 0), mask=~has))
