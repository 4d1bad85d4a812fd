"""Settings of the networks that were measured to be the best for titles of a catalogue.

`python -m bench deep` measures them, and the flow `deep` takes them where it is told nothing else;
docs/deep.md has the figures.
"""

from __future__ import annotations

from reelhouse.deep.settings import (
    AutoencoderSettings,
    DenseSettings,
    InputKind,
    LstmSettings,
    RefinementSettings,
)

#: What the networks read, and of which fields: the genre is left to judge the clusters by.
TITLE_INPUT: InputKind = "tfidf-svd"
TITLE_FIELDS = ("description", "director", "cast", "country", "rating", "type")

TITLE_AUTOENCODER = AutoencoderSettings(
    layers=(256, 10), optimizer="adam", layer_epochs=5, epochs=10, noise=0.2, neighbours=10
)
#: DEC with a target for about every pass over the 7,787 titles of January 2021.
TITLE_DEC = RefinementSettings(
    start="directions", optimizer="sgd", learning_rate=0.01, update_every=31, most_updates=30
)
#: The same as IDEC: codes go on telling what they stand for.
TITLE_IDEC = TITLE_DEC.model_copy(update={"reconstruction": 1.0})

#: A dense network that stops before it learns its titles by heart.
TITLE_DENSE = DenseSettings(
    layers=(512, 256), optimizer="adam", dropout=0.2, epochs=150, patience=15, weight_decay=0.01
)

#: Words keep the vectors that they are given: learned further, rare ones are known by heart.
TITLE_LSTM = LstmSettings(
    layers=(64,), learns_vectors=False, optimizer="adam", learning_rate=0.003, dropout=0.5,
    input_dropout=0.2, batch_size=64, epochs=40, patience=6,
)  # fmt: skip
