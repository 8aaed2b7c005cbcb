"""What a reranker is asked, as token ids: the model's published template around two offers.

Each offer is tokenised once as the query and once as the document, and prompts are put together from these ids. The
pieces are cut where the tokenizer cuts anyway, so that the ids are those of the whole text. The query comes before the
document, so that the candidates of one offer share everything up to their own text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.scoring.scorers.encoder_text import SIDE_TOKENS, WORDING
from sku_align.scoring.scorers.encoder_text import offer_texts as bundled_texts
from sku_align.scoring.scorers.prompt_text import COLUMNS, offer_texts

# The template Qwen3-Reranker was trained with: https://huggingface.co/Qwen/Qwen3-Reranker-0.6B
QWEN3_PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
QWEN3_SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
INSTRUCTION = (
    "The Query and the Document are offers of two shops. Judge whether both sell the same product, whatever their "
    "language. A different size, quantity, pack, colour, edition or model is a different product."
)
# What a language model is asked that was no reranker before: a third of the tokens, learnt by `sku-align train`.
SHORT_HEAD, SHORT_MIDDLE, SHORT_END = "A:", "B:", "\nSame product?"
Kind = Literal["qwen3", "short", "pair", "bundled"]
# Kinds that are a question to a language model, which answers "yes" or "no".
QUESTIONS: tuple[Kind, ...] = ("qwen3", "short")
# Language models that can answer it; the first is also what Qwen3-Reranker is.
QWEN3, QWEN2 = "Qwen3ForCausalLM", "Qwen2ForCausalLM"
READS = "sku_align_reads"  # the key of a model's config.json that says which kind of prompt it was trained with
Ids = NDArray[np.int32]
Rows = NDArray[np.int64]


def kind_of_prompt(config: Mapping[str, Any], architecture: str) -> Kind:
    """How a model is asked: as its `config.json` says, else as its architecture was trained."""
    usual: Kind = "short" if architecture == QWEN2 else "qwen3" if architecture.startswith("Qwen3") else "pair"
    known: Kind = config.get(READS, usual)
    return known


class HubTokenizer:
    """A model's own tokenizer, from the model's folder."""

    def __init__(self, folder: str) -> None:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        self._fast = tokenizer.backend_tokenizer

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, without any special token the template does not spell out."""
        return [encoding.ids for encoding in self._fast.encode_batch_fast(list(texts), add_special_tokens=False)]

    def around(self) -> tuple[list[int], list[int], list[int], bool]:
        """What an encoder puts before, between and after two texts, and whether the second has token type 1."""
        first, second = self.encode(["a", "b"])
        pair = self._fast.encode("a", "b")
        one = pair.ids.index(first[0])
        two = pair.ids.index(second[0], one + len(first))
        after = pair.ids[two + len(second) :]
        return pair.ids[:one], pair.ids[one + len(first) : two], after, pair.type_ids[two] == 1


@dataclass(frozen=True)
class Prompts:
    """Prompts as token ids.

    Attributes:
        ids: One array of token ids a pair.
        second: Where the document starts in each prompt, for encoders with token types; else `None`.
    """

    ids: list[NDArray[np.int32]]
    second: list[int] | None


