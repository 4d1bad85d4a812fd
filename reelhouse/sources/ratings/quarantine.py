"""Rows that were read and are not kept, as they stand in quarantine: with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.schema import QUARANTINE
from reelhouse.sources.ratings.bucket_kernels import REPEATED
from reelhouse.sources.ratings.facts import RatingsSpill, RefusedValue, RefusedValues
from reelhouse.sources.ratings.field_kernels import NO_DAY
from reelhouse.sources.ratings.sorting import Dropped
from reelhouse.sources.ratings.spilled import Records
from reelhouse.sources.ratings.tally import locate

Ints = NDArray[np.int64]
REPEATED_REASON = "repeats user and title"
_UNIQUE = "expect_compound_columns_to_be_unique"
_EPOCH = date(1970, 1, 1)
#: Rows that are put into words at a time.
_BATCH = 65_536


@dataclass(frozen=True)
class DropCounts:
    """Rows that are not kept, by kind of reason."""

    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: DropCounts) -> DropCounts:
        return DropCounts(dict(Counter(self.reasons) + Counter(other.reasons)))

    @property
    def n_repeated(self) -> int:
        """Rows that repeat user and title."""
        return self.reasons.get(REPEATED_REASON, 0)


@dataclass(frozen=True)
class _Rule:
    """The refused values of one column."""

    column: str
    codes: Ints  # ascending, as the records hold them
    values: tuple[RefusedValue, ...]  # in that order


class Quarantine:
    """Collects dropped records per bucket on the scratch disk, and puts them into words.

    Parameters
    ----------
    spill : RatingsSpill
    refused : RefusedValues
    """

    def __init__(self, spill: RatingsSpill, refused: RefusedValues) -> None:
        self._spill = spill
        self._folder = spill.folder / "dropped"
        self._rules = (
            _rule("rating", refused.ratings, lambda value: round(float(value) * 100)),
            _rule("date", refused.dates, lambda value: (value - _EPOCH).days),
            _rule("title", refused.titles, int),
        )
        self.clear()

    def refused_codes(self) -> tuple[Ints, Ints, Ints]:
        """Refused hundredths, days and titles, each ascending."""
        ratings, days, titles = (rule.codes for rule in self._rules)
        return ratings, days, titles

    def clear(self) -> None:
        """Delete what was collected."""
        for path in self._folder.glob("*.npy"):
            path.unlink()

    def add(self, bucket: int, dropped: Dropped) -> DropCounts:
        """Keep a bucket's dropped records for later; count their reasons."""
        if not dropped.fates.size:
            return DropCounts()
        self._folder.mkdir(exist_ok=True)
        np.save(self._path(bucket, "records"), dropped.records)
        np.save(self._path(bucket, "fates"), dropped.fates)
        counts: Counter[str] = Counter()
        repeated = int((dropped.fates == REPEATED).sum())
        if repeated:
            counts[REPEATED_REASON] = repeated
        left = dropped.fates != REPEATED
        for rule, codes in zip(self._rules, _codes(dropped.records), strict=True):
            broken = left & np.isin(codes, rule.codes)
            if broken.any():
                counts[f"refused {rule.column}"] = int(broken.sum())
            left &= ~broken
        return DropCounts(dict(counts))

    def tables(self) -> Iterator[pa.Table]:
        """Yield everything that is in quarantine: unreadable lines, then dropped records."""
        with pa.ipc.open_file(self._spill.refused_lines) as file:
            yield pa.Table.from_batches([], QUARANTINE)  # So that there is a table in any case.
            for number in range(file.num_record_batches):
                yield pa.Table.from_batches([file.get_batch(number)])
        for bucket in range(self._spill.n_partitions):
            if not self._path(bucket, "records").exists():
                continue
            records = np.load(self._path(bucket, "records"), allow_pickle=False)
            fates = np.load(self._path(bucket, "fates"), allow_pickle=False)
            for start in range(0, fates.size, _BATCH):
                batch = slice(start, start + _BATCH)
                yield self._in_words(Dropped(records[batch], fates[batch]), bucket)

    def _in_words(self, dropped: Dropped, bucket: int) -> pa.Table:
        records = dropped.records
        rows = records.view(np.uint32)[:, 2].astype(np.int64)
        sources, within = locate(rows, list(self._spill.sources), self._spill.first_rows)
        users = records[:, 0].astype(np.int64) * self._spill.n_partitions + bucket
        texts = _texts(users, records)
        repeats = pa.array(dropped.fates == REPEATED)
        columns, values, expectations, reasons = self._verdicts(records, texts, repeats)
        table = {
            "source": sources,
            "row": within,
            "title": texts["title"],
            "column": columns,
            "value": values,
            "expectation": expectations,
            "reason": reasons,
            "raw": _as_json(texts),
        }
        return pa.table(table, schema=QUARANTINE)

    def _verdicts(
        self, records: Records, texts: dict[str, pa.Array], repeats: pa.Array
    ) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
        """Column, value, expectation and reason of each record; all broken rules are named."""
        said = pc.binary_join_element_wise(
            "repeats user ", texts["user"], " and title ", texts["title"], " of an earlier row", ""
        )
        none = pa.nulls(len(repeats), pa.string())
        column = pc.if_else(repeats, "user, title", none)
        pair = pc.binary_join_element_wise(texts["user"], texts["title"], ", ")
        value = pc.if_else(repeats, pair, none)
        expectations = [pc.if_else(repeats, _UNIQUE, none)]
        reasons = [pc.if_else(repeats, said, none)]
        for rule, codes in zip(self._rules, _codes(records), strict=True):
            broken = pc.and_not(pa.array(np.isin(codes, rule.codes)), repeats)
            where = pa.array(
                np.searchsorted(rule.codes, codes), mask=pc.invert(broken).to_numpy(False)
            )
            column = pc.coalesce(column, pc.if_else(broken, rule.column, none))
            value = pc.coalesce(value, pc.if_else(broken, texts[rule.column], none))
            expectations.append(
                pa.array([v.expectation for v in rule.values], pa.string()).take(where)
            )
            reasons.append(pa.array([v.reason for v in rule.values], pa.string()).take(where))
        return column, value, _joined(expectations), _joined(reasons)

    def _path(self, bucket: int, what: str) -> Path:
        return self._folder / f"{bucket:05d}-{what}.npy"


