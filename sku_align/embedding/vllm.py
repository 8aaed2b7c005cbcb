"""Embedding models on a GPU through offline vLLM."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from sku_align.config import EmbeddingSettings
from sku_align.errors import UserError, how_to_install

DEFAULT_MODEL = "Qwen/Qwen3-Embedding-0.6B"


class VllmEmbedder:
    """A pooling model run by `vllm.LLM`."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        try:
            from vllm import LLM
        except ImportError as error:
            raise UserError(f"The embedder `vllm` needs a package and a GPU; {how_to_install('gpu')}.") from error
        name, revision = settings.model or DEFAULT_MODEL, settings.revision
        self._model = LLM(model=name, revision=revision, runner="pooling", max_num_seqs=settings.batch_size)
        self.dimension = int(self._model.llm_engine.model_config.get_hidden_size())
        self.fingerprint = f"vllm {version('vllm')} {name}@{revision or 'latest'}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, shape (len(texts), dimension)."""
        outputs = self._model.embed(list(texts), use_tqdm=False)
        vectors = np.array([output.outputs.embedding for output in outputs], dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32).reshape(-1, self.dimension)
