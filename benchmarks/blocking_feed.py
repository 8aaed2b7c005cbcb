"""A made-up feed of any size: products sold in five languages, with titles, embeddings and the truth.

Words follow Zipf's law; a product has a brand, a category, a few describing words, mostly a size, sometimes a model
code. A word has a form of its own in each language, a quarter of the words are cognates among Latin languages, brands
are transliterated in Japanese and Chinese. An embedding is the sum of the words' random directions, pulled towards
its language and blurred, so that true matches are near but not nearest by a wide margin.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema

LANGUAGES = ("de", "en", "fr", "ja", "zh")
WORDS, BRANDS, CATEGORIES = 40_000, 4_000, 1_500
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "er", "in", "ol")]
UNITS = {"de": ("g", "ml", "cm"), "en": ("g", "ml", "cm"), "fr": ("g", "ml", "cm"), "ja": ("g", "ml", "cm"),
         "zh": ("克", "毫升", "厘米")}  # fmt: skip
DIMENSIONS = ("mass", "volume", "length")
SIZES = (25, 50, 75, 100, 125, 150, 200, 250, 300, 330, 400, 500, 600, 750, 1000)
DIMENSION = 512
SHARED = 0.6


class Feed(NamedTuple):
    """One catalog: offers and embeddings sorted by key, and gold (catalog, offer_id, gold_product_id)."""

    offers: pa.Table
    embeddings: pa.Table
    gold: pa.Table


def make_feeds(size: int, seed: int = 7) -> Iterator[Feed]:
    """A catalog for each language, sorted by name, `size` offers together; one at a time, to spare memory."""
    random = np.random.default_rng(seed)
    per_catalog = size // len(LANGUAGES)
    products = int(per_catalog / SHARED)
    brand, category = _zipf(random, BRANDS, products), _zipf(random, CATEGORIES, products)
    count = random.integers(2, 6, products)
    words = _zipf(random, WORDS, products * 5).reshape(products, 5)
    amount, unit = random.choice(SIZES, products), random.integers(0, 3, products)
    sized, coded = random.random(products) < 0.7, random.random(products) < 0.3
    code = [f"{chr(65 + a)}{chr(65 + b)}{n}" for a, b, n in random.integers(0, [26, 26, 9999], (products, 3)).tolist()]
    directions = random.standard_normal((WORDS + BRANDS + CATEGORIES, DIMENSION), dtype=np.float32)
    for language in LANGUAGES:
        chosen = random.permutation(products)[:per_catalog]
        forms = _forms(language)
        titles, brands = [], []
        for p in chosen.tolist():
            parts = [forms[WORDS + BRANDS + category[p]], *(forms[w] for w in words[p, : count[p]].tolist())]
            name = forms[WORDS + brand[p]]
            joined = ("" if language in ("ja", "zh") else " ").join(parts)
            size_text = f" {amount[p]}{UNITS[language][unit[p]]}" if sized[p] else ""
            titles.append(f"{name} {joined}{size_text}{' ' + code[p] if coded[p] else ''}")
            brands.append(name)
        keys = {
            "catalog": pa.array([f"shop-{language}"] * per_catalog),
            "offer_id": pa.array([f"{i:07d}" for i in range(per_catalog)]),
        }
        quantities = pa.StructArray.from_arrays(
            [pa.array(DIMENSIONS).take(pa.array(unit[chosen])), pa.array(amount[chosen].astype(float))],
            names=["dimension", "value"],
        )
        sizes = pa.ListArray.from_arrays(np.arange(per_catalog + 1, dtype=np.int32), quantities)
        none = pa.scalar([], schema.OFFERS.field("quantities").type)
        columns = {
            **keys,
            "title": titles,
            "brand": brands,
            "language": pa.array([language] * per_catalog),
            "quantities": pc.if_else(pa.array(sized[chosen]), sizes, none),
        }
        flat = pa.array(_vectors(random, directions, words, count, brand, category, chosen).reshape(-1))
        vector = pa.FixedSizeListArray.from_arrays(flat, DIMENSION)
        yield Feed(
            schema.conform(columns, schema.OFFERS),
            schema.conform({**keys, "vector": vector}, schema.embeddings_schema(DIMENSION)),
            pa.table({**keys, "gold_product_id": pa.array(chosen).cast(pa.string())}),
        )


def _zipf(random: np.random.Generator, kinds: int, size: int) -> np.ndarray:
    weight = 1.0 / (np.arange(kinds) + 2.7)
    return np.searchsorted(np.cumsum(weight) / weight.sum(), random.random(size)).clip(0, kinds - 1)


def _forms(language: str) -> list[str]:
    """The form of every word, brand and category in a language."""
    latin = np.random.default_rng(1)
    own = np.random.default_rng(100 + LANGUAGES.index(language))
    forms = []
    for kind in range(WORDS + BRANDS + CATEGORIES):
        root = "".join(SYLLABLES[i] for i in latin.integers(0, len(SYLLABLES), 2 + kind % 3))
        cognate = latin.random() < 0.25 or WORDS <= kind < WORDS + BRANDS
        if language == "ja":
            forms.append("".join(chr(0x30A2 + i) for i in own.integers(0, 80, 2 + kind % 3)))
        elif language == "zh":
            forms.append("".join(chr(0x4E00 + i) for i in own.integers(0, 2_000, 1 + kind % 3)))
        elif cognate:
            forms.append(root + {"de": "", "en": "", "fr": "e"}[language])
        else:
            forms.append("".join(SYLLABLES[i] for i in own.integers(0, len(SYLLABLES), 2 + kind % 3)))
    return forms


def _vectors(
    random: np.random.Generator,
    directions: NDArray[np.float32],
    words: NDArray[np.int64],
    count: NDArray[np.int64],
    brand: NDArray[np.int64],
    category: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> NDArray[np.float16]:
    pull = random.standard_normal(DIMENSION, dtype=np.float32)
    out = np.empty((len(chosen), DIMENSION), dtype=np.float16)
    for start in range(0, len(chosen), 10_000):
        at = chosen[start : start + 10_000]
        total = directions[WORDS + BRANDS + category[at]] + directions[WORDS + brand[at]]
        for place in range(words.shape[1]):
            total += directions[words[at, place]] * (place < count[at])[:, None]
        total += pull + 3.0 * random.standard_normal(total.shape, dtype=np.float32)
        out[start : start + len(at)] = total / np.linalg.norm(total, axis=1, keepdims=True)
    return out
