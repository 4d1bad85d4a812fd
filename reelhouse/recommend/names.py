"""Finding titles by the name that a person types."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reelhouse.errors import UnknownTitleError
from reelhouse.identity import normalized_title

Strings: TypeAlias = "pa.Array | pa.ChunkedArray"

N_NEAR = 3
# Names that share the most trigrams with what was typed; only these are compared letter by letter.
_N_COMPARED = 200
_LONGEST_NAME = 200


class TitleNames:
    """The names of all titles of a version; 100,000 are searched in a fraction of a second.

    Parameters
    ----------
    title_ids, titles : string arrays of shape (n_titles,)
    """

    def __init__(self, title_ids: Strings, titles: Strings) -> None:
        self.title_ids = title_ids
        self.titles = titles
        self._normalized = normalized_title(titles)

    def __len__(self) -> int:
        return len(self.titles)

    def title(self, row: int) -> str:
        """Name of the title in a row; its id where it has no name."""
        return self.titles[row].as_py() or self.title_id(row)

    def title_id(self, row: int) -> str:
        """Id of the title in a row."""
        return str(self.title_ids[row].as_py())

    def rows(self, name: str) -> list[int]:
        """Rows of all works of this name, or of the one title with this id; may be empty."""
        name = _encodable(name)
        wanted = normalized_title(pa.array([name], pa.string()))[0]
        found = pc.indices_nonzero(pc.fill_null(pc.equal(self._normalized, wanted), False))
        if not len(found):
            found = pc.indices_nonzero(pc.equal(self.title_ids, name))
        rows: list[int] = found.to_pylist()
        return rows

    def rows_of_ids(self, title_ids: Sequence[str]) -> list[int]:
        """Rows of the titles with these ids; ids that are not there are left out."""
        wanted = pa.array(title_ids, pa.string())
        ids = self.title_ids
        known = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
        rows: list[int] = pc.index_in(wanted, value_set=known).drop_null().to_pylist()
        return rows

    def required(self, name: str) -> list[int]:
        """Rows of all works of this name.

        Raises
        ------
        UnknownTitleError
            When there is none; the message gives up to three names that are near.
        """
        rows = self.rows(name)
        if not rows:
            near = ", ".join(f'"{other}"' for other in self.near(name))
            hint = f"near are {near}" if near else "and none is near"
            raise UnknownTitleError(f'no title is named "{name}", {hint}')
        return rows

    def all_required(self, names: Sequence[str]) -> list[int]:
        """Rows of all works of these names, without repetition, in the order of the names.

        Raises
        ------
        UnknownTitleError
            When no name is given, or a name is unknown.
        """
        if not names:
            raise UnknownTitleError("no liked title is given, expected at least 1")
        found = (row for name in names for row in self.required(name))
        return list(dict.fromkeys(found))

    def near(self, name: str, n: int = N_NEAR) -> list[str]:
        """Return up to `n` names that a misspelt or partial name may mean, the nearest first."""
        typed = pa.array([_encodable(name[:_LONGEST_NAME])], pa.string())
        wanted = _bare(normalized_title(typed))[0].as_py()
        names = _bare(self._normalized)
        shared = _shared_trigrams(wanted, names)
        best = np.argsort(-shared, kind="stable")[:_N_COMPARED]
        scored = [
            (-_likeness(wanted, names[int(row)].as_py()), self.title(int(row)))
            for row in best
            if shared[row] > 0
        ]
        distinct = dict.fromkeys(title for _, title in sorted(scored))
        return list(distinct)[:n]


def _encodable(name: str) -> str:
    """Replace what stands for bytes that were no text on the command line."""
    return name.encode("utf-8", "replace").decode()


def _bare(normalized: Strings) -> Strings:
    """Names without accents: who types Pokemon means Pokémon."""
    decomposed = pc.utf8_normalize(normalized, form="NFKD")
    return pc.replace_substring_regex(decomposed, r"\p{Mn}+", "")


def _shared_trigrams(wanted: str, names: Strings) -> NDArray[np.float64]:
    """Trigrams of the wanted name that each of n names holds, over the root of its length."""
    padded = pc.binary_join_element_wise(" ", names, " ", "")
    counts = np.zeros(len(names), dtype=np.float64)
    text = f" {wanted} "
    for trigram in sorted({text[at : at + 3] for at in range(len(text) - 2)}):
        counts += np.asarray(pc.fill_null(pc.match_substring(padded, trigram), False))
    lengths = np.asarray(pc.fill_null(pc.utf8_length(padded), 1))
    shared: NDArray[np.float64] = counts / np.sqrt(lengths)
    return shared


def _likeness(wanted: str, other: str) -> float:
    """Likeness of two names, 0 to 1; a name that holds the whole of the wanted one is very like."""
    ratio = SequenceMatcher(None, wanted, other, autojunk=False).ratio()
    return max(ratio, 0.8) if len(wanted) > 2 and wanted in other else ratio
