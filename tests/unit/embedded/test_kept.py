from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.network import Network
from reelhouse.embedded.kept import Kept, Trained
from reelhouse.errors import NetworkError


def network(value: float) -> Network:
    return Network(((np.full((3, 2), value, np.float32), np.zeros(2, np.float32)),))


TRAINED = Trained(network(1), network(2), 0.5, (EpochFigures("layer 1", 1, 0.25, 0.75),))


def never() -> Trained:
    raise AssertionError("it was trained again")


def same(found: Trained, wanted: Trained) -> bool:
    arrays = [(one.encoder.arrays("e") | one.decoder.arrays("d")) for one in (found, wanted)]
    return (found.scale, found.curve) == (wanted.scale, wanted.curve) and all(
        np.array_equal(arrays[0][name], arrays[1][name]) for name in arrays[1]
    )


def test_what_was_trained_is_not_trained_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new", "key of the run")
    assert same(kept.autoencoder(lambda: TRAINED), TRAINED)
    assert same(kept.autoencoder(never), TRAINED)


def test_another_run_has_a_file_of_its_own(tmp_path: Path) -> None:
    Kept(tmp_path, "a" * 64).autoencoder(lambda: TRAINED)
    with pytest.raises(AssertionError, match="trained again"):
        Kept(tmp_path, "b" * 64).autoencoder(never)


def test_what_is_forgotten_is_gone_and_forgetting_nothing_is_no_error(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "key")
    kept.autoencoder(lambda: TRAINED)
    kept.forget()
    kept.forget()
    Kept(None, "key").forget()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    kept = Kept(None, "key")
    assert kept.autoencoder(lambda: TRAINED) is TRAINED
    with pytest.raises(AssertionError, match="trained again"):
        kept.autoencoder(never)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "key")
    (tmp_path / kept.name).write_bytes(b"\x00" * 20)
    with pytest.raises(NetworkError, match="remove it to begin anew"):
        kept.autoencoder(never)
