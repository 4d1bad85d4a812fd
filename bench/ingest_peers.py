"""Ways to bring the Netflix Prize's raw text into Parquet, one per process.

`python -m bench.ingest_peers reelhouse|polars|... FOLDER OUT [FILES]` reads
``combined_data_*.txt`` (the first FILES of them) and prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

#: Rows, and facts that all ways must agree on.
Facts = dict[str, Any]


def reelhouse(files: Sequence[Path], out: Path) -> Facts:
    """Check every line, find repeats, hash the input, partition and sort by user and title."""
    from reelhouse.sources.ratings import partition_ratings, spill_ratings

    start = time.perf_counter()
    spill = spill_ratings(str(files[0].parent), out / "scratch")
    spilled = time.perf_counter() - start
    snapshot = partition_ratings(spill, out / "ratings")
    return {
        "rows": snapshot.n_good,
        "spill_seconds": round(spilled, 2),
        "partition_seconds": round(time.perf_counter() - start - spilled, 2),
        "partitions": len(snapshot.parts),
    }


def polars(files: Sequence[Path], out: Path) -> Facts:
    """Parse, fill titles down, cast, write Parquet: file by file, which bounds its memory.

    It does less than is asked for: rows stay in the order of the input, one file per input file.
    """
    rows = 0
    for number, path in enumerate(files):
        ratings = _parsed_by_polars(path)
        ratings.write_parquet(out / f"part-{number}.parquet")
        rows += ratings.height
    return {"rows": rows}


def polars_by_user(files: Sequence[Path], out: Path) -> Facts:
    """As `polars`, and a user's ratings go into one of as many partitions as Reelhouse makes.

    That is the same output, but that rows within a partition are not sorted and stand in one file
    per input file, that nothing is checked for repeats or damage, and that the input is not hashed.
    """
    import polars as pl

    rows = 0
    n_partitions = max(1, -(-sum(path.stat().st_size for path in files) // 30_000_000))
    for number, path in enumerate(files):
        ratings = _parsed_by_polars(path)
        rows += ratings.height
        by_user = ratings.lazy().with_columns(part=pl.col("user_id") % n_partitions)
        where = pl.PartitionBy(out / f"file-{number}", key="part", include_key=False)
        by_user.sink_parquet(where, mkdir=True)
    return {"rows": rows, "partitions": n_partitions}


def polars_sorted(files: Sequence[Path], out: Path) -> Facts:
    """As `polars_by_user`, and each partition becomes one file, sorted by user and title.

    The same output as Reelhouse's; still nothing is checked, and the input is not hashed.
    """
    import polars as pl

    facts = polars_by_user(files, out / "parts")
    for number in range(facts["partitions"]):
        of_part = list((out / "parts").glob(f"file-*/part={number}/*.parquet"))
        if of_part:
            ratings = pl.read_parquet(of_part).sort("user_id", "title_id")
            ratings.write_parquet(out / f"part-{number:05d}.parquet")
    return facts


def _parsed_by_polars(path: Path) -> Any:
    import polars as pl

    schema = {"user_id": pl.String, "rating": pl.Int8, "date": pl.Date}
    lines = pl.read_csv(path, has_header=False, schema=schema, missing_columns="insert")
    is_header = pl.col("rating").is_null()
    title = pl.when(is_header).then(pl.col("user_id").str.strip_suffix(":"))
    filled = lines.lazy().with_columns(title_id=title.cast(pl.Int32).forward_fill())
    kept = filled.filter(~is_header)
    return kept.select(pl.col("user_id").cast(pl.Int32), "title_id", "rating", "date").collect()


def pandas(files: Sequence[Path], out: Path) -> Facts:
    """The idiom of countless notebooks: header rows are those without a rating."""
    import numpy as np
    import pandas as pd

    frames = [
        pd.read_csv(path, header=None, names=["user_id", "rating", "date"], usecols=[0, 1, 2])
        for path in files
    ]
    frame = pd.concat(frames, ignore_index=True)
    headers = frame["rating"].isna()
    titles = frame["user_id"].where(headers).str.rstrip(":").astype("float64").ffill()
    frame["title_id"] = titles.astype(np.int32)
    frame = frame[~headers]
    frame = frame.assign(
        user_id=frame["user_id"].astype(np.int32),
        rating=frame["rating"].astype(np.int8),
        date=pd.to_datetime(frame["date"]),
    )
    frame.to_parquet(out / "ratings.parquet", index=False)
    return {"rows": len(frame)}


WAYS: dict[str, Callable[[Sequence[Path], Path], Facts]] = {
    "reelhouse": reelhouse,
    "polars": polars,
    "polars, by user": polars_by_user,
    "polars, by user and sorted": polars_sorted,
    "pandas": pandas,
}


def main(arguments: Sequence[str]) -> None:
    """Run one way; print what it found and how long it took without the imports."""
    way, folder, out, *rest = arguments
    files = sorted(Path(folder).glob("combined_data_*.txt"))
    start = time.perf_counter()
    facts = WAYS[way](files[: int(rest[0])] if rest else files, Path(out))
    facts["inside_seconds"] = round(time.perf_counter() - start, 2)
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
