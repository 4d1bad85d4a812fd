"""What a run says of the software that made it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from reelhouse.runs import record


def test_optional_software_is_named_only_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def installed(name: str) -> str:
        if name == "torch":
            return "2.13.0"
        if name in {"optuna", "torch-geometric"}:
            raise PackageNotFoundError(name)
        return version("numpy")

    monkeypatch.setattr(record, "installed", installed)
    found = record.software_at_hand()
    assert found["torch"] == "2.13.0"
    assert "optuna" not in found
    assert "torch-geometric" not in found


def test_workers_are_compared_only_by_what_every_run_needs() -> None:
    assert {"prefect", "torch"}.isdisjoint(record.software())
