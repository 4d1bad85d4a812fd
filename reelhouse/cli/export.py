"""`reelhouse export`: a published table as CSV or Parquet."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelhouse.cli.options import AsJson, Collection, StoreUri, VersionNumber, open_version
from reelhouse.cli.output import line, print_json, print_text
from reelhouse.errors import StoreError

if TYPE_CHECKING:
    from reelhouse.storage.version import Version


class Table(StrEnum):
    """Tables that can be exported."""

    ASSIGNMENTS = "assignments"
    TITLES = "titles"
    CLUSTERS = "clusters"
    NEIGHBOURS = "neighbours"
    HIERARCHY = "hierarchy"
    SELECTION = "selection"
    CHANGES = "changes"
    RECOMMENDATIONS = "recommendations"
    VECTORS = "vectors"
    FEATURES = "features"
    POSITIONS = "positions"
    LINKS = "links"
    PREFERENCES = "preferences"
    PROFILE = "profile"
    CLASSIFIERS = "classifiers"
    CLASSIFIER_REPORT = "classifier_report"
    CONFUSION = "confusion"
    CURVES = "curves"
    COMPARISON = "comparison"
    SPLITS = "splits"
    TRIALS = "trials"
    QUARANTINE = "quarantine"


class Format(StrEnum):
    """Formats of an exported file."""

    CSV = "csv"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example: reelhouse export --table assignments --format csv "
        "--output assignments.csv --store demo-store"
    )(export)


def export(
    store: StoreUri,
    table: Annotated[Table, typer.Option("--table", help="What to export.")],
    file_format: Annotated[Format, typer.Option("--format", help="Form of the file.")] = Format.CSV,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="The file; without it, or with -, CSV goes to stdout."
        ),
    ] = None,
    version: VersionNumber = None,
    collection: Collection = "catalogue",
    as_json: AsJson = False,
) -> None:
    """Export a table as CSV or Parquet.

    In CSV, lists are joined with ", " and text that a spreadsheet would take for a formula gets a
    leading apostrophe.
    """
    if file is not None and str(file) == "-":
        file = None
    if file is None and (as_json or file_format is Format.PARQUET):
        raise typer.BadParameter("--format parquet and --json need --output FILE")
    opened = open_version(store, collection, version)
    if file is None:
        _to_stdout(opened, table)
        return
    rows = _to_file(opened, table, file_format, file)
    if as_json:
        print_json({"version": opened.number, "table": table, "rows": rows, "file": str(file)})
    else:
        print_text(line(f"{rows:,} rows of {table} of version {opened.number} in {file}"))


def _to_stdout(version: Version, table: Table) -> None:
    from reelhouse.export import export_csv

    # Bytes: the file is UTF-8 whatever the terminal's encoding.
    sys.stdout.flush()
    export_csv(version, table, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _to_file(version: Version, table: Table, file_format: Format, path: Path) -> int:
    from reelhouse.export import export_csv, export_parquet

    if not path.parent.is_dir() or path.is_dir():
        raise StoreError(f"{path} cannot be written: it must be a file in a folder that exists")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        # The finished file takes the place of the name: a device or a link would be lost.
        raise StoreError(f"{path} cannot be written: it is a link or a device, not a plain file")
    if file_format is Format.PARQUET:
        return export_parquet(version, table, path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as target:
            rows = export_csv(version, table, target)
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return rows
