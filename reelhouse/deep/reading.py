"""Layers of a network that reads sequences, and sequences as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from reelhouse.clustering.geometry import FloatArray
from reelhouse.deep.settings import LstmSettings
from reelhouse.errors import NetworkError
from reelhouse.models.base import Arrays
from reelhouse.models.on_torch import Tensor, dropped, glorot, normal, zeros

#: Spread of the vectors of words as they are drawn.
_SPREAD = 0.1


class WordRows:
    """Texts as padded rows of word numbers, and how long each is.

    Parameters
    ----------
    sequences : sequence of ndarrays of int32
    n_numbers : int
        One more than the highest number of a word.
    length : int
        Places of a padded row; of a longer text the last words count.
    device : torch.device
    """

    def __init__(
        self, sequences: Sequence[NDArray[np.int32]], n_numbers: int, length: int, device: Any
    ) -> None:
        self.n, self._length, self._highest = len(sequences), length, n_numbers - 1
        # A text without a known word is one empty place: a packed sequence has no empty rows.
        sizes = np.array([min(max(one.size, 1), length) for one in sequences])
        rows = np.zeros((self.n, int(sizes.max(initial=1))), dtype=np.int64)
        for row, one in zip(rows, sequences, strict=True):
            row[: min(one.size, length)] = one[-length:]
        self._rows, self._sizes = torch.from_numpy(rows).to(device), torch.from_numpy(sizes)

    def words(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Word numbers of some texts, empty places after them, and their lengths on the CPU."""
        sizes = self._sizes[chosen.cpu()]
        return self._rows[chosen][:, : int(sizes.max())], sizes

    def numbers(self, chosen: Tensor) -> Tensor:
        """Scaled numbers, empty places before them: shape (n_chosen, length, 1)."""
        rows = self._rows[chosen]
        whole = torch.zeros((rows.shape[0], self._length), device=rows.device)
        sizes = self._sizes[chosen.cpu()].to(rows.device)
        # Each row is moved to the end of its places.
        at = torch.arange(rows.shape[1], device=rows.device)[None, :]
        held = at < sizes[:, None]
        columns = at + (self._length - sizes)[:, None]
        row_of = torch.arange(rows.shape[0], device=rows.device)[:, None].expand_as(rows)
        whole[row_of[held], columns[held]] = rows[held] / max(self._highest, 1)
        return whole[:, :, None]


