"""Kinds of feature: what the clusters that they make are worth, and what they cost.

On the real snapshots where they are; agreement is with the first genre, by default with genres left
out of the features. A night is measured on what the flows publish.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from bench.catalogue import flow
from bench.feature_fits import Request
from bench.inputs import ROOT, real_titles
from bench.processes import measure
from reelhouse.catalogue.base import open_base
from reelhouse.errors import ReelhouseError
from reelhouse.evaluation.agreement import first_genres
from reelhouse.features.leaving_out import without_field
from reelhouse.features.settings import FeatureKind, FeatureOptions
from reelhouse.sources import read_titles

#: What needs an extra, and the module that shows that it is there.
_EXTRAS = {"words": "gensim", "semantic": "sentence_transformers"}
#: Genres that a cluster stands for: the first genres of most of its titles.
_TOP_GENRES = 2


def run(
    names: Sequence[str], numbers: Sequence[int | Literal["auto"]], seeds: int, *, night: bool
) -> Iterator[dict[str, Any]]:
    """Measure each variant with genres left out and with genres; then its night.

    Raises
    ------
    ReelhouseError
        The real snapshots are not there, or a name is unknown.
    """
    real = real_titles()
    if real is None:
        raise ReelhouseError("no folder netflix_titles with the real snapshots (REELHOUSE_DATA)")
    unknown = sorted(set(names) - set(VARIANTS))
    if unknown:
        raise ReelhouseError(f"no variant {unknown[0]!r}, expected some of {', '.join(VARIANTS)}")
    with tempfile.TemporaryDirectory() as folder:
        source = str(real / "2021-01" / "netflix_titles.csv")
        parts = [str(part) for part in read_titles(source, Path(folder)).parts]
        for name in names or list(VARIANTS):
            missing = missing_extra(name)
            if missing:
                yield {"name": name, "skipped": f"needs the extra {missing!r}"}
                continue
            for genres in (False, True) if _reads_genres(name) else (False,):
                yield from _fits(name, parts, numbers, seeds, genres=genres)
            if night:
                yield _night(name, real)


def _reads_genres(name: str) -> bool:
    """Whether genres are among the features; fits without them are the same otherwise."""
    _, kind, options = VARIANTS[name]
    used = options.used_by(kind)
    without = without_field(options, "listed_in")
    return any(getattr(without, one) != getattr(options, one) for one in used)


def _fits(
    name: str,
    parts: list[str],
    numbers: Sequence[int | Literal["auto"]],
    seeds: int,
    *,
    genres: bool,
) -> Iterator[dict[str, Any]]:
    _, kind, options = VARIANTS[name]
    request = Request(
        parts=parts, kind=kind, options=options, genres=genres, numbers=list(numbers), seeds=seeds
    )
    command = [sys.executable, "-m", "bench.feature_fits", request.model_dump_json()]
    for line in measure(command, cwd=ROOT).stdout.splitlines():
        yield {"name": name, "genres": genres, **json.loads(line)}


def _night(name: str, real: Path) -> dict[str, Any]:
    """Share of titles whose first genre is among the two most frequent ones of their cluster."""
    _, kind, options = VARIANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        store, file = str(Path(folder) / "store"), Path(folder) / "options.json"
        file.write_text(options.model_dump_json(), encoding="utf-8")
        first, second = (str(real / when / "netflix_titles.csv") for when in ("2021-01", "2021-09"))
        flow("catalogue", first, store, "--features", kind, "--feature-options", str(file))
        night = flow("nightly", second, store)
        version = open_base(store, create=False).required()
        titles = version.read_table("titles", ["title_id", "listed_in"])
        genres = pa.table({"title_id": titles["title_id"], "genre": first_genres(titles)})
        placed = version.read_table("assignments", ["title_id", "cluster_id", "placed_in_version"])
        both = genres.join(placed, "title_id", join_type="inner").combine_chunks()
        new = both["placed_in_version"].to_numpy() == version.number
        fits = _fits_its_cluster(both, ~new)
        return {
            "name": name,
            "night": "2021-01 to 2021-09",
            "n_new": int(new.sum()),
            "old_titles_in_their_genre": round(float(fits[~new].mean()), 4),
            "new_titles_in_their_genre": round(float(fits[new].mean()), 4),
            "seconds": round(night.seconds, 2),
        }


def _fits_its_cluster(titles: pa.Table, counted: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
    """Whether each title's first genre is a top one of its cluster, by the titles counted."""
    frame = titles.select(["cluster_id", "genre"]).to_pandas()
    numbers = frame[counted].groupby("cluster_id")["genre"].value_counts()
    top = numbers.groupby(level=0).head(_TOP_GENRES)
    pairs = set(top.index)
    return np.array(
        [pair in pairs for pair in zip(frame["cluster_id"], frame["genre"], strict=True)]
    )


def missing_extra(name: str) -> str | None:
    """The extra that a variant needs and that is not installed; None where nothing is missing."""
    extra = VARIANTS[name][0]
    return extra if extra is not None and find_spec(_EXTRAS[extra]) is None else None


def _options(**kinds: Any) -> FeatureOptions:
    return FeatureOptions.model_validate_json(json.dumps(kinds))


#: Name -> the extra that it needs, the kind and its settings.
VARIANTS: dict[str, tuple[str | None, FeatureKind, FeatureOptions]] = {
    "tfidf": (None, "tfidf", FeatureOptions()),
    "tfidf-svd": (None, "tfidf-svd", FeatureOptions()),
    "word-vectors": (None, "word-vectors", FeatureOptions()),
    "word-vectors, word2vec": (
        "words",
        "word-vectors",
        _options(word_vectors={"method": "word2vec"}),
    ),
    "word-vectors, fasttext": (
        "words",
        "word-vectors",
        _options(word_vectors={"method": "fasttext"}),
    ),
    "node-vectors": (None, "node-vectors", FeatureOptions()),
    "node-vectors, word2vec": (
        "words",
        "node-vectors",
        _options(node_vectors={"method": "word2vec"}),
    ),
    "combined": (None, "combined", FeatureOptions()),
    "semantic": ("semantic", "semantic", FeatureOptions()),
    "combined, semantic": (
        "semantic",
        "combined",
        _options(combined={"weights": {"tfidf-svd": 1.0, "word-vectors": 0.7, "semantic": 0.5}}),
    ),
}
