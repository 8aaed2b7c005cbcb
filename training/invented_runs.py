"""Runs of invented catalogs in which siblings stand alone: what a calibration has to expect of kinds nobody listed.

Labelled catalogs list the same products, so whatever is nearest in them mostly is the partner. Here two shops of two
languages list products of one fold of `kinds.tsv` each, every product with a brand of its own: some shops share most
products, others sell the sibling ("day cream" here, "night cream" there), and nothing but the two titles tells which.
A model that was trained without the fold scores them as the shipped model scores the kinds of a user.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import CatalogSettings, Settings
from training.groups import TEST
from training.kinds import FOLDS, Contrast, contrasts, say_both
from training.labelled import Labelled, labelled_candidates, searched
from training.names import invent, spell
from training.siblings import advertised
from training.synthetic import add_attributes

NAME = "kinds"
# Share of the products that both shops sell, in one run each: from shops that sell siblings only to those that hardly
# differ. Chosen by eye, as are the contrasts of a run and the products of each, which make 600 products a shop.
SHARED = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
CONTRASTS, PRODUCTS = 300, 2
# How often a title repeats the brand that stands in its own column.
BRAND_IN_TITLE = 0.6
# How often titles name a size, a count or another attribute; without one only the kind is said.
WITH_ATTRIBUTES = 0.5
# How often one shop, or each by itself, advertises or says what the thing comes in.
ADVERTISED = 0.4


def invented_runs(fold: int, cache: Path | None = None) -> Iterator[Labelled]:
    """Candidates of the runs of one fold of contrasts, labelled.

    Args:
        fold: From 0 to `kinds.FOLDS` - 1.
        cache: Folder of embeddings of earlier runs.
    """
    known = contrasts(fold)
    for place, share in enumerate(SHARED):
        chance = random.Random(place * FOLDS + fold)
        yield make_run(chance.sample(known, min(CONTRASTS, len(known))), share, cache, chance)


def all_invented_runs(cache: Path | None = None) -> Iterator[tuple[pa.Table, NDArray[np.int64]]]:
    """Offers and pairs, shape (m, 2), of the runs of all folds."""
    for fold in range(FOLDS):
        for part in invented_runs(fold, cache):
            yield part.pairs.offers, part.pairs.rows


def make_run(known: list[Contrast], share: float, cache: Path | None, chance: random.Random) -> Labelled:
    """Candidates of one run, labelled.

    Args:
        known: Contrasts that the products are of.
        share: Share of the products that both shops sell.
        cache: Folder of embeddings of earlier runs.
        chance: What draws.
    """
    languages = tuple(chance.sample(sorted(known[0][0]), 2))
    rows: list[dict[str, str]] = []
    products: dict[tuple[str, str], tuple[str, int]] = {}
    for number in range(PRODUCTS * len(known)):
        contrast = number % len(known)
        titles, same = _titles(known, known[contrast], (languages[0], languages[1]), chance.random() < share, chance)
        brand = invent(chance)
        for side, (title, language) in enumerate(zip(titles, languages, strict=True)):
            spelled = spell(brand, language, chance)
            shown = f"{spelled} {title}" if chance.random() < BRAND_IN_TITLE else title
            rows.append({"catalog": str(side), "offer_id": str(number), "title": shown, "brand": spelled})
            products[str(side), str(number)] = (str(number) if same else f"{number} {side}", contrast)
    with TemporaryDirectory() as folder:
        paths = []
        for catalog, own in pd.DataFrame(rows).groupby("catalog"):
            paths.append(Path(folder) / f"{catalog}.csv")
            own.drop(columns="catalog").to_csv(paths[-1], index=False)
        languages_of = {str(place): CatalogSettings(language=language) for place, language in enumerate(languages)}
        settings = Settings(catalogs=languages_of)
        offers = ingest(find_sources(paths, settings), settings).offers
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    known_of = [products[key] for key in keys]
    product, group = np.array([name for name, _ in known_of]), np.array([str(contrast) for _, contrast in known_of])
    sides = np.full(len(offers), TEST)
    return labelled_candidates(NAME, offers, searched(offers, settings, cache), product, sides, group)


def _titles(
    known: list[Contrast], contrast: Contrast, languages: tuple[str, str], same: bool, chance: random.Random
) -> tuple[tuple[str, str], bool]:
    """Two titles of one kind, or of two siblings that no wording confuses, with attributes that agree."""
    first, second = chance.sample(list(contrast), 2)
    left, equal, other = say_both(first, second, languages, chance)
    same = same or other.lower() in (left.lower(), equal.lower())
    titles = (left, equal if same else other)
    if chance.random() < WITH_ATTRIBUTES:
        # Attributes of products that differ anyway are alike: only the kinds shall tell them apart.
        titles, _ = add_attributes(titles, languages, False, known, chance)
    if chance.random() < ADVERTISED:
        titles = advertised(titles, languages, chance)
    return titles, same