class ReadingNetwork:
    """Vectors of words, layers of LSTM, what is seen of their states, and the last layer.

    Parameters
    ----------
    settings : LstmSettings
    n_numbers : int
    n_classes : int
    random : torch.Generator
        Draws the weights, on its device.
    """

    def __init__(self, settings: LstmSettings, n_numbers: int, n_classes: int, random: Any) -> None:
        self._settings = settings
        self.reads_words = settings.reads == "words"
        self._own: dict[str, Tensor] = {}
        width = 1
        if self.reads_words:
            width = settings.dimensions
            self._own["vectors"] = _word_vectors(n_numbers, width, random)
        self._layers = []
        for units in settings.layers:
            self._layers.append(_lstm(width, units, settings.bidirectional, random))
            width = units * (2 if settings.bidirectional else 1)
        if settings.pooling == "attention":
            self._own |= {
                "attend": glorot((width, width), random),
                "attend_bias": zeros(width, random.device),
                "attend_to": glorot((width, 1), random),
            }
        self._own["last"] = glorot((width, n_classes), random)
        self._own["last_bias"] = zeros(n_classes, random.device)

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """All that an answer needs, by name."""
        yield from self._own.items()
        for number, layer in enumerate(self._layers):
            for name, one in layer.named_parameters():
                yield f"lstm{number}/{name}", one

    def learned(self) -> list[Tensor]:
        """All that training moves."""
        kept = set() if self._settings.learns_vectors else {"vectors"}
        return [one for name, one in self.named() if name not in kept]

    def restore(self, weights: Arrays) -> None:
        """Take weights of the same names and shapes.

        Raises
        ------
        NetworkError
            When one is missing or has another shape.
        """
        with torch.no_grad():
            for name, one in self.named():
                found = weights.get(name)
                if found is None or found.shape != tuple(one.shape):
                    shape = None if found is None else found.shape
                    raise NetworkError(f"{name} has shape {shape}, required is {tuple(one.shape)}")
                one.copy_(torch.from_numpy(found.copy()))

    def begin_with(self, vectors: Mapping[int, FloatArray]) -> None:
        """Give words the vectors that they begin with, brought to the length of drawn ones."""
        if not vectors:
            return
        table = np.stack(list(vectors.values())).astype(np.float32)
        table *= _SPREAD / max(float(table.std()), 1e-12)
        with torch.no_grad():
            self._own["vectors"][list(vectors)] = torch.from_numpy(table).to(
                self._own["vectors"].device
            )

    def read_words(self, numbers: Tensor, sizes: Tensor, random: Any) -> Tensor:
        """Logits of padded word numbers; what is hidden is drawn, nothing where it is None."""
        share = self._settings.input_dropout
        if random is not None and share:
            kept = torch.rand(numbers.shape, generator=random, device=numbers.device) >= share
            numbers = numbers * kept
        given = torch.nn.functional.embedding(numbers, self._own["vectors"], padding_idx=0)
        packed = pack_padded_sequence(given, sizes, batch_first=True, enforce_sorted=False)
        states, last = self._states(packed, random)
        padded, _ = pad_packed_sequence(states, batch_first=True)
        places = torch.arange(padded.shape[1], device=padded.device)
        held = places[None, :] < sizes.to(padded.device)[:, None]
        return self._answer(padded, held, last, random)

    def read_numbers(self, given: Tensor, random: Any) -> Tensor:
        """Logits of rows of scaled numbers, empty places included."""
        states, last = self._states(given, random)
        held = torch.ones(given.shape[:2], dtype=torch.bool, device=given.device)
        return self._answer(states, held, last, random)

    def _states(self, given: Any, random: Any) -> tuple[Any, Tensor]:
        last: Any = None
        for number, layer in enumerate(self._layers):
            if number and random is not None:
                given = _thinned(given, self._settings.dropout, random)
            given, (last, _) = layer(given)
        # Of either direction, the state after the last word that it reads.
        return given, torch.cat(list(last), dim=1)

    def _answer(self, states: Tensor, held: Tensor, last: Tensor, random: Any) -> Tensor:
        seen = last
        if self._settings.pooling == "mean":
            seen = (states * held[:, :, None]).sum(1) / held.sum(1)[:, None]
        if self._settings.pooling == "attention":
            own = self._own
            weights = torch.tanh(states @ own["attend"] + own["attend_bias"]) @ own["attend_to"]
            weights = weights.masked_fill(~held[:, :, None], -torch.inf).softmax(dim=1)
            seen = (states * weights).sum(1)
        if random is not None:
            seen = dropped(seen, self._settings.dropout, random)
        return seen @ self._own["last"] + self._own["last_bias"]


def _thinned(given: Any, share: float, random: Any) -> Any:
    """Units of which a share is hidden, packed as they were."""
    if isinstance(given, PackedSequence):
        return given._replace(data=dropped(given.data, share, random))
    return dropped(given, share, random)


def _word_vectors(n_numbers: int, dimensions: int, random: Any) -> Tensor:
    vectors = normal((n_numbers, dimensions), _SPREAD, random).detach()
    vectors[0] = 0.0
    return vectors.requires_grad_()


def _lstm(n_inputs: int, units: int, bidirectional: bool, random: Any) -> Any:
    """A layer that begins as Keras' do: Glorot, orthogonal, and gates that forget nothing."""
    layer = torch.nn.LSTM(
        n_inputs, units, batch_first=True, bidirectional=bidirectional, device=random.device
    )
    with torch.no_grad():
        for name, one in layer.named_parameters():
            if name.startswith("weight_ih"):
                torch.nn.init.xavier_uniform_(one, generator=random)
            elif name.startswith("weight_hh"):
                torch.nn.init.orthogonal_(one, generator=random)
            else:
                one.zero_()
                if name.startswith("bias_ih"):
                    # torch's order of the gates: input, forget, cell, output.
                    one[units : 2 * units] = 1.0
    return layer
