"""A stacked autoencoder, its layers trained one by one and then together.

References
----------
Vincent, P., Larochelle, H., Lajoie, I., Bengio, Y. and Manzagol, P.-A. (2010). Stacked denoising
    autoencoders. JMLR 11.
Xie, J., Girshick, R. and Farhadi, A. (2016). Unsupervised deep embedding for clustering analysis.
    ICML. arXiv:1511.06335.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

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
        stacked = _Stacked(settings, source, device)
        curve = stacked.train()
        return Autoencoder(
            network_of(stacked.encoder), network_of(stacked.decoder), scale, tuple(curve)
        )


class _Stacked:
    def __init__(self, settings: AutoencoderSettings, source: BatchSource, device: Any) -> None:
        self._settings, self._source = settings, source
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
        code = linear_on_top(dropped(given, self._settings.noise, random), self.encoder)
        return torch.nn.functional.mse_loss(linear_on_top(code, self.decoder), given)
