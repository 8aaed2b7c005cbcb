"""A publication that can be searched: its files are mapped into memory, so that opening it reads next to nothing."""

import json
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.identifier import KEYS
from sku_align.blocking.lexical import Postings
from sku_align.blocking.neighbours import Nearest
from sku_align.errors import UserError
from sku_align.retrieval.arrays import map_array, map_csr, map_table
from sku_align.retrieval.build import COUNTS, FORMAT
from sku_align.retrieval.lexicon import Lexicon, word_hashes
from sku_align.retrieval.versions import READY

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class IndexedCatalog:
    """One catalog of an index: rows `start` to `stop` of its offers."""

    name: str
    start: int
    stop: int
    nearest: Nearest
    postings: Postings


@dataclass(frozen=True)
class PublishedIndex:
    """The index of one publication; open it by `PublishedIndex.open`.

    Attributes:
        folder: Where it lies.
        about: What `index.json` notes: publication, fingerprints, crowded identifiers.
        offers: Table of `schema.OFFERS` and `sku_id`, sorted by key, n rows.
        vectors: Unit vectors of the offers, half precision, shape (n, dimension).
        lexicon: Words and their frequencies.
        catalogs: Searches by catalog.
        pairs: Table of `build.PAIRS`: scored pairs as row numbers, with what was decided.
    """

    folder: Path
    about: dict[str, Any]
    offers: pa.Table
    vectors: NDArray[np.float16]
    lexicon: Lexicon
    catalogs: tuple[IndexedCatalog, ...]
    pairs: pa.Table
    _counts: Any = field(repr=False)
    _arrays: dict[str, NDArray[Any]] = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "PublishedIndex":
        """Map an index into memory.

        Raises:
            UserError: The folder holds no index, a damaged one, or one of another release.
        """
        try:
            about = json.loads((folder / READY).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise UserError(f"The index {folder} was written by another release: publish again.")
            lexicon = (map_array(folder / f"{name}.npy") for name in ("words", "numbers", "frequency"))
            words, numbers, frequency = lexicon
            names = ["sku_of", "sku_rows", "sku_starts", "pair_of", "pair_starts"]
            names += [f"{key}.{part}" for key in KEYS for part in ("keys", "rows")]
            return cls(
                folder=folder,
                about=about,
                offers=map_table(folder / "offers.arrow"),
                vectors=map_array(folder / "vectors.npy"),
                lexicon=Lexicon(words, numbers, frequency, int(about["offers"])),
                catalogs=tuple(_open_catalog(folder, at, *catalog) for at, catalog in enumerate(about["catalogs"])),
                pairs=map_table(folder / "pairs.arrow"),
                _counts=map_csr(folder, COUNTS, len(frequency)),
                _arrays={name: map_array(folder / f"{name}.npy") for name in names},
            )
        except (OSError, ValueError, KeyError, RuntimeError, pa.ArrowInvalid) as error:
            raise UserError(f"The index {folder} cannot be read ({error}): publish again.") from error

    @property
    def publication(self) -> int:
        """The publication that the index was built for."""
        return int(self.about["publication_id"])

    @cached_property
    def skus(self) -> pa.Array:
        """SKU ids, ascending."""
        return map_table(self.folder / "skus.arrow")["sku_id"].combine_chunks()

    def row_of(self, catalog: str, offer_id: str) -> int:
        """Row of an offer; -1 if it was not published."""
        for found in self.catalogs:
            if found.name == catalog:
                ids = self.offers["offer_id"].slice(found.start, found.stop - found.start).combine_chunks()
                at = bisect_left(range(len(ids)), offer_id, key=lambda row: ids[row].as_py())
                return found.start + at if at < len(ids) and ids[at].as_py() == offer_id else -1
        return -1

    def counts(self, rows: Rows) -> Any:
        """How often published offers have each feature, as `Lexicon.count` counts them; CSR float32."""
        return self._counts[rows].astype(np.float32)

    def members(self, sku_id: str) -> Rows:
        """Rows of the offers of a SKU, ascending; none if there is no such SKU."""
        at = bisect_left(range(len(self.skus)), sku_id, key=lambda row: self.skus[row].as_py())
        if at == len(self.skus) or self.skus[at].as_py() != sku_id:
            return np.zeros(0, dtype=np.int64)
        return self._members(np.array([at]))

    def with_mates(self, rows: Rows) -> Rows:
        """Rows of all offers of the SKUs that offers belong to, ascending."""
        return np.union1d(rows, self._members(np.unique(self._arrays["sku_of"][rows])))

    def _members(self, skus: Rows) -> Rows:
        starts = self._arrays["sku_starts"]
        return np.concatenate(
            [np.zeros(0, np.int64), *(self._arrays["sku_rows"][starts[at] : starts[at + 1]] for at in skus)]
        ).astype(np.int64)

    def pairs_of(self, rows: Rows) -> Rows:
        """Positions in `pairs` of all that one of these offers stands in, ascending."""
        starts = self._arrays["pair_starts"]
        parts = [self._arrays["pair_of"][starts[row] : starts[row + 1]] for row in rows]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))

    def sharing_identifiers(self, offers: pa.Table) -> Rows:
        """Rows of published offers that share an identifier with some offers, crowded identifiers left out; sorted."""
        found = [np.zeros(0, dtype=np.int64)]
        for name, keys_of in KEYS.items():
            asked = set(keys_of(offers).texts) - set(self.about["hubs"][name])
            hashes, keys, rows = word_hashes(asked), self._arrays[f"{name}.keys"], self._arrays[f"{name}.rows"]
            low, high = np.searchsorted(keys, hashes, "left"), np.searchsorted(keys, hashes, "right")
            found += [rows[start:stop].astype(np.int64) for start, stop in zip(low, high, strict=True)]
        return np.unique(np.concatenate(found))


def _open_catalog(folder: Path, number: int, name: str, start: int, stop: int) -> IndexedCatalog:
    import faiss

    index = faiss.read_index(str(folder / f"{number}.faiss"), faiss.IO_FLAG_MMAP_IFC)
    nearest = Nearest.kept(index, map_array(folder / f"{number}.rows.npy"))
    return IndexedCatalog(name, start, stop, nearest, Postings(map_csr(folder, f"{number}.postings", stop - start)))
