"""Settings of the flow `deep`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Field, PositiveInt, field_validator

from reelhouse.deep.measured import (
    TITLE_AUTOENCODER,
    TITLE_DENSE,
    TITLE_FIELDS,
    TITLE_IDEC,
    TITLE_INPUT,
    TITLE_LSTM,
)
from reelhouse.deep.settings import (
    AutoencoderSettings,
    DenseSettings,
    InputKind,
    LstmSettings,
    RefinementSettings,
    SequenceSettings,
)
from reelhouse.features.fields import FIELDS
from reelhouse.features.settings import FeatureKind, FeatureOptions
from reelhouse.models.device import Device
from reelhouse.settings import PartitionSettings, PrivateUri, Seed, Settings

COLLECTION = "deep"
ClassifierName: TypeAlias = Literal["linear", "dense", "shallow-lstm", "deep-lstm"]
CLASSIFIERS: tuple[ClassifierName, ...] = get_args(ClassifierName)
#: Of the networks' own settings, what the whole run has one of.
_OF_THE_RUN = ("seed", "device", "threads")


class DeepSettings(Settings):
    """What the networks read, how they cluster and are judged, where it is published."""

    titles: PrivateUri
    """Path or URI of the snapshot: CSV, plain, gzip or zip."""

    store: PrivateUri
    """Folder or s3://bucket/prefix that versions are published to."""

    features: InputKind = TITLE_INPUT
    """What the networks read: padded sequences of words, or a kind of feature."""

    fields: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = TITLE_FIELDS
    """Fields of a title that are read; sequences are of descriptions alone. The genre is left to
    judge the clusters by. Clusters of all other fields are what the classifiers are tried on as
    well."""

    feature_options: FeatureOptions = Field(default_factory=FeatureOptions)
    """Settings of each kind of feature."""

    sequences: SequenceSettings = Field(default_factory=SequenceSettings)
    """Words and places of sequences; of the LSTMs' too."""

    n_clusters: PositiveInt | Literal["auto"] = "auto"
    """Number of clusters; auto chooses on the codes of the autoencoder."""

    autoencoder: AutoencoderSettings = TITLE_AUTOENCODER
    """The network that writes titles as short codes."""

    refinement: RefinementSettings = TITLE_IDEC
    """How codes and centroids sharpen one another; the number of clusters is that of the run."""

    classifiers: Annotated[tuple[ClassifierName, ...], Field(strict=False)] = ("linear", "dense")
    """Classifiers that learn to tell a title's cluster; none publishes none."""

    dense: DenseSettings = TITLE_DENSE
    """The dense classifier."""

    lstm: LstmSettings = TITLE_LSTM
    """The shallow LSTM; the deep one has its first layer twice. Vectors of words are as long as the
    word vectors of the features."""

    seed: Seed = 0
    """Seed of everything random; the networks' own are not used."""

    device: Device = "auto"
    """Where all networks train."""

    threads: PositiveInt = 1
    """Of torch on the CPU, for all networks."""

    pictures: bool = True
    """Draw them."""

    checkpoints: Annotated[str, Field(min_length=1)] | None = None
    """Folder where a run keeps what is finished: a killed run that is started again goes on from
    there."""

    partitions: PartitionSettings = Field(default_factory=PartitionSettings)
    """Size of a partition, and who computes the features."""

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [field for field in fields if field not in FIELDS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no field, required: some of {', '.join(FIELDS)}")
        # In one order, and each once: the order decides nothing.
        return tuple(field for field in FIELDS if field in fields)

    @property
    def kind(self) -> FeatureKind:
        """Kind of the published features: TF-IDF for sequences, which have no terms."""
        return "tfidf" if self.features == "sequences" else self.features

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The fields that really are read."""
        return ("description",) if self.features == "sequences" else self.fields

    @property
    def other_fields(self) -> tuple[str, ...]:
        """Fields that are not."""
        return tuple(field for field in FIELDS if field not in self.read_fields)

    @property
    def reads_words(self) -> bool:
        """Whether an LSTM is trained: it reads the vectors of words."""
        return bool({"shallow-lstm", "deep-lstm"} & set(self.classifiers))

    def of_the_run(self) -> dict[str, Any]:
        """What each network takes from the run."""
        return {name: getattr(self, name) for name in _OF_THE_RUN}


def outcome_settings(settings: DeepSettings) -> dict[str, Any]:
    """The settings that decide what is published: not where from, where to or who computes."""
    used = settings.feature_options.used_by(settings.kind)
    if settings.reads_words:
        used |= settings.feature_options.used_by("word-vectors")
    elsewhere: dict[str, Any] = {
        "titles": True,
        "store": True,
        "checkpoints": True,
        "device": True,
        "partitions": {"dask", "n_workers"},
        "feature_options": set(FeatureOptions.model_fields) - used,
        "refinement": {*_OF_THE_RUN, "n_clusters"},
        **{name: set(_OF_THE_RUN) for name in ("autoencoder", "dense", "lstm")},
    }
    return settings.model_dump(mode="json", exclude=elsewhere)
