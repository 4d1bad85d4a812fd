"""What the models that are trained on torch have in common.

Torch is needed to fit alone: what was learned is numpy arrays, and compiled kernels answer from
them. So an answer does not depend on torch's threads, nor on the device that trained.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelhouse.errors import RecommendationError
from reelhouse.models.base import Arrays, Model, Progress
from reelhouse.models.checkpoints import Checkpoint
from reelhouse.models.device import Device, RunsOnTorch
from reelhouse.models.saving import RUNS_ON
from reelhouse.models.training import Judge, Training

#: A torch.Tensor; torch's types are not read, so that they do not depend on what is installed.
Tensor = Any

# Threads and determinism are settings of the whole process.
_ONE_AT_A_TIME = threading.RLock()
_N_PARAMETERS = "n_parameters"
#: Settings, of any of the models, that must be at least 1.
_COUNTS = (
    "epochs", "patience", "every", "threads", "checkpoint_every", "batch_size", "hidden", "latent",
    "factors", "layers", "negatives", "messages", "bases", "levels", "feature_units", "heads",
    "encoder_turns", "steps",
)  # fmt: skip


@dataclass(kw_only=True)
class TorchSettings:
    """Settings of every model on torch.

    Attributes
    ----------
    epochs : int
        Most epochs.
    learning_rate : float
        Of Adam.
    patience : int
        Judgements in a row without a better value, after which training stops.
    every : int
        Epochs between two judgements.
    seed : int
    device : str
        `auto` takes a GPU where there is one. On the CPU the same seed gives the same model.
    threads : int
        Of torch while it trains on the CPU. More are faster on large data, but sums are then cut
        differently: the last bits of a model depend on their number, not on the machine's.
    checkpoint : Path or None
        Folder for a checkpoint, from which a fit that was killed goes on.
    checkpoint_every : int
        Epochs between two checkpoints.
    """

    epochs: int = 50
    learning_rate: float = 1e-3
    patience: int = 5
    every: int = 1
    seed: int = 0
    device: Device = field(default="auto", metadata=RUNS_ON)
    threads: int = field(default=1, metadata=RUNS_ON)
    checkpoint: Path | None = field(default=None, metadata=RUNS_ON)
    checkpoint_every: int = field(default=5, metadata=RUNS_ON)

    def __post_init__(self) -> None:
        """Raise a RecommendationError unless each count is at least 1 and the rate above 0."""
        for name in _COUNTS:
            counts = getattr(self, name, 1)
            for count in counts if isinstance(counts, tuple) else (counts,):
                if count < 1:
                    raise RecommendationError(f"{name} is {count}, required is 1 or more")
        for name in ("dropout", "hidden_share"):
            share = getattr(self, name, 0.0)
            if not 0 <= share < 1:
                raise RecommendationError(f"{name} is {share}, required is 0 or more and below 1")
        if not self.learning_rate > 0:
            raise RecommendationError(
                f"learning_rate is {self.learning_rate}, required is more than 0"
            )


class OnTorch(TorchSettings, Model):
    """A model whose learned numbers stand in one mapping.

    Attributes
    ----------
    learned_ : mapping of str to ndarray
        All that predicting needs.
    """

    learned_: Arrays

    def arrays(self) -> Arrays:
        """What was learned, all that predicting needs."""
        return self.learned_

    def restore(self, arrays: Arrays) -> None:
        """Become the fitted model whose `arrays` these are."""
        self.learned_ = arrays

    @property
    def n_parameters(self) -> int:
        """How many numbers were learned."""
        return int(self.learned_[_N_PARAMETERS][0])


class Learner(ABC):
    """Parameters of a network, how an epoch changes them, and what predicting needs of them.

    Attributes
    ----------
    device : torch.device
    parameters : mapping of str to Tensor
        All that is learned.
    optimizers : sequence of torch.optim.Adam
        Each of some of the parameters.
    held : mapping of str to Tensor
        What an epoch changes beside the parameters.
    """

    device: Any
    parameters: Mapping[str, Tensor]
    optimizers: Sequence[Any]
    held: Mapping[str, Tensor]

    @abstractmethod
    def epoch(self, number: int, random: Any) -> None:
        """Change the parameters; `random` is a torch.Generator of this epoch's own."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What predicting needs."""

    def state(self) -> dict[str, NDArray[Any]]:
        """What the next epoch needs, by name."""
        found = {f"parameters/{name}": to_numpy(one) for name, one in self.parameters.items()}
        found |= {f"held/{name}": to_numpy(one) for name, one in self.held.items()}
        for name, moments in self._moments():
            found |= {f"{name}/{key}": to_numpy(one) for key, one in moments.items()}
        return found

    def resume(self, state: Arrays) -> None:
        """Take such a state."""
        with torch.no_grad():
            for kind, tensors in (("parameters", self.parameters), ("held", self.held)):
                for name, one in tensors.items():
                    one.copy_(torch.from_numpy(state[f"{kind}/{name}"].copy()))
        for number, optimizer in enumerate(self.optimizers):
            for place, one in enumerate(optimizer.param_groups[0]["params"]):
                prefix = f"moments/{number}/{place}/"
                optimizer.state[one] = {
                    name.removeprefix(prefix): self._moment(name, array)
                    for name, array in state.items()
                    if name.startswith(prefix)
                }

    def _moments(self) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
        for number, optimizer in enumerate(self.optimizers):
            for place, one in enumerate(optimizer.param_groups[0]["params"]):
                yield f"moments/{number}/{place}", optimizer.state.get(one, {})

    def _moment(self, name: str, array: NDArray[Any]) -> Tensor:
        moment = torch.from_numpy(array.copy())
        # Adam counts its steps on the CPU.
        return moment if name.endswith("/step") else moment.to(self.device)


