"""Modules on an optional extra are searched for examples where the extra is installed alone."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob: list[str] = []
if find_spec("torch") is None or find_spec("torch_geometric") is None:
    collect_ignore_glob += [
        "reelhouse/models/on_torch.py",
        "reelhouse/models/torch_fits.py",
        "reelhouse/models/autoencoders/*",
        "reelhouse/models/graph/*",
        "reelhouse/deep/autoencoder.py",
        "reelhouse/deep/classifying.py",
        "reelhouse/deep/dense.py",
        "reelhouse/deep/lstm.py",
        "reelhouse/deep/reading.py",
        "reelhouse/deep/refinement.py",
        "reelhouse/deep/steps.py",
        "reelhouse/embedded/classifiers.py",
        "reelhouse/embedded/figures.py",
        "reelhouse/embedded/fit.py",
    ]
