from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.retired import RetiredRun, record_key
from reelhouse.storage.store import Store


def test_versions_come_newest_first(ask) -> None:
    lines = ask("versions").out.splitlines()
    assert lines[0].split() == [
        "version", "when", "(UTC)", "flow", "kind",
        "titles", "added", "removed", "edited", "run", "id",
    ]  # fmt: skip
    assert lines[1].split()[0] == "2"
    assert lines[1].split()[3:] == [
        "nightly", "publish", "10", "1", "0", "0", "20261121T051500Z-cafe0010",
    ]  # fmt: skip
    assert lines[2].split()[0] == "1"


def test_versions_fit_80_columns(ask, small_store: Store) -> None:
    ask("rollback", "--version", "1")
    answer = ask("versions", columns=80)
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "cafe0009" in answer.out
    assert "rollback to" in answer.out


def test_a_broken_commit_is_shown_as_broken(ask, small_store: Store) -> None:
    small_store.put("catalogue/log/00000003.json", b"garbage")
    answer = ask("versions")
    assert answer.status == 0
    assert "BROKEN" in answer.out.splitlines()[1]
    assert "version 3 is broken: catalogue/log/00000003.json" in answer.out
    described = json.loads(ask("versions", "--json").out)
    assert [one["version"] for one in described] == [3, 2, 1]
    assert "no readable commit" in described[0]["broken"]
    assert described[1]["counts"]["titles_added"] == 1


def test_a_broken_head_stops_readers_with_the_way_out(ask, small_store: Store) -> None:
    small_store.put("catalogue/log/00000003.json", b"garbage")
    answer = ask("clusters")
    assert (answer.status, answer.out) == (1, "")
    assert f"reelhouse rollback --version 2 --store {small_store.uri}" in answer.err
    assert answer.err.count("\n") == 1
    assert ask("rollback", "--version", "2").out == "version 4 is the run of version 2 again\n"
    assert ask("clusters").status == 0


def retire_first(store: Store) -> None:
    """Retire version 1, whose model version 2 uses: by hand, since housekeeping would keep it."""
    log = CommitLog(store, "catalogue")
    run = log.version(1).manifest
    record = RetiredRun(
        run_id=run.run_id,
        retired_at=datetime(2026, 11, 26, tzinfo=UTC),
        reason="old",
        versions=[1],
        files=11,
        size=1000,
        flow=run.flow,
        counts=run.counts,
    )
    store.create(record_key("catalogue", run.run_id), record.to_json())
    for entry in store.list(f"catalogue/runs/{run.run_id}"):
        store.delete(entry.key)


def test_a_retired_version_is_shown_as_such_with_what_it_was(ask, small_store: Store) -> None:
    retire_first(small_store)
    answer = ask("versions")
    assert answer.status == 0
    assert answer.out.splitlines()[2].split()[3:] == [
        "catalogue", "retired", "9", "9", "0", "0", "20261120T051500Z-cafe0009",
    ]  # fmt: skip
    assert "BROKEN" not in answer.out
    assert max(map(len, ask("versions", columns=80).out.splitlines())) <= 80
    newest, oldest = json.loads(ask("versions", "--json").out)
    assert (newest["retired_at"], oldest["retired_at"]) == (None, "2026-11-26T00:00:00+00:00")
    assert oldest["broken"] is None


def test_a_retired_version_is_no_damage(ask, small_store: Store) -> None:
    retire_first(small_store)
    answer = ask("verify", "--all")
    assert answer.status == 0
    assert answer.out.splitlines()[0] == "version 1: retired on 2026-11-26"
    assert json.loads(ask("verify", "--all", "--json").out)["sound"]
    assert ask("show").status == 0  # though the fit that it would quote is gone


@pytest.mark.parametrize("command", ["rollback", "verify", "show", "clusters"])
def test_a_retired_version_is_refused_in_one_line(ask, small_store: Store, command: str) -> None:
    retire_first(small_store)
    answer = ask(command, "--version", "1")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == (
        f"error: version 1 of catalogue in {small_store.uri} was retired on 2026-11-26: "
        "its files are gone, it cannot be read or restored\n"
    )


def test_show_adds_up_and_names_what_was_chosen(ask) -> None:
    answer = ask("show")
    assert answer.status == 0
    assert "11 rows read = 10 good + 1 quarantined\n" in answer.out
    assert "10 titles: 1 added, 0 removed, 0 edited" in answer.out
    assert "3 clusters: the silhouette peaks at 3" in answer.out  # told by the fit, version 1
    assert "outlier share  0.100  0.200" in answer.out
    assert "titles.parquet" in answer.out
    assert json.loads(ask("show", "--json").out)["manifest"]["counts"]["titles"] == 10


def test_verify_says_that_all_is_sound(ask) -> None:
    answer = ask("verify", "--all")
    assert answer.status == 0
    assert [line.partition(",")[0] for line in answer.out.splitlines()] == [
        "version 1: 11 files",
        "version 2: 11 files",
    ]


def test_verify_names_each_damaged_file(ask, small_store: Store) -> None:
    version = CommitLog(small_store, "catalogue").version(2)
    small_store.put(version.object_key("titles.parquet"), b"x")
    small_store.delete(version.object_key("model/clusters.json"))
    answer = ask("verify", "--all")
    assert answer.status == 1
    assert "titles.parquet of version 2" in answer.out
    assert "model/clusters.json of version 2" in answer.out
    assert answer.err == "error: 2 damaged or missing in 1 of 2 versions\n"
    assert ask("verify", "--version", "1").status == 0
    described = json.loads(ask("verify", "--json").out)
    assert not described["sound"]
    assert [found["path"] for found in described["versions"][0]["damage"]] == [
        "model/clusters.json",
        "titles.parquet",
    ]


def test_a_damaged_table_is_one_line(ask, small_store: Store) -> None:
    version = CommitLog(small_store, "catalogue").version(2)
    small_store.put(version.object_key("clusters.parquet"), b"x")
    answer = ask("clusters")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("error: clusters.parquet of version 2 of catalogue")
    assert answer.err.count("\n") == 1


def test_rollback_needs_a_version(ask) -> None:
    assert ask("rollback").status == 2
    assert ask("rollback", "--version", "0").status == 2
    assert "no version 9" in ask("rollback", "--version", "9").err


def test_verify_takes_all_or_one(ask) -> None:
    assert ask("verify", "--all", "--version", "1").status == 2


@pytest.mark.parametrize(
    "command",
    [
        ["versions"],
        ["show"],
        ["verify"],
        ["clusters"],
        ["title", "x"],
        ["rollback", "--version", "1"],
    ],
)
def test_a_store_that_is_empty_or_absent_is_one_line(
    ask, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for store, message in (("empty", "holds no version of catalogue"), ("none", "does not exist")):
        answer = ask(*command, "--store", str(tmp_path / store))
        assert (answer.status, answer.out) == (1, "")
        assert answer.err.startswith("error: ")
        assert message in answer.err
        assert answer.err.count("\n") == 1


def test_a_version_that_is_not_there_is_named(ask) -> None:
    answer = ask("show", "--version", "7")
    assert answer.status == 1
    assert "has no version 7, it has 1 to 2" in answer.err
