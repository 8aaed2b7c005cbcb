"""The scorer that works everywhere: CPU, offline, no account.

Titles are compared in Latin letters by rapidfuzz and across languages by the bundled embedder; a fitted logistic
layer, `bundled.json`, joins both with the features of `features`.
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from sku_align.config import EmbeddingSettings
from sku_align.scoring.features import FEATURES, features, romanise

if TYPE_CHECKING:
    from sku_align.embedding.protocol import Embedder

LAYER = Path(__file__).parent / "bundled.json"
RATIOS = (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio, fuzz.partial_ratio)
COLUMNS = (
    *(f"{scorer.__name__}{where}" for where in ("", "_across_scripts") for scorer in RATIOS),
    "cosine",
    "cosine_across_scripts",
    "across_scripts",
    *FEATURES,
)


class BundledScorer:
    """Log odds that two offers are one product, by spelling, meaning and stated facts.

    Args:
        cache: Folder of vectors of earlier runs.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache

    @cached_property
    def _layer(self) -> tuple[float, NDArray[np.float64]]:
        layer = json.loads(LAYER.read_text(encoding="utf-8"))
        return float(layer["intercept"]), np.array([layer["weights"][name] for name in COLUMNS])

    @cached_property
    def _embedder(self) -> "Embedder":
        from sku_align.embedding.embed import load_embedder

        return load_embedder(EmbeddingSettings())  # type: ignore[call-arg]

    @cached_property
    def fingerprint(self) -> str:
        """Engine and the hash of the layer."""
        return f"bundled features {hashlib.sha256(LAYER.read_bytes()).hexdigest()[:12]}"

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Log odds of pairs, shape (m,); see `protocol.Scorer`."""
        intercept, weights = self._layer
        return (intercept + self.columns(offers, pairs) @ weights).astype(np.float32)

    def columns(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the layer reads of pairs, in the order of `COLUMNS`, shape (m, len(COLUMNS))."""
        from sku_align.embedding.embed import embed

        used, positions = np.unique(pairs, return_inverse=True)
        left, right = positions.reshape(-1, 2).T
        part = offers.take(pa.array(used))
        texts = np.array([romanise(title or "") for title in part["title"].to_pylist()], dtype=object)
        script = np.array([_mostly_latin(title or "") for title in part["title"].to_pylist()])
        across = (script[left] != script[right]).astype(np.float64)
        vectors = np.stack(embed(part, self._embedder, self._cache)["vector"].to_numpy()).astype(np.float32)
        cosine = np.einsum("ij,ij->i", vectors[left], vectors[right]).astype(np.float64)
        ratios = [process.cpdist(texts[left], texts[right], scorer=ratio) / 100.0 for ratio in RATIOS]
        columns = [*ratios, *(ratio * across for ratio in ratios), cosine, cosine * across, across]
        return np.hstack([np.stack(columns, axis=1), features(offers, pairs)]).astype(np.float64)


def _mostly_latin(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(character < "ɐ" for character in letters) * 2 >= len(letters)
