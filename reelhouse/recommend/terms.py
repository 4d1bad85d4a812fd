"""Terms of the feature matrix as words for people, and the weight of each in a likeness."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.features.text import name_token

#: What a field is called where one, or several, of its terms are listed.
FIELD_WORDS = {
    "director": ("director", "directors"),
    "cast": ("cast", "cast"),
    "listed_in": ("genre", "genres"),
    "description": ("word", "words"),
    "country": ("country", "countries"),
    "rating": ("rated", "rated"),
    "type": ("type", "types"),
}

#: What latent dimensions of a field are called: they have no terms of their own.
LATENT_WORDS = {
    "description": "the wording of the description",
    "people": "the people",
    "words": "related words and names",
    "graph": "the neighbours in the graph of titles",
    "sentence": "the meaning of the description",
}

_CERTIFICATE = re.compile(r"(?:tv_(?:ma|pg|g|y|y7|14|y7_fv)|pg_13|nc_17|pg|g|r|nr|ur)")


@dataclass(frozen=True)
class Weight:
    """What one term adds to a cosine similarity.

    Attributes
    ----------
    field, term : str
        The term is empty for the latent dimensions of a field, all of them together.
    weight : float
        Product of the term's two weights; the sum over all terms is the similarity.
    """

    field: str
    term: str
    weight: float


def contributions(
    row: sparse.csr_matrix,
    other: NDArray[np.float32],
    terms: Sequence[tuple[str, str]],
) -> list[Weight]:
    """What each term adds to, or takes from, the similarity of a row and a vector.

    A single latent dimension says nothing to anybody: those of a field are summed.

    Parameters
    ----------
    row : csr_matrix of shape (1, n_features)
    other : ndarray of shape (n_features,)
    terms : field and term of each of the n_features

    Returns
    -------
    list of Weight
        The largest first; their sum is the similarity.
    """
    products = row.data.astype(np.float64) * other[row.indices]
    summed: dict[tuple[str, str], float] = {}
    for at, product in zip(row.indices.tolist(), products.tolist(), strict=True):
        summed[terms[at]] = summed.get(terms[at], 0.0) + product
    found = [Weight(field, term, weight) for (field, term), weight in summed.items() if weight]
    return sorted(found, key=lambda one: -one.weight)


def weights(
    row: sparse.csr_matrix,
    other: NDArray[np.float32],
    terms: Sequence[tuple[str, str]],
) -> list[Weight]:
    """What speaks for the similarity of a row and a vector; see `contributions`."""
    return [one for one in contributions(row, other, terms) if one.weight > 0]


def called(one: Weight, title: Mapping[str, Any] | None = None) -> str:
    """A term with what it is, as a person would say it.

    >>> called(Weight("listed_in", "science_fiction", 0.3))
    'genre science fiction'
    >>> called(Weight("description", "", 0.2))
    'the wording of the description'
    """
    if not one.term:
        return latent_words(one.field)
    return f"{FIELD_WORDS[one.field][0]} {readable(one.field, one.term, title)}"


def latent_words(field: str) -> str:
    """What the latent dimensions of a field are called.

    >>> latent_words("people"), latent_words("node_vectors")
    ('the people', 'node vectors')
    """
    return LATENT_WORDS.get(field, field.replace("_", " ").replace("-", " "))


def readable(field: str, term: str, title: Mapping[str, Any] | None = None) -> str:
    """Write a term as a person would, with the title's own spelling of names.

    >>> readable("description", "serial_killer"), readable("rating", "tv_ma")
    ('serial killer', 'TV-MA')
    >>> readable("cast", "bela_tarr", {"cast": ["Béla Tarr"]})
    'Béla Tarr'
    """
    if field in ("director", "cast", "country", "rating", "type") and title is not None:
        held = title.get(field)
        for label in [held] if isinstance(held, str) else held or []:
            if name_token(label) == term:
                return str(label)
    if field in ("director", "cast", "country"):
        return term.replace("_", " ").title()
    if field in ("rating", "type"):
        return bare_term(term)
    return term.replace("_", " ")


def bare_term(term: str) -> str:
    """Write a term whose field is not known.

    >>> bare_term("tv_14"), bare_term("tv_show"), bare_term("science_fiction")
    ('TV-14', 'TV show', 'science fiction')
    """
    if _CERTIFICATE.fullmatch(term):
        return term.upper().replace("_", "-")
    return "TV show" if term == "tv_show" else term.replace("_", " ")
