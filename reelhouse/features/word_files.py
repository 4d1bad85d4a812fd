"""Vectors of words that others trained, from the files that word2vec, GloVe and fastText write.

Text, with or without a first line of counts, or word2vec's binary form; either may be gzipped.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import FeatureError
from reelhouse.features.text import fold

Vector = NDArray[np.float32]

#: Words as they are spelled, each with its values as text or as little-endian floats.
_Entries: TypeAlias = Iterator[tuple[bytes, bytes]]

_GZIP = b"\x1f\x8b"
#: Pickles of protocol 2 and later start so; gensim's KeyedVectors.save writes one.
_PICKLE = b"\x80"
_IN_NUMBERS = frozenset(b"0123456789.+-eE \t\r\n")
#: Longest word and line that such a file holds; without them a wrong file is read whole.
_LONGEST_WORD = 1_000
_LONGEST_LINE = 1_000_000


def read_vectors(path: Path, words: Iterable[str], *, n_others: int) -> dict[str, Vector]:
    """Vectors of the words of a catalogue, and of the first others that the file holds.

    A word is looked up as tokens are written: lower case, accents folded. Files put frequent words
    first, and where two spellings fold to one, the first counts. A token of several words that
    the file lacks, such as ``science_fiction``, is the mean of those it has.

    Parameters
    ----------
    path
        The file; never a pickle.
    words
        Tokens of the catalogue.
    n_others
        Most words kept beside those: what new titles may say.

    Returns
    -------
    dict of word to array of shape (n_dimensions,), float32
        In the order of the file, then the joined words.

    Raises
    ------
    FeatureError
        The file is missing, damaged, a pickle, or holds none of the words.
    """
    wanted = list(words)
    found = _chosen(path, set(wanted).union(*(word.split("_") for word in wanted)), n_others)
    for word in wanted:
        known = [found[part] for part in word.split("_") if part in found]
        if word not in found and known:
            found[word] = np.mean(known, axis=0, dtype=np.float32)
    if not any(word in found for word in wanted):
        raise FeatureError(f"{path} has a vector for 0 of the catalogue's {len(wanted)} words")
    return found


def _chosen(path: Path, wanted: set[str], n_others: int) -> dict[str, Vector]:
    found: dict[str, Vector] = {}
    try:
        with _opened(path) as file:
            is_text, n_dimensions, entries = _entries(path, file)
            for spelled, values in entries:
                word = fold(spelled.decode(errors="replace"))
                if word in found or not (word in wanted or n_others > 0):
                    continue
                n_others -= word not in wanted
                found[word] = _vector(path, word, values, is_text, n_dimensions)
    except FileNotFoundError:
        raise FeatureError(f"{path} is missing, expected a file of word vectors") from None
    except (OSError, EOFError, zlib.error) as error:
        raise FeatureError(f"{path} cannot be read: {error}") from None
    return found


def _opened(path: Path) -> io.BufferedReader:
    with path.open("rb") as file:
        is_zipped = file.read(2) == _GZIP
    # The reader closes what it reads from.
    raw = gzip.GzipFile(path) if is_zipped else io.FileIO(path)
    return io.BufferedReader(cast("io.RawIOBase", raw), _LONGEST_LINE)


def _entries(path: Path, file: io.BufferedReader) -> tuple[bool, int, _Entries]:
    """Whether the values are text, how many a word has, and the words."""
    first = file.readline(_LONGEST_LINE)
    if first.startswith(_PICKLE):
        raise FeatureError(
            f"{path} is a pickle, which can run code and is not read: write the vectors with"
            " KeyedVectors.save_word2vec_format"
        )
    counts = first.split()
    if len(counts) == 2 and all(count.isdigit() for count in counts):
        n_words, n_dimensions = map(int, counts)
        if _is_text(file.peek()):
            return True, n_dimensions, _lines(file, b"", n_dimensions)
        return False, n_dimensions, _records(path, file, n_words, 4 * n_dimensions)
    return True, len(counts) - 1, _lines(file, first, len(counts) - 1)


def _is_text(start: bytes) -> bool:
    """Whether what follows the first word are numbers that one can read."""
    return _IN_NUMBERS.issuperset(start.partition(b" ")[2][:100].partition(b"\n")[0])


def _lines(file: io.BufferedReader, first: bytes, n_dimensions: int) -> _Entries:
    line = first or file.readline(_LONGEST_LINE)
    while line:
        # From the right: GloVe has words with spaces in them.
        word, *values = line.rstrip().rsplit(b" ", max(n_dimensions, 1))
        yield word, b" ".join(values)
        line = file.readline(_LONGEST_LINE)


def _records(path: Path, file: io.BufferedReader, n_words: int, n_bytes: int) -> _Entries:
    for number in range(n_words):
        # Some writers end a record with a line feed, some do not.
        word = _until_space(file).lstrip(b"\n")
        values = file.read(n_bytes)
        if len(values) < n_bytes:
            raise FeatureError(f"{path} ends after {number} words, its first line says {n_words}")
        yield word, values


def _until_space(file: io.BufferedReader) -> bytes:
    word = bytearray()
    while len(word) < _LONGEST_WORD and (byte := file.read(1)) not in (b" ", b""):
        word += byte
    return bytes(word)


def _vector(path: Path, word: str, values: bytes, is_text: bool, n_dimensions: int) -> Vector:
    try:
        if is_text:
            vector = np.array([float(value) for value in values.split()], dtype=np.float32)
        else:
            vector = np.frombuffer(values, dtype="<f4").astype(np.float32)
    except ValueError:
        vector = np.empty(0, dtype=np.float32)
    if not n_dimensions or vector.shape != (n_dimensions,) or not np.isfinite(vector).all():
        raise FeatureError(
            f"{path} gives {word[:50]!r} no {max(n_dimensions, 1)} finite numbers, expected a file"
            " of word vectors"
        )
    return vector
