"""Ways to bring the Netflix Prize's raw text into Parquet, one per process.

`python -m bench.ingest_peers reelhouse|polars|pandas FOLDER OUT [FILES]` reads
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

    It does less than the others are asked for: rows stay in the order of the input, in one file
    per input file, not partitioned by user; nothing is checked for repeats, nothing is hashed.
    """
    import polars as pl

    rows = 0
    schema = {"user_id": pl.String, "rating": pl.Int8, "date": pl.Date}
    for number, path in enumerate(files):
        lines = pl.read_csv(path, has_header=False, schema=schema, missing_columns="insert")
        is_header = pl.col("rating").is_null()
        title = pl.when(is_header).then(pl.col("user_id").str.strip_suffix(":"))
        ratings = (
            lines.lazy()
            .with_columns(title_id=title.cast(pl.Int32).forward_fill())
            .filter(~is_header)
            .select(pl.col("user_id").cast(pl.Int32), "title_id", "rating", "date")
            .collect()
        )
        ratings.write_parquet(out / f"part-{number}.parquet")
        rows += ratings.height
    return {"rows": rows}


def polars_sorted(files: Sequence[Path], out: Path) -> Facts:
    """As `polars`, and then sorted by user and title, since users are to stand together."""
    import polars as pl

    facts = polars(files, out)
    whole = pl.scan_parquet(out / "part-*.parquet").sort("user_id", "title_id")
    whole.sink_parquet(out / "sorted.parquet")
    return facts


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
    "polars, sorted": polars_sorted,
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
