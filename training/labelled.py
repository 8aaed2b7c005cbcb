"""The labelled sets as the pipeline sees them: pairs files, and the candidates that blocking finds with gold labels.

Scores are fitted to probabilities on candidates above all, because a run scores candidates: many more pairs that are
not one product, and harder ones, than a pairs file holds.
"""

from collections.abc import Iterator
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
from sku_align.evaluation.singletons import keeps
from sku_align.pairs import pair_rows
from training.groups import side
from training.offers import LabelledSet, read_set

# Shares of products that stand in one catalog alone: what shops have in common differs from all to nothing.
SINGLETONS = (0.0, 0.1, 0.4, 0.9, 1.0)
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


def candidates(
    folder: Path, cache: Path | None = None, share: float = 0.0, catalogs: int | None = None, guarded: bool = True
) -> Labelled:
    """Candidates that blocking finds in the catalogs of one set, labelled by gold.

    Args:
        folder: The set.
        cache: Folder of embeddings of earlier runs.
        share: Share of the products that stand in one catalog alone, their siblings everywhere.
        catalogs: The first so many catalogs only; all without it.
        guarded: Without those that a forbidding guard forbids, as a run has them.
    """
    paths = sorted((folder / "catalogs").glob("*.csv"))[:catalogs]
    offers = ingest(find_sources(paths, Settings()), Settings()).offers
    product, group = products_and_groups(offers, folder, read_set(folder))
    names = sorted(path.stem for path in paths)
    own = offers["catalog"].to_pylist()
    kept = np.array([keeps(name, catalog, names, share) for name, catalog in zip(product.tolist(), own, strict=True)])
    offers, product, group = offers.filter(pa.array(kept)), product[kept], group[kept]
    sides = np.array([side(name) for name in group])
    found = searched(offers, Settings(), cache, guarded)
    return labelled_candidates(folder.name, offers, found, product, sides, group)


def labelled_candidates(
    name: str,
    offers: pa.Table,
    found: pa.Table,
    product: NDArray[np.str_],
    sides: NDArray[np.str_],
    group: NDArray[np.str_],
) -> Labelled:
    """Candidates of a run whose products are known.

    Args:
        name: The set.
        offers: Table of `schema.OFFERS`, n rows.
        found: Table of `schema.CANDIDATES`.
        product: Product of each offer, shape (n,).
        sides: On which side of the training split it stands, shape (n,).
        group: The group of products that it is split with, shape (n,).
    """
    rows = pair_rows(offers, found)
    labels = product[rows[:, 0]] == product[rows[:, 1]]
    numbers = np.unique(product, return_inverse=True)[1]
    pairs = LabelledPairs(offers, rows, labels, numbers[rows[:, 0]], np.arange(len(rows)))
    return Labelled(name, "candidates", pairs, sides[rows], group[rows[:, 0]], found["rank"].to_numpy())


def labelled_folders(data: Path) -> list[Path]:
    """The folders of a data folder that hold labelled pairs, in the order of their names."""
    return sorted(path for path in data.iterdir() if any(path.glob("pairs*.csv")))


def runs(folder: Path) -> Iterator[tuple[float, int | None]]:
    """Shares of singletons and numbers of catalogs that a set is looked at with: all catalogs, and the first two."""
    if not (folder / "gold.csv").exists():
        return
    several = len(list((folder / "catalogs").glob("*.csv"))) > 2
    for share in SINGLETONS:
        yield share, None
        if several:
            yield share, 2


def samples(cache: Path | None = None) -> tuple[pa.Table, NDArray[np.int64]]:
    """The project's sample catalogs, which no model is trained on: their offers and candidates, shape (c, 2)."""
    settings = Settings.load(Path(__file__).parents[1] / "data_samples" / "sku_align.yaml")
    offers = ingest(find_sources([], settings), settings).offers
    return offers, pair_rows(offers, searched(offers, settings, cache))


def everything(data: Path, cache: Path | None = None) -> Iterator[tuple[pa.Table, NDArray[np.int64]]]:
    """Offers and pairs, shape (m, 2), of all that a fit of the calibration asks scores for, and of forbidden pairs."""
    yield samples(cache)
    for folder in labelled_folders(data):
        for part in pair_files(folder):
            yield part.pairs.offers, part.pairs.rows
        for share, catalogs in runs(folder):
            part = candidates(folder, cache, share, catalogs, guarded=False)
            yield part.pairs.offers, part.pairs.rows


def searched(offers: pa.Table, settings: Settings, cache: Path | None, guarded: bool = True) -> pa.Table:
    """The candidates that a run would score."""
    vectors = embed(offers, load_embedder(EmbeddingSettings()), cache)
    found = block(offers, vectors, settings.blocking).candidates
    return unforbidden(offers, found, settings.deciding) if guarded else found


def products_and_groups(
    offers: pa.Table, folder: Path, known: LabelledSet
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The gold product of each offer of a set, and the group that it is split with, shape (n,) each."""
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
