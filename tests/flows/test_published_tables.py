"""What a version holds is what docs/data-contracts.md promises."""

from __future__ import annotations

from pathlib import Path

from docs.published_tables import PUBLISHED
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store


def test_every_published_table_has_the_columns_and_the_words_of_its_contract(
    published: Path,
) -> None:
    version = CommitLog(open_store(published), "catalogue").head()
    assert version is not None
    promised = {one.name: one.schema for one in PUBLISHED if one.collection == "catalogue"}
    # A table of parts is named by its folder.
    paths = [entry.path for entry in version.manifest.files]
    named = {path.partition("/")[0] for path in paths}
    held = {name for name in named if name.endswith(".parquet")}
    assert held == set(promised)
    for name, schema in promised.items():
        table = version.read_table(name.removesuffix(".parquet"))
        assert table.schema.equals(schema, check_metadata=False), name
        assert [field.metadata for field in table.schema] == [one.metadata for one in schema], name
