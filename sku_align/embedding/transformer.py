"""Any model that `sentence-transformers` can load."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from sku_align.config import EmbeddingSettings
from sku_align.errors import UserError, how_to_install

DEFAULT_MODEL = "intfloat/multilingual-e5-small"


class SentenceTransformerEmbedder:
    """A `SentenceTransformer`, on a GPU if there is one."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise UserError(
                f"The embedder `sentence-transformers` needs a package; {how_to_install('sentence-transformers')}."
            ) from error
        name, revision = settings.model or DEFAULT_MODEL, settings.revision
        try:
            self._model = SentenceTransformer(name, revision=revision)
        except (OSError, ValueError) as error:
            raise UserError(f"The embedding model {name!r} cannot be loaded: {error}.") from error
        self._batch_size = settings.batch_size
        self.dimension = int(self._model.get_sentence_embedding_dimension())
        self.fingerprint = f"sentence-transformers {version('sentence-transformers')} {name}@{revision or 'latest'}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, shape (len(texts), dimension)."""
        vectors = self._model.encode(
            list(texts), batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimension)
