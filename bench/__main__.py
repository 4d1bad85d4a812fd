"""`python -m bench NAME --json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from bench.machine import machine

app = typer.Typer(
    name="python -m bench",
    help="Measure, and print one JSON object per measurement with the machine it was made on.",
    no_args_is_help=True,
    add_completion=False,
)


Folder = Annotated[
    Path | None,
    typer.Option(help="Where synthetic files are kept between runs; a temporary folder else."),
]
Shares = Annotated[str, typer.Option(help="Shares of the prize's size, comma-separated.")]
Repeats = Annotated[int, typer.Option(help="Runs of each; the median counts.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command()
def ingest(
    folder: Folder = None,
    shares: Shares = "0.01,0.1,1",
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Time raw Netflix Prize text to Parquet partitions, against polars and pandas.

    Example: python -m bench ingest --shares 0.01 --repeats 1 --json
    """
    from bench.ingest import run

    _print("ingest", run(folder, _shares(shares), repeats), as_json=as_json)


@app.command()
def matrix(
    folder: Annotated[
        Path | None, typer.Option(help="Partitions of ratings; random ones else.")
    ] = None,
    shares: Shares = "0.01,0.1,1",
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Time Parquet partitions to CSR blocks, against scipy's conversion in memory.

    Example: python -m bench matrix --shares 0.01 --repeats 1 --json
    """
    from bench.matrix import run

    _print("matrix", run(folder, _shares(shares), repeats), as_json=as_json)


@app.command()
def kmeans(
    data: Annotated[
        Path | None, typer.Option(help="A CSR matrix of ratings (.npz); a random one else.")
    ] = None,
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Time assignment passes and epochs of partial_fit, against scikit-learn.

    Example: python -m bench kmeans --json
    """
    from bench.kmeans import run

    _print("kmeans", run(data, repeats), as_json=as_json)


@app.command()
def viewers(
    folder: Folder = None,
    shares: Shares = "0.01,0.1,1",
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Time raw text to published viewer clusters, and find the planted groups in them.

    Example: python -m bench viewers --shares 0.01 --repeats 1 --json
    """
    from bench.viewers import run

    _print("viewers", run(folder, _shares(shares), repeats), as_json=as_json)


@app.command()
def catalogue(
    sizes: Annotated[str, typer.Option(help="Synthetic titles, comma-separated.")] = (
        "10000,100000,1000000"
    ),
    repeats: Annotated[int, typer.Option(help="Runs of the real files; the median counts.")] = 3,
    themes: Annotated[int, typer.Option(help="Planted themes.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Time file to published version, and the night after; real files and synthetic sizes.

    Example: python -m bench catalogue --sizes 10000 --repeats 1 --json
    """
    from bench.catalogue import run

    numbers = [int(size) for size in sizes.split(",") if size]
    _print("catalogue", run(numbers, repeats, themes), as_json=as_json)


@app.command()
def explorer(
    store: Annotated[
        str | None, typer.Option(help="A published store; the real catalogue else.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Fresh tabs of each; the median counts.")] = 5,
    as_json: Json = False,
) -> None:
    """Time the explorer page in a browser: first paint, the map, search, a title.

    Example: python -m bench explorer --store demo-store --json
    """
    from bench.explorer import run

    _print("explorer", run(store, repeats), as_json=as_json)


@app.command()
def features(
    kinds: Annotated[str, typer.Option(help="Some of the variants, separated by ;.")] = "",
    clusters: Annotated[str, typer.Option(help="Numbers of clusters or auto, comma-separated.")] = (
        "20,42,auto"
    ),
    seeds: Annotated[int, typer.Option(min=2, help="Fits by as many seeds.")] = 3,
    night: Annotated[bool, typer.Option(help="Measure a night of each kind too.")] = True,
    as_json: Json = False,
) -> None:
    """Tell what clusters by each kind of feature are worth, on the real catalogue.

    Example: python -m bench features --kinds "tfidf;combined" --clusters 42 --json
    """
    from bench.features import run

    names = [name.strip() for name in kinds.split(";") if name.strip()]
    _print("features", run(names, _numbers(clusters), seeds, night=night), as_json=as_json)


@app.command()
def publish(
    folder: Annotated[
        Path | None, typer.Option(help="Where the local store is made; the temporary folder else.")
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option(
            help="s3://bucket/prefix to measure too; endpoint and keys in AWS_*.",
            envvar="REELHOUSE_BENCH_BUCKET",
        ),
    ] = None,
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Time the publication of 2,000 small files and of one of 200 MB.

    Example: python -m bench publish --repeats 1 --json
    """
    from bench.publish import run

    _print("publish", run(folder, bucket, repeats), as_json=as_json)


@app.command()
def overhead(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Time what Prefect adds: a night with and without a server, against the library alone.

    Example: python -m bench overhead --json
    """
    from bench.overhead import run

    _print("overhead", run(repeats), as_json=as_json)


@app.command()
def recommend(
    measurements: Annotated[
        str, typer.Option("--measure", help="accuracy, clusters, throughput; comma-separated.")
    ] = "accuracy",
    data: Annotated[str, typer.Option(help="MovieLens data sets, comma-separated.")] = (
        "ml-100k,ml-latest-small"
    ),
    splits: Annotated[int, typer.Option(min=1, help="Random splits of the users.")] = 10,
    folder: Folder = None,
    shares: Shares = "1",
    repeats: Repeats = 3,
    as_json: Json = False,
) -> None:
    """Measure recommenders: accuracy and diversity for users never seen, users per second.

    Example: python -m bench recommend --data ml-100k --splits 2 --json
    """
    wanted = _some_of(measurements, ("accuracy", "clusters", "throughput"), "--measure")
    if "accuracy" in wanted:
        from bench.recommend import N_TEST, run

        names = _some_of(data, tuple(N_TEST), "--data")
        _print("recommend", run(names, splits), as_json=as_json)
    if "clusters" in wanted:
        from bench.recommend_clusters import run as run_clusters

        _print("recommend", run_clusters(splits), as_json=as_json)
    if "throughput" in wanted:
        from bench.recommend_throughput import run as run_throughput

        _print("recommend", run_throughput(folder, _shares(shares), repeats), as_json=as_json)


@app.command()
def models(
    folder: Folder = None,
    shares: Shares = "0.01,1",
    iterations: Annotated[int, typer.Option(min=2, help="Of each factor model.")] = 4,
    as_json: Json = False,
) -> None:
    """Time iterations of the factor models, and EASE over all titles, against implicit.

    Example: python -m bench models --shares 0.01 --json
    """
    from bench.models import run

    _print("models", run(folder, _shares(shares), iterations), as_json=as_json)


@app.command()
def rankings(
    splits: Annotated[int, typer.Option(min=1, help="Random splits of the users.")] = 10,
    as_json: Json = False,
) -> None:
    """Measure models that rank titles, beside published figures, on users never seen.

    Example: python -m bench rankings --splits 2 --json
    """
    from bench.ranking_models import run

    _print("rankings", run(splits), as_json=as_json)


@app.command()
def deep(
    measurements: Annotated[
        str,
        typer.Option(
            "--measure",
            help="digits, descriptions, stability, study, classifiers; comma-separated.",
        ),
    ] = "digits",
    seeds: Annotated[int, typer.Option(min=1, help="Fits by as many seeds.")] = 10,
    classifiers: Annotated[
        str, typer.Option(help="Some of the classifiers, separated by ;; else those that fit.")
    ] = "",
    labels: Annotated[
        str, typer.Option(help="Some of the clusterings to be told, separated by ;.")
    ] = "",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Of each classifier, no more: a short look.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure deep embedded clustering, and classifiers of its clusters, beside simpler methods.

    Example: python -m bench deep --measure digits --seeds 2 --json
    """
    from bench.deep import RUNS

    networks = ("study", "classifiers")
    wanted = _some_of(measurements, (*RUNS, *networks), "--measure")
    for name in RUNS:
        if name in wanted:
            _print("deep", RUNS[name](seeds), as_json=as_json)
    for name in networks:
        if name in wanted:
            found = _networks(name, classifiers, labels, seeds, epochs)
            _print("deep", found, as_json=as_json)


def _networks(
    measure: str, classifiers: str, labels: str, seeds: int, epochs: int | None
) -> Iterator[dict[str, Any]]:
    from bench.deep_classifiers import CLASSIFIERS, LABELS, STUDY, run

    names: list[str] = []
    if classifiers:
        names = _some_of(classifiers, tuple(CLASSIFIERS), "--classifiers", separator=";")
    sources = [STUDY] if measure == "study" else list(LABELS[1:])
    if labels:
        sources = _some_of(labels, LABELS, "--labels", separator=";")
    return run(measure, names, sources, seeds, epochs)


def _some_of(text: str, known: Sequence[str], option: str, *, separator: str = ",") -> list[str]:
    names = [name.strip() for name in text.split(separator) if name.strip()]
    if not names or not set(names) <= set(known):
        raise typer.BadParameter(f"{text!r} is not some of {', '.join(known)}", param_hint=option)
    return names


def _numbers(text: str) -> list[int | Literal["auto"]]:
    found: list[int | Literal["auto"]] = []
    for part in text.split(","):
        if part != "auto" and not part.isdecimal():
            raise typer.BadParameter(f"{part!r} is neither auto nor a number of clusters")
        found.append("auto" if part == "auto" else int(part))
    return found


def _shares(text: str) -> list[float]:
    try:
        found = [float(share) for share in text.split(",") if share]
    except ValueError:
        found = []
    if not found or not all(0 < share <= 1 for share in found):
        raise typer.BadParameter(f"{text!r} are no shares from 0 to 1", param_hint="--shares")
    return found


def _print(name: str, measurements: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    console = Console(soft_wrap=True)
    about = machine()
    for measurement in measurements:
        if as_json:
            console.out(json.dumps({"bench": name, **measurement, "machine": about}))
        else:
            console.print(measurement)


if __name__ == "__main__":
    app()
