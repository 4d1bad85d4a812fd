"""A stacked autoencoder, its layers trained one by one and then together.

References
----------
Vincent, P., Larochelle, H., Lajoie, I., Bengio, Y. and Manzagol, P.-A. (2010). Stacked denoising
    autoencoders. JMLR 11.
Xie, J., Girshick, R. and Farhadi, A. (2016). Unsupervised deep embedding for clustering analysis.
    ICML. arXiv:1511.06335.
Wang, W., Huang, Y., Wang, Y. and Wang, L. (2014). Generalized autoencoder: a neural network
    framework for dimensionality reduction. CVPR workshops (answering rows that are near).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelhouse.deep.curves import EpochFigures
from reelhouse.deep.network import InputRows, Network, mean_square_scale
from reelhouse.deep.settings import AutoencoderSettings
from reelhouse.deep.steps import (
    BatchSource,
    flat,
    linear_on_top,
    network_of,
    rectified,
    run_stage,
    stack,
)
from reelhouse.models.on_torch import Tensor, dropped, generator, torch_scope


@dataclass(frozen=True)
class Autoencoder:
    """What was learned of some rows.

    Attributes
    ----------
    encoder, decoder : Network
        Of rows times `scale`.
    scale : float
    curve : tuple of EpochFigures
    """

    encoder: Network
    decoder: Network
    scale: float
    curve: tuple[EpochFigures, ...]

    @property
    def folded_encoder(self) -> Network:
        """The encoder of the rows as they are."""
        return self.encoder.scaled(self.scale)


def fit_autoencoder(rows: InputRows, settings: AutoencoderSettings) -> Autoencoder:
    """Learn to write rows as short codes that they can be read from.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    settings : AutoencoderSettings

    Raises
    ------
    NetworkError
        When there are no rows, or the loss is no longer a number.
    """
    scale = mean_square_scale(rows) if settings.scaling == "mean-square" else 1.0
    with torch_scope(settings) as device:
        source = BatchSource(rows, device, scale)
        nearest = nearest_rows(rows, settings.neighbours) if settings.neighbours else None
        stacked = _Stacked(settings, source, nearest, device)
        curve = stacked.train()
        return Autoencoder(
            network_of(stacked.encoder), network_of(stacked.decoder), scale, tuple(curve)
        )


def nearest_rows(rows: InputRows, n_nearest: int) -> NDArray[np.int64]:
    """The nearest other rows of each, by Euclidean distance.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    n_nearest : int

    Returns
    -------
    ndarray of shape (n_rows, n_nearest), int64
        The nearest first; fewer where there are not as many other rows, the row itself where
        there are none.
    """
    from sklearn.neighbors import NearestNeighbors

    n_other = min(n_nearest, rows.shape[0] - 1)
    if n_other < 1:
        return np.zeros((rows.shape[0], 1), dtype=np.int64)
    # Without rows to ask for, those learned from are asked for, and none is its own neighbour.
    search = NearestNeighbors(n_neighbors=n_other, algorithm="brute").fit(rows)
    found: NDArray[np.int64] = search.kneighbors(return_distance=False)
    return found


class _Stacked:
    def __init__(
        self,
        settings: AutoencoderSettings,
        source: BatchSource,
        nearest: NDArray[np.int64] | None,
        device: Any,
    ) -> None:
        self._settings, self._source = settings, source
        self._nearest: Any = None if nearest is None else torch.from_numpy(nearest).to(device)
        random = generator(device, settings.seed, 0)
        widths = (source.n_columns, *settings.layers)
        self.encoder = stack(widths, random)
        self.decoder = stack(widths[::-1], random)

    def train(self) -> list[EpochFigures]:
        settings = self._settings
        curve: list[EpochFigures] = []
        if settings.pretraining == "layer-wise":
            for depth in range(len(self.encoder)):
                curve += run_stage(
                    f"layer {depth + 1}", settings, self._loss_of_layer(depth),
                    flat([self.encoder[depth], self._mirror(depth)]),
                    n=self._source.n, epochs=settings.layer_epochs, first_epoch=len(curve),
                )  # fmt: skip
        return curve + run_stage(
            "all layers", settings, self._loss, flat([*self.encoder, *self.decoder]),
            n=self._source.n, epochs=settings.epochs, first_epoch=len(curve),
        )  # fmt: skip

    def _mirror(self, depth: int) -> tuple[Tensor, Tensor]:
        """The decoder's layer that answers what the encoder's layer of a depth reads."""
        return self.decoder[len(self.decoder) - 1 - depth]

    def _loss_of_layer(self, depth: int) -> Any:
        """Loss of a layer that learns alone what the layers before it give."""
        encode, decode = self.encoder[depth], self._mirror(depth)
        # The code is linear, and so is what stands for the input.
        to_code = linear_on_top if depth == len(self.encoder) - 1 else rectified
        to_input = linear_on_top if depth == 0 else rectified
        share = self._settings.hidden_share

        def loss(chosen: Tensor, random: Any) -> Tensor:
            with torch.no_grad():
                given = rectified(self._source.take(chosen), self.encoder[:depth])
            code = to_code(dropped(given, share, random), [encode])
            answer = to_input(dropped(code, share, random), [decode])
            return torch.nn.functional.mse_loss(answer, given)

        return loss

    def _loss(self, chosen: Tensor, random: Any) -> Tensor:
        given = self._source.take(chosen)
        wanted = given if self._nearest is None else self._source.take(self._drawn(chosen, random))
        code = linear_on_top(dropped(given, self._settings.noise, random), self.encoder)
        return torch.nn.functional.mse_loss(linear_on_top(code, self.decoder), wanted)

    def _drawn(self, chosen: Tensor, random: Any) -> Tensor:
        """One of the nearest rows of each."""
        around = self._nearest[chosen]
        drawn = torch.randint(
            around.shape[1], (around.shape[0], 1), generator=random, device=around.device
        )
        return around.gather(1, drawn)[:, 0]
