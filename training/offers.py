"""Reads the labelled sets of a data folder: catalogs with gold product ids, and labelled pairs.

The folder holds one folder per set (`hk_supermarket`, `ikea`, `games`, `abt_buy`, `wdc_products`, `polish`) and
`taxonomies`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from training.groups import Components

CATALOG_SETS = ("hk_supermarket", "ikea", "games", "abt_buy")
PAIR_SETS = ("polish",)
SEEN_PRODUCT_SETS = ("wdc_products",)
PART_TRAIN, PART_ANY = "train", "any"


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer with what training needs to know about it; `product` names what it is, `group` what splits with it."""

    dataset: str
    catalog: str
    language: str
    title: str
    brand: str
    category: str
    price: float | None
    currency: str
    description: str
    product: str
    group: str


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two offers and whether a person called them the same product (1.0) or not (0.0)."""

    left: Offer
    right: Offer
    label: float
    source: str


@dataclass(frozen=True)
class LabelledSet:
    """All offers and labelled pairs of one set."""

    name: str
    offers: list[Offer]
    pairs: list[LabelledPair]


def plain(text: str) -> str:
    """Return the letters and digits of a text in lower case, which is what identifies a title across its spellings."""
    return re.sub(r"[\W_]+", "", text.lower())


def _stem(text: str) -> str:
    return re.sub(r"[\W\d_]+", " ", text.lower()).strip()


def _price(text: str) -> float | None:
    found = re.match(r"\s*(\d+)[ .,]?(\d*)", text)
    try:
        return float(text)
    except ValueError:
        return float(f"{found[1]}.{found[2] or 0}") if found else None


def _table(path: Path) -> list[dict[str, str]]:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _identity(name: str, row: dict[str, str]) -> str:
    return "|".join(
        [name, row.get("language", ""), plain(row["title"]), plain(row.get("brand", "")), row.get("price", "")]
    )


def _group_keys(name: str, row: dict[str, str]) -> list[str]:
    """Name what must stay on one side of the split with this offer: its brand, its series, or its sizeless title."""
    if name == "hk_supermarket" and row.get("brand"):
        return [f"brand:{plain(row['brand'])}"]
    if name == "ikea":
        return [f"series:{row['title'].split()[0].lower()}"]
    return [f"stem:{_stem(row['title'])}"]


def read_set(folder: Path) -> LabelledSet:
    """Read one set; offers of catalogs and of pair files share product and group where they are the same offer."""
    name = folder.name
    language = {"polish": "pl"}.get(name, "en")
    rows: list[tuple[str, dict[str, str], str]] = []
    known: dict[str, str] = {}
    gold_file = folder / "gold.csv"
    if gold_file.exists():
        gold = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in _table(gold_file)}
        for path in sorted((folder / "catalogs").glob("*.csv")):
            for row in _table(path):
                product = f"{name}:{gold[path.stem, row['offer_id']]}"
                rows.append((path.stem, row, product))
                known.setdefault(_identity(name, row), product)
                known.setdefault(f"{name}|{row.get('language', '')}|{plain(row['title'])}", product)
    same, pair_rows = Components(), []
    gold_products = {product for _, _, product in rows}
    for path in sorted(folder.glob("pairs*.csv")):
        for record in _table(path):
            sides = [
                {key[len(side) :]: value for key, value in record.items() if key.startswith(side)}
                for side in ("left_", "right_")
            ]
            names = []
            for side in sides:
                side.setdefault("language", language)
                loose = f"{name}|{side['language']}|{plain(side['title'])}"
                names.append(known.get(_identity(name, side)) or known.get(loose) or _identity(name, side))
            if record["label"] == "1" and not {*names} <= gold_products:
                same.join(*names)
            pair_rows.append((path.stem, sides, names, float(record["label"])))
    groups = Components()
    for _, row, product in rows:
        for key in [f"product:{same.find(product)}", *_group_keys(name, row)]:
            groups.join(f"product:{same.find(product)}", key)
    for _, sides, names, _ in pair_rows:
        for side, product in zip(sides, names, strict=True):
            for key in [f"product:{same.find(product)}", *_group_keys(name, side)]:
                groups.join(f"product:{same.find(product)}", key)

    def offer(catalog: str, row: dict[str, str], product: str) -> Offer:
        product = same.find(product)
        return Offer(
            name,
            catalog,
            row.get("language", language),
            row["title"],
            row.get("brand", ""),
            row.get("category", ""),
            _price(row.get("price", "")),
            row.get("currency", ""),
            row.get("description", ""),
            product,
            groups.find(f"product:{product}"),
        )

    pairs = [
        LabelledPair(offer("pairs", sides[0], names[0]), offer("pairs", sides[1], names[1]), label, source)
        for source, sides, names, label in pair_rows
    ]
    return LabelledSet(name, [offer(*row) for row in rows], pairs)


def set_names(folder: Path) -> list[str]:
    """Names of the known sets that the data folder holds; a set's place is the fold of kinds left out with it."""
    return [name for name in (*CATALOG_SETS, *PAIR_SETS, *SEEN_PRODUCT_SETS) if (folder / name).is_dir()]


def read_sets(folder: Path) -> list[LabelledSet]:
    """Read every known set that the data folder holds."""
    return [read_set(folder / name) for name in set_names(folder)]
