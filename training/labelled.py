"""The labelled sets as the pipeline sees them: pairs files, and the candidates that blocking finds with gold labels.

Scores are fitted to probabilities on candidates above all, because a run scores candidates: many more pairs that are
not one product, and harder ones, than a pairs file holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.block import block
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import CatalogSettings, EmbeddingSettings, Settings
from sku_align.deciding.guards import unforbidden
from sku_align.embedding.embed import embed, load_embedder
from sku_align.evaluation.pairs import LabelledPairs, read_pairs
from sku_align.pairs import pair_rows
from training.groups import side
from training.offers import LabelledSet, read_set

LANGUAGES = {"polish": "pl", "abt_buy": "en", "wdc_products": "en"}


@dataclass(frozen=True)
class Labelled:
    """Labelled pairs of one set.

    Attributes:
        name: The set.
        source: The pairs file, or "candidates".
        pairs: The pairs.
        sides: On which side of the training split each of the two offers stands, shape (m, 2).
        splits_with: The group of products that the left offer is split with, shape (m,).
        rank: How near blocking found the two offers, 1 is nearest, shape (m,); 0 in pairs files.
    """

    name: str
    source: str
    pairs: LabelledPairs
    sides: NDArray[np.str_]
    splits_with: NDArray[np.str_]
    rank: NDArray[np.int32]

    def chosen(self, mask: NDArray[np.bool_]) -> "Labelled":
        """The pairs of a mask."""
        pairs = self.pairs
        kept = LabelledPairs(pairs.offers, pairs.rows[mask], pairs.labels[mask], pairs.groups[mask], pairs.lines[mask])
        return Labelled(self.name, self.source, kept, self.sides[mask], self.splits_with[mask], self.rank[mask])


def pair_files(folder: Path) -> list[Labelled]:
    """Pairs files of one set, in the order of their names."""
    known, found, start = read_set(folder), [], 0
    language = LANGUAGES.get(folder.name)
    one = CatalogSettings(language=language)
    settings = Settings(catalogs={"left": one, "right": one})
    for path in sorted(folder.glob("pairs*.csv")):
        pairs = read_pairs(path, settings)
        count = sum(1 for pair in known.pairs if pair.source == path.stem)
        members = known.pairs[start : start + count]
        start += count
        sides = np.array([[side(pair.left.group), side(pair.right.group)] for pair in members])[pairs.lines]
        groups = np.array([pair.left.group for pair in members])[pairs.lines]
        found.append(Labelled(folder.name, path.stem, pairs, sides, groups, np.zeros(len(groups), dtype=np.int32)))
    return found


def candidates(folder: Path, cache: Path | None = None) -> Labelled:
    """Candidates that blocking finds in the catalogs of one set, labelled by gold."""
    offers, found = _searched(sorted((folder / "catalogs").glob("*.csv")), Settings(), cache)
    rows = pair_rows(offers, found)
    product, group = _gold(offers, folder, read_set(folder))
    labels = product[rows[:, 0]] == product[rows[:, 1]]
    numbers = np.unique(product, return_inverse=True)[1]
    pairs = LabelledPairs(offers, rows, labels, numbers[rows[:, 0]], np.arange(len(rows)))
    sides = np.array([side(name) for name in group])[rows]
    return Labelled(folder.name, "candidates", pairs, sides, group[rows[:, 0]], found["rank"].to_numpy())


def samples(cache: Path | None = None) -> tuple[pa.Table, NDArray[np.int64]]:
    """The project's sample catalogs, which no model is trained on: their offers and candidates, shape (c, 2)."""
    folder = Path(__file__).parents[1] / "data_samples"
    offers, found = _searched([], Settings.load(folder / "sku_align.yaml"), cache)
    return offers, pair_rows(offers, found)


def _searched(paths: Sequence[Path], settings: Settings, cache: Path | None) -> tuple[pa.Table, pa.Table]:
    """Offers of catalogs, and the candidates that a run would score."""
    offers = ingest(find_sources(paths, settings), settings).offers
    vectors = embed(offers, load_embedder(EmbeddingSettings()), cache)
    return offers, unforbidden(offers, block(offers, vectors, settings.blocking).candidates, settings.deciding)


def _gold(offers: pa.Table, folder: Path, known: LabelledSet) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    import pandas as pd

    members = iter(known.offers)
    by_key = {}
    for path in sorted((folder / "catalogs").glob("*.csv")):
        for offer_id in pd.read_csv(path, dtype=str, keep_default_na=False)["offer_id"]:
            member = next(members)
            by_key[path.stem, offer_id] = (member.product, member.group)
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    found = [by_key[key] for key in keys]
    return np.array([product for product, _ in found]), np.array([group for _, group in found])
