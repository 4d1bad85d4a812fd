"""The quality gate: rows to quarantine, facts for the dataset rules.

The judge is passed in: a function from a frame to the rows that broke a row rule. In the flows it
is a Great Expectations suite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reelhouse.catalogue.identify import OldTitles, keys_of_parts
from reelhouse.catalogue.workspace import Workspace
from reelhouse.identity import Keys
from reelhouse.quality import (
    RowFacts,
    RowFailure,
    places,
    read_rows,
    row_facts,
    rule_frame,
    snapshot_facts,
    split_rows,
)
from reelhouse.schema import QUARANTINE
from reelhouse.storage.tables import write_table

Judge = Callable[[pd.DataFrame], list[RowFailure]]
#: Goes through the partitions: given what checks a range of them, and their number.
GoThrough = Callable[[Callable[[range], None], int], None]


@dataclass(frozen=True)
class CheckedRows:
    """Counts that add up, and what the dataset rules need.

    Attributes
    ----------
    rows_in, good, quarantined : int
        good + quarantined = rows_in
    repaired : int
        Good rows with at least one repaired field.
    facts : the one row that the dataset rules judge
    places : dict from a column of the facts to where in the file to look
    newest : date or None
        Latest date_added of the good rows.
    """

    rows_in: int
    good: int
    quarantined: int
    repaired: int
    facts: dict[str, float | int]
    places: dict[str, str]
    newest: date | None


def check_rows(
    work: Workspace,
    parts: Sequence[Path],
    source: str,
    judge: Judge,
    old: OldTitles | None,
    *,
    go_through: GoThrough = lambda check, n_parts: check(range(n_parts)),
) -> CheckedRows:
    """Judge every row; write good partitions, their keys and quarantine.parquet.

    Parameters
    ----------
    work : Workspace
    parts : partitions with the schema `SOURCE_TITLES`
    source : the input's URI
    judge : function from `reelhouse.quality.rule_frame` to broken rows
    old : the last version's titles, None for a first version
    go_through : checks the partitions, each once and in order; all at once when not given
    """
    keys = keys_of_parts(parts)
    rows, named, mended = read_rows(parts)
    facts = row_facts(keys, rows, named, mended)
    gate = _Gate(work, parts, source, judge, facts)
    go_through(gate.check, len(parts))
    quarantine = pa.concat_tables(gate.quarantined)
    write_table(quarantine, work.staged / "quarantine.parquet", QUARANTINE)
    keys.at(gate.good).save(work.keys)
    keys.at(~gate.good).save(work.bad_keys)
    return CheckedRows(
        rows_in=int(rows.size),
        good=int(gate.good.sum()),
        quarantined=quarantine.num_rows,
        repaired=gate.repaired,
        facts=snapshot_facts(
            Workspace.parts(work.good),
            rows_in=int(rows.size),
            quarantined=quarantine.num_rows,
            facts=facts,
            known_before=len(old.keys) if old is not None else 0,
            # A title whose row is merely broken tonight has not disappeared: all rows count.
            disappeared=_gone(old, keys) if old is not None else 0,
        ),
        places=places(facts, rows, quarantine),
        newest=gate.newest,
    )


class _Gate:
    """The partitions as they go through the gate, and what was found so far."""

    def __init__(
        self, work: Workspace, parts: Sequence[Path], source: str, judge: Judge, facts: RowFacts
    ) -> None:
        self._work, self._parts, self._source = work, parts, source
        self._judge, self._facts, self._start = judge, facts, 0
        self.good = np.ones(facts.repeats.size, dtype=bool)
        self.quarantined = [QUARANTINE.empty_table()]
        self.repaired = 0
        self.newest: date | None = None

    def check(self, some: range) -> None:
        """Judge these partitions; write their good rows."""
        for number in some:
            part = self._parts[number]
            table = pq.read_table(part)
            stop = self._start + table.num_rows
            failures = self._judge(rule_frame(table, self._facts.part(self._start, stop)))
            kept, bad = split_rows(table, failures, self._source)
            self.good[[self._start + failure.position for failure in failures]] = False
            pq.write_table(kept, self._work.good / part.name, compression="lz4")
            self.quarantined.append(bad)
            self.repaired += _repaired(kept)
            self.newest = max(filter(None, (self.newest, _newest(kept))), default=None)
            self._start = stop


def _gone(old: OldTitles, keys: Keys) -> int:
    """Published titles of which no row has the name and the type.

    With the name alone, a column of swapped types would pass and cost every title its id.
    """
    columns = ("title", "type")
    return int((~np.isin(old.keys.combined(columns), keys.combined(columns))).sum())


def _repaired(titles: pa.Table) -> int:
    return int(pc.sum(pc.greater(pc.list_value_length(titles["repaired"]), 0)).as_py() or 0)


def _newest(titles: pa.Table) -> date | None:
    found: date | None = pc.max(titles["date_added"]).as_py()
    return found