def _rule(column: str, refused: tuple[RefusedValue, ...], code: Any) -> _Rule:
    by_code = {int(code(each.value)): each for each in refused}
    codes = sorted(by_code)
    return _Rule(column, np.array(codes, dtype=np.int64), tuple(by_code[each] for each in codes))


def _codes(records: Records) -> tuple[Ints, Ints, Ints]:
    """Hundredths, days and titles of records, as the rules hold them."""
    values = records[:, 3]
    hundredths = (values & 0xFFFF).astype(np.uint16).view(np.int16).astype(np.int64)
    return hundredths, (values >> 16).astype(np.int64), records[:, 1].astype(np.int64)


def _texts(users: Ints, records: Records) -> dict[str, pa.Array]:
    """The fields of records as text; an absent date is null."""
    hundredths, days, titles = _codes(records)
    undated = days == NO_DAY
    return {
        "user": pa.array(users).cast(pa.string()),
        "title": pa.array(titles).cast(pa.string()),
        "rating": _distinct_texts(hundredths, lambda value: f"{value / 100:g}"),
        "date": pa.array(days.astype(np.int32), mask=undated).view(pa.date32()).cast(pa.string()),
    }


def _distinct_texts(values: Ints, show: Any) -> pa.Array:
    distinct, where = np.unique(values, return_inverse=True)
    return pa.array([show(value) for value in distinct.tolist()], pa.string()).take(pa.array(where))


def _as_json(texts: dict[str, pa.Array]) -> pa.Array:
    """The records as JSON arrays of text; nothing in them needs to be escaped."""
    fields = [pc.fill_null(texts[name], "") for name in ("user", "title", "rating", "date")]
    inside = pc.binary_join_element_wise(*fields, '", "')
    return pc.binary_join_element_wise('["', inside, '"]', "")


def _joined(texts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*texts, "; ", null_handling="skip")