def run_epochs(
    model: OnTorch, learner: Learner, judge: Judge | None, progress: Progress | None, fit: str
) -> None:
    """Train a model; see `reelhouse.models.training.Training`.

    Parameters
    ----------
    judge : Judge or None
        Asks the model itself, which takes over what was learned before each judgement.
    fit : str
        Tells the fit from others; see `reelhouse.models.checkpoints.fit_of`.
    """
    n_parameters = np.array([sum(one.numel() for one in learner.parameters.values())])

    def step(epoch: int) -> None:
        learner.epoch(epoch, generator(learner.device, model.seed, epoch))

    def take_over() -> None:
        model.restore({**learner.arrays(), _N_PARAMETERS: n_parameters})

    def measure() -> float:
        take_over()
        return judge.measure() if judge is not None else 0.0

    checkpoint = None
    if model.checkpoint is not None:
        checkpoint = Checkpoint(
            Path(model.checkpoint), model.checkpoint_every, fit, learner.state, learner.resume
        )
    training: Training[Arrays] = Training(
        epochs=model.epochs, step=step, keep=model.arrays, put_back=model.restore,
        judge=None if judge is None else Judge(measure, judge.higher_is_better),
        patience=model.patience, every=model.every, progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    model.curve_, model.epochs_ = training.run()
    if judge is None:
        take_over()


@contextmanager
def torch_scope(settings: RunsOnTorch) -> Iterator[Any]:
    """Give the device to train on; torch's own settings are put back afterwards.

    Raises
    ------
    RecommendationError
        When a GPU is asked for and there is none.
    """
    device = _device(settings.device)
    with _ONE_AT_A_TIME:
        threads = torch.get_num_threads()
        deterministic = torch.are_deterministic_algorithms_enabled()
        warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
        filled = torch.utils.deterministic.fill_uninitialized_memory
        torch.set_num_threads(settings.threads)
        # It would hide what reads memory before it is written, and costs a sixth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False
        # CUDA's would require a variable that is set before the process starts.
        torch.use_deterministic_algorithms(device.type == "cpu")
        try:
            # What is built inside may draw from torch's global randomness.
            with torch.random.fork_rng(devices=[]):
                yield device
        finally:
            torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
            torch.utils.deterministic.fill_uninitialized_memory = filled
            torch.set_num_threads(threads)


def generator(device: Any, seed: int, epoch: int) -> Any:
    """Randomness of one epoch: none of it has to be carried from one epoch to the next."""
    drawn = np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0]
    return torch.Generator(device).manual_seed(int(drawn >> np.uint64(1)))


def glorot(shape: tuple[int, ...], random: Any) -> Tensor:
    """Weights drawn by Glorot's rule, on the generator's device, to be learned."""
    weights = torch.empty(shape, device=random.device)
    return torch.nn.init.xavier_uniform_(weights, generator=random).requires_grad_()


def normal(shape: tuple[int, ...], spread: float, random: Any) -> Tensor:
    """Weights drawn from a normal distribution, to be learned."""
    weights = torch.randn(shape, generator=random, device=random.device) * spread
    return weights.requires_grad_()


def zeros(n: int, device: Any) -> Tensor:
    """Weights that begin at 0, to be learned."""
    return torch.zeros(n, device=device, requires_grad=True)


def dropped(values: Tensor, share: float, random: Any) -> Tensor:
    """Values of which a share is set to 0, and the rest scaled up as much."""
    if share <= 0:
        return values
    kept = torch.rand(values.shape, generator=random, device=values.device) >= share
    return values * kept / (1 - share)


def batches(n: int, size: int, random: Any) -> Iterator[Tensor]:
    """Numbers from 0 to n - 1 in a random order, in batches."""
    yield from torch.randperm(n, generator=random, device=random.device).split(size)


def to_numpy(tensor: Tensor) -> NDArray[Any]:
    """Copy of a tensor."""
    found: NDArray[Any] = tensor.detach().cpu().numpy().copy()
    return found


def _device(wanted: Device) -> Any:
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise RecommendationError("the device cuda is asked for, torch finds no GPU: use cpu")
    return torch.device("cuda" if found and wanted != "cpu" else "cpu")