@dataclass(frozen=True)
class Template:
    """How pairs become prompts.

    Attributes:
        kind: `qwen3`, the published yes-or-no question, `short`, the same in few words and without an instruction, or
            `pair`, two texts joined as an encoder was trained; `bundled` is a pair whose texts are written as for the
            bundled model, at most 60 tokens each.
        instruction: Of the question, where no category has one of its own.
        instructions: Category prefix -> instruction; the longest prefix counts.
        offer_tokens: Most tokens of one offer.
    """

    kind: Kind
    instruction: str = INSTRUCTION
    instructions: Mapping[str, str] = field(default_factory=dict)
    offer_tokens: int = 96

    @property
    def hash(self) -> str:
        """Changes whenever the same offers would be asked about in other words."""
        parts: list[object] = []
        if self.kind == "qwen3":
            parts = [QWEN3_PREFIX, QWEN3_SUFFIX, self.instruction, dict(self.instructions)]
        elif self.kind == "short":
            parts = [SHORT_HEAD, SHORT_MIDDLE, SHORT_END]
        text = json.dumps([WORDING, self.kind, self.offer_tokens, *parts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    @property
    def asks(self) -> bool:
        """Whether it is a question to a language model."""
        return self.kind in QUESTIONS

    @property
    def budget(self) -> int:
        """Most tokens of one offer, as the model was trained."""
        return SIDE_TOKENS if self.kind == "bundled" else self.offer_tokens

    def longest(self, tokenizer: HubTokenizer) -> int:
        """Most tokens a prompt can have."""
        numbers = range(1 + len(self.instructions))
        return max(len(self.head(tokenizer, n)) for n in numbers) + 2 * self.budget + len(self.rest(tokenizer))

    def numbers(self, offers: pa.Table) -> list[int]:
        """For each offer the instruction's number: 0 the general one, i the i-th of `instructions`."""
        prefixes = [prefix.casefold() for prefix in self.instructions]
        numbers = []
        for category in offers["category"].to_pylist():
            folded = (category or "").casefold()
            fitting = [(len(prefix), i + 1) for i, prefix in enumerate(prefixes) if folded.startswith(prefix)]
            numbers.append(max(fitting)[1] if fitting else 0)
        return numbers

    def head(self, tokenizer: HubTokenizer, number: int = 0) -> list[int]:
        """What stands before the query, under the instruction of this number."""
        if not self.asks:
            return tokenizer.around()[0]
        if self.kind == "short":
            return tokenizer.encode([SHORT_HEAD])[0]
        instruction = [self.instruction, *self.instructions.values()][number]
        return tokenizer.encode([f"{QWEN3_PREFIX}<Instruct>: {instruction}\n<Query>:"])[0]

    def rest(self, tokenizer: HubTokenizer) -> list[int]:
        """What stands between query and document and after the document, joined."""
        middle, end = self.middle_and_end(tokenizer)
        return [*middle, *end]

    def middle_and_end(self, tokenizer: HubTokenizer) -> tuple[list[int], list[int]]:
        """What stands between query and document, and what stands after the document."""
        if not self.asks:
            return tokenizer.around()[1:3]
        words = [SHORT_MIDDLE, SHORT_END] if self.kind == "short" else ["<Document>:", QWEN3_SUFFIX]
        middle, end = tokenizer.encode(words)
        return middle, end


class PromptBuilder:
    """Prompts of pairs of one offers table; every offer is tokenised once for each side it stands on.

    Args:
        template: What is asked.
        offers: Table of `schema.OFFERS`, n rows.
        tokenizer: The model's own.
    """

    def __init__(self, template: Template, offers: pa.Table, tokenizer: HubTokenizer) -> None:
        self._template, self._tokenizer = template, tokenizer
        self._offers = offers.select(COLUMNS)
        self._texts: dict[int, str] = {}
        self._queries: dict[int, Ids] = {}
        self._documents: dict[int, Ids] = {}
        self._heads: dict[int, list[int]] = {}
        self._middle, self._end = template.middle_and_end(tokenizer)
        self._typed = not template.asks and tokenizer.around()[3]
        self._open, self._close = (" ", "\n") if template.asks else ("", "")

    def prompts(self, pairs: Rows) -> Prompts:
        """Prompts of pairs of row numbers, query and document, shape (m, 2)."""
        self._write(np.unique(pairs))
        self._ask(np.unique(pairs[:, 0]))
        self._find(np.unique(pairs[:, 1]))
        ids = [np.concatenate([self._queries[left], self._documents[right]]) for left, right in pairs.tolist()]
        second = [len(self._queries[left]) for left in pairs[:, 0].tolist()] if self._typed else None
        return Prompts(ids, second)

    def _write(self, rows: Rows) -> None:
        if new := [row for row in rows.tolist() if row not in self._texts]:
            part = self._offers.take(pa.array(new))
            plain = self._template.kind == "bundled"
            texts = bundled_texts(part) if plain else offer_texts(part, self._tokenizer, self._budget)
            self._texts.update(zip(new, texts, strict=True))

    def _ask(self, rows: Rows) -> None:
        new = [row for row in rows.tolist() if row not in self._queries]
        if not new:
            return
        numbers = self._template.numbers(self._offers.take(pa.array(new)))
        asked = self._tokenizer.encode([f"{self._open}{self._texts[row]}{self._close}" for row in new])
        end = self._tokenizer.encode([self._close])[0] if self._close else []
        for row, number, ids in zip(new, numbers, asked, strict=True):
            if number not in self._heads:
                self._heads[number] = self._template.head(self._tokenizer, number)
            cut = ids if len(ids) <= self._budget else [*ids[: self._budget - len(end)], *end]
            self._queries[row] = np.array([*self._heads[number], *cut, *self._middle], dtype=np.int32)

    def _find(self, rows: Rows) -> None:
        new = [row for row in rows.tolist() if row not in self._documents]
        found = self._tokenizer.encode([self._open + self._texts[row] for row in new])
        for row, ids in zip(new, found, strict=True):
            self._documents[row] = np.array([*ids[: self._budget], *self._end], dtype=np.int32)

    @property
    def _budget(self) -> int:
        return self._template.budget
