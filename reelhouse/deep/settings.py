"""Settings of the networks, and those of a published study beside those that work better.

The study clustered the descriptions of a streaming catalogue by deep embedded clustering and
trained classifiers on the clusters. It says how its networks were trained, not how wide they are:
the widths under `STUDY` are those of Xie et al. (2016) for the autoencoder and common ones else.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from reelhouse.features.settings import FEATURE_KINDS, FeatureKind
from reelhouse.models.device import Device
from reelhouse.settings import Seed, Settings

#: What goes into an autoencoder or a dense network: padded sequences, or a kind of feature.
InputKind: TypeAlias = Literal["sequences"] | FeatureKind
INPUT_KINDS: tuple[InputKind, ...] = ("sequences", *FEATURE_KINDS)
Optimizer: TypeAlias = Literal["rmsprop", "sgd", "adam"]
Pooling: TypeAlias = Literal["last", "mean", "attention"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)

_Widths = Annotated[tuple[PositiveInt, ...], Field(strict=False)]
_Share = Annotated[float, Field(ge=0, lt=1)]


class SequenceSettings(Settings):
    """Texts as sequences of word numbers."""

    n_words: PositiveInt = 10_000
    """Words that have a number, the most frequent first."""

    length: PositiveInt = 1_500
    """Places of a padded sequence; of a longer text the last words count."""

    padding: Literal["before", "after"] = "before"
    """Where the empty places are."""

    words: Literal["keras", "tokens"] = "keras"
    """keras splits a text as Keras' Tokenizer does; tokens are those of the features: lemmas,
    joined phrases, no stop words."""


class StepSettings(Settings):
    """How weights move, and where."""

    optimizer: Optimizer = "rmsprop"
    """Rule by which the weights move."""

    learning_rate: PositiveFloat = 0.001
    """Size of its steps."""

    momentum: _Share = 0.9
    """How much of a step the next one repeats; of rmsprop and sgd."""

    weight_decay: NonNegativeFloat = 0.0
    """Share of the learning rate by which each step shrinks the weights."""

    batch_size: PositiveInt = 128
    """Rows of a step."""

    seed: Seed = 0
    """Seed of the first weights, the order of rows and all that is hidden."""

    device: Device = "auto"
    """auto takes a GPU where there is one; on the CPU a seed gives the same network each time."""

    threads: PositiveInt = 1
    """Of torch on the CPU; sums are cut differently by another number, in their last bits."""


class TrainingSettings(StepSettings):
    """How a network is trained."""

    epochs: PositiveInt = 50
    """Most passes over the rows."""


class AutoencoderSettings(TrainingSettings):
    """A stacked autoencoder; the code is linear, the layers before it are rectified."""

    layers: Annotated[tuple[PositiveInt, ...], Field(strict=False, min_length=1)] = (
        500,
        500,
        2000,
        10,
    )
    """Units of the encoder's layers, the last the code; the decoder mirrors them."""

    pretraining: Literal["layer-wise", "end-to-end"] = "layer-wise"
    """layer-wise trains each layer as a denoising autoencoder of what comes before it, then all of
    them together; end-to-end leaves the first out."""

    layer_epochs: PositiveInt = 50
    """Passes over the rows for each layer alone."""

    hidden_share: _Share = 0.2
    """Share of what goes into a layer that is hidden while it learns alone."""

    noise: _Share = 0.0
    """Share of what goes into the whole network that is hidden while all layers learn together."""

    neighbours: NonNegativeInt = 0
    """0 lets the whole network answer the row that it reads; with more it answers one of so many
    nearest rows, drawn anew each time: what tells a row from those around it is not kept."""

    scaling: Literal["mean-square", "none"] = "mean-square"
    """mean-square multiplies all input by the number that brings its mean square to 1."""


class RefinementSettings(StepSettings):
    """How an encoder and its centroids are refined."""

    n_clusters: PositiveInt = 20
    """Number of centroids."""

    alpha: PositiveFloat = 1.0
    """Degrees of freedom of Student's t; the larger, the less far points count."""

    reconstruction: NonNegativeFloat = 0.0
    """Weight of the reconstruction beside that of the divergence, which is 1. 0 is DEC, which
    drops the decoder; with more it is IDEC."""

    optimizer: Optimizer = "adam"
    """Rule by which encoder and centroids move."""

    batch_size: PositiveInt = 256
    """Rows of a step."""

    update_every: PositiveInt = 140
    """Steps between two computations of the target."""

    most_updates: PositiveInt = 100
    """Most computations of the target."""

    tolerance: _Share = 0.001
    """It ends when no more than this share of the labels changed between two targets."""

    start: Literal["codes", "directions"] = "codes"
    """codes finds the first centroids by k-means of the codes. directions does so by spherical
    k-means of the codes less their mean, decorrelated: there no direction counts more for its
    spread, and no row for its length. The centroids are then the means of the codes."""

    restarts: PositiveInt = 20
    """Seedings of the k-means that finds the first centroids; the best counts."""


class ClassifierSettings(TrainingSettings):
    """How a classifier is trained."""

    patience: NonNegativeInt = 5
    """Epochs in a row without a smaller loss on the validation rows, after which it stops and the
    best epoch's weights are taken; 0 does all epochs and takes the last."""

    dropout: _Share = 0.0
    """Share of the units before the last layer that each step hides."""

    input_dropout: _Share = 0.0
    """Share of the input (of an LSTM: of the words) that each step hides."""


class DenseSettings(ClassifierSettings):
    """A dense network, rectified, with a softmax on top."""

    layers: _Widths = (256,)
    """Units of the hidden layers; none is a linear classifier."""

    scaling: Literal["mean-square", "none"] = "mean-square"
    """As of `AutoencoderSettings`."""


class LstmSettings(ClassifierSettings):
    """A network that reads a text word by word."""

    reads: Literal["words", "numbers"] = "words"
    """words gives each word a vector that is learned; numbers reads the padded sequence of scaled
    word numbers, one at each of its places, as the study did."""

    dimensions: PositiveInt = 100
    """Length of the vectors of words."""

    layers: _Widths = Field((64,), min_length=1)
    """Units of the LSTM's layers, of each direction."""

    bidirectional: bool = True
    """Whether a second network reads from the end."""

    pooling: Pooling = "attention"
    """What of all places the last layer sees: the last state, their mean, or the mean weighed by
    what attention learns."""

    clip: NonNegativeFloat = 1.0
    """Largest length of a gradient; 0 does not clip."""


#: Training of the study, everything that it says.
STUDY_AUTOENCODER = AutoencoderSettings(pretraining="end-to-end", scaling="none")
STUDY_DENSE = DenseSettings(layers=(512, 256), patience=0, scaling="none")
STUDY_DEEP_LSTM = LstmSettings(
    reads="numbers", layers=(64, 64, 64), bidirectional=False, pooling="last", optimizer="sgd",
    learning_rate=0.1, epochs=100, patience=0, clip=0.0,
)  # fmt: skip
STUDY_SHALLOW_LSTM = STUDY_DEEP_LSTM.model_copy(update={"layers": (64,)})
