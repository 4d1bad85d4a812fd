"""Real schedulers and workers in environments of their own, each lacking something."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import dask
import pytest

from reelhouse import __version__, workers
from reelhouse.compute import dask_scheduler
from reelhouse.errors import ComputeError
from tests.support.remote_dask import RemoteDask
from tests.support.wheel import ISOLATED

pytestmark = pytest.mark.slow

Environment = Mapping[str, str]


def compute_there(dask_there: RemoteDask, folder: Path | None = None) -> tuple[int, ...]:
    with dask_scheduler(dask_there.address, n_workers=1, n_partitions=9, folder=folder):
        return tuple(dask.compute(*[dask.delayed(os.getpid, pure=False)() for _ in range(4)]))


def refusal(dask_there: RemoteDask, folder: Path | None = None) -> str:
    with pytest.raises(ComputeError) as raised:
        compute_there(dask_there, folder)
    message = str(raised.value)
    assert "\n" not in message
    return message.replace(dask_there.address, "ADDRESS")


def before(environment: Environment, folder: Path) -> dict[str, str]:
    """The environment with a folder that is looked into first."""
    return {**environment, "PYTHONPATH": f"{folder}{os.pathsep}{environment['PYTHONPATH']}"}


def edited(environment: Environment, folder: Path, name: str, old: str, new: str) -> dict[str, str]:
    """The environment with another source of the library."""
    wheel = Path(environment["PYTHONPATH"].split(os.pathsep)[0])
    shutil.copytree(wheel / "reelhouse", folder / "reelhouse")
    source = folder / "reelhouse" / name
    text = source.read_text(encoding="utf-8")
    assert old in text
    source.write_text(text.replace(old, new, 1), encoding="utf-8")
    return before(environment, folder)


def pretending(environment: Environment, folder: Path, name: str, version: str) -> dict[str, str]:
    """The environment with a distribution that says it is of another version."""
    metadata = folder / f"{name}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return before(environment, folder)


@pytest.fixture
def sound(only_the_wheel: dict[str, str], tmp_path: Path) -> Iterator[RemoteDask]:
    both = [only_the_wheel] * 2
    with RemoteDask(ISOLATED, tmp_path / "there", only_the_wheel, both) as there:
        yield there


def test_workers_with_the_wheel_alone_compute(sound: RemoteDask, tmp_path: Path) -> None:
    assert os.getpid() not in compute_there(sound, tmp_path)


def test_a_folder_that_no_worker_can_see_is_named(sound: RemoteDask, tmp_path: Path) -> None:
    message = refusal(sound, tmp_path / "elsewhere")
    assert re.search(r"no access to \S+elsewhere on tcp://\S+ and 1 more, expected a", message)


def test_a_scheduler_without_bokeh_has_no_dashboard(sound: RemoteDask) -> None:
    with dask_scheduler(sound.address, n_workers=1, n_partitions=9) as place:
        assert (place.name, place.dashboard) == (sound.address, None)


def test_a_scheduler_without_workers_is_refused_after_a_while(
    only_the_wheel: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_WORKERS_SECONDS", 1)
    with RemoteDask(ISOLATED, tmp_path, only_the_wheel, []) as there:
        assert refusal(there) == (
            "the Dask scheduler at ADDRESS has no worker after 1 s, expected at least 1"
        )


def test_a_place_without_the_library_is_named(only_the_wheel: Environment, tmp_path: Path) -> None:
    required = only_the_wheel["PYTHONPATH"].split(os.pathsep)[1]
    bare = {**only_the_wheel, "PYTHONPATH": required}
    with RemoteDask(ISOLATED, tmp_path / "a", bare, [only_the_wheel]) as there:
        assert refusal(there) == (
            "Dask at ADDRESS cannot compute this run: no reelhouse on the scheduler, "
            f"expected {__version__}"
        )
    with RemoteDask(ISOLATED, tmp_path / "b", only_the_wheel, [bare]) as there:
        assert "no reelhouse on tcp://127.0.0.1:" in refusal(there)


def test_another_release_of_the_library_is_refused(
    only_the_wheel: Environment, tmp_path: Path
) -> None:
    old = edited(only_the_wheel, tmp_path / "old", "__init__.py", f'"{__version__}"', '"0.0.1"')
    with RemoteDask(ISOLATED, tmp_path / "there", only_the_wheel, [old, old]) as there:
        message = refusal(there)
    assert re.search(r"reelhouse 0\.0\.1 on tcp://\S+ and 1 more, expected", message)
    assert message.endswith(__version__)


def test_an_edited_source_of_the_same_release_is_refused(
    only_the_wheel: Environment, tmp_path: Path
) -> None:
    edit = edited(only_the_wheel, tmp_path / "edit", "clustering/assign.py", "import", "import ")
    with RemoteDask(ISOLATED, tmp_path / "there", only_the_wheel, [edit]) as there:
        message = refusal(there)
    assert f"other sources of reelhouse {__version__} on tcp://" in message


def test_another_dask_is_refused(only_the_wheel: Environment, tmp_path: Path) -> None:
    old = pretending(only_the_wheel, tmp_path / "old", "dask", "2026.7.0")
    with RemoteDask(ISOLATED, tmp_path / "there", only_the_wheel, [only_the_wheel, old]) as there:
        message = refusal(there)
    assert re.search(r"run: dask 2026\.7\.0 on tcp://\S+, expected 2026\.8", message)


def test_another_numpy_is_a_warning(
    only_the_wheel: Environment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = pretending(only_the_wheel, tmp_path / "old", "numpy", "2.4.0")
    with (
        RemoteDask(ISOLATED, tmp_path / "there", only_the_wheel, [old]) as there,
        caplog.at_level(logging.WARNING, "reelhouse"),
    ):
        assert compute_there(there)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "numpy 2.4.0 on tcp://127.0.0.1:" in caplog.text
