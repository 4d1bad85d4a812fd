from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import reelhouse
from reelhouse.cli import clusters, main, output
from reelhouse.storage.store import Store

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (
    "versions",
    "show",
    "open",
    "verify",
    "rollback",
    "clusters",
    "title",
    "recommend",
    "export",
)


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "reelhouse", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(capsys, command: str) -> None:
    assert main([command, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"Example: reelhouse {command} " in text
    assert "REELHOUSE_STORE" in text


def test_the_program_tells_its_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"reelhouse {reelhouse.__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from reelhouse.cli import main; main(['--help']);"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'sklearn', 'dask', 'obstore', 'pydantic'};"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert found.returncode == 0


def test_reading_a_title_imports_neither_sklearn_nor_prefect(small_store: Store) -> None:
    code = (
        "import sys; from reelhouse.cli import main;"
        f"main(['title', 'Naruto', '--store', {small_store.uri!r}]);"
        "sys.exit(len({'sklearn', 'dask', 'prefect'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr


def test_a_store_must_be_named(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.delenv("REELHOUSE_STORE", raising=False)
    assert main(["versions"]) == 2
    assert "--store" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--debug", "title", "zzz"], ["title", "zzz", "--debug"]])
def test_debug_prints_the_traceback_wherever_it_stands(ask, arguments: list[str]) -> None:
    answer = ask(*arguments)
    assert answer.status == 1
    assert "Traceback" in answer.err
    assert answer.err.splitlines()[-1].startswith("error: no title is named")


def test_a_defect_is_one_line_too(ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("two\nlines")

    monkeypatch.setattr(clusters, "open_version", broken)
    answer = ask("clusters")
    assert answer.status == 1
    assert answer.err.startswith("error: KeyError")
    assert answer.err.count("\n") == 1


def test_a_pipe_gets_whole_lines_without_colour(small_store: Store) -> None:
    found = process("clusters", "--store", small_store.uri, COLUMNS="", TERM="xterm-256color")
    assert found.returncode == 0
    assert b"\x1b" not in found.stdout
    assert len(found.stdout.splitlines()) == 4
    assert not any(line.endswith(b" ") for line in found.stdout.splitlines())


def test_a_reader_that_leaves_is_no_error_message(small_store: Store) -> None:
    found = subprocess.run(
        f"{sys.executable} -m reelhouse export --table titles --store {small_store.uri} | true",
        shell=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert found.stderr == b""


def test_a_poor_terminal_gets_escapes_not_a_traceback(small_store: Store) -> None:
    found = process("clusters", "--store", small_store.uri, PYTHONIOENCODING="iso8859-5")
    assert found.returncode == 0
    assert rb"anime \xb7 action" in found.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a [31mb"),
        ("line\nbreak\ttab", "line break tab"),
        ("left\u202eright", "left right"),
        ("[red]x[/red]", "[red]x[/red]"),
        (None, ""),
    ],
)
def test_control_characters_are_removed(text: str | None, shown: str) -> None:
    assert output.plain(text) == shown


def test_json_has_no_nan_and_no_raw_control_characters(capsys) -> None:
    output.print_json({"a": float("nan"), "b": [float("inf"), "\x1b\x9b\u202e"], "c": (1, "é")})
    assert "".join(capsys.readouterr().out.split()) == (
        r'{"a":null,"b":[null,"\u001b\u009b\u202e"],"c":[1,"é"]}'
    )
