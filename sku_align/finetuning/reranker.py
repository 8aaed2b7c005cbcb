"""A reranker in torch that reads pairs exactly as the scorer will read them, and can be trained and saved."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import ScoringSettings, VllmScoring
from sku_align.errors import UserError, how_to_install
from sku_align.finetuning.packed import export
from sku_align.progress import track
from sku_align.scoring.scorers.cross_encoder import WEIGHTS
from sku_align.scoring.scorers.packed_weights import is_packed
from sku_align.scoring.scorers.prompt import (
    INSTRUCTION,
    QWEN2,
    QWEN3,
    READS,
    HubTokenizer,
    PromptBuilder,
    Prompts,
    Template,
    kind_of_prompt,
)
from sku_align.scoring.scorers.prompt import Kind as PromptKind

Kind = Literal["bundled", "encoder", "decoder"]
# Language models that are trained to answer "yes" or "no".
GENERATING = (QWEN3, QWEN2)
LORA = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.05}
ADAPTED = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BUNDLED = "bundled"


@dataclass(frozen=True)
class Base:
    """Where training starts.

    Attributes:
        name: As the user named it.
        folder: Where its files lie.
        kind: Which architecture, and so which scorer runs it.
        revision: Commit of a hub model.
    """

    name: str
    folder: Path
    kind: Kind
    revision: str | None = None


@dataclass(frozen=True)
class Tuning:
    """What of a language model is trained; other models know only one way.

    Attributes:
        full: All weights but words; else adapters (LoRA) of its matrices, which are merged in afterwards.
        prompt: How it is asked from now on; as before without it.
    """

    full: bool = False
    prompt: PromptKind | None = None

    def adapts(self, kind: Kind) -> bool:
        """Whether a model of this kind is trained by adapters."""
        return kind == "decoder" and not self.full


def find_base(name: str, revision: str | None) -> Base:
    """Find a model by name.

    Args:
        name: `bundled`, a folder, or the name of a model on the Hugging Face hub.
        revision: Commit of a hub model.

    Raises:
        UserError: The model cannot be fetched, or is not a reranker.
    """
    if name == BUNDLED:
        return Base(name, WEIGHTS, "bundled")
    folder = Path(name)
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        from sku_align.scoring.scorers.vllm import REVISIONS

        revision = revision or REVISIONS.get(name)
        if revision is None:
            raise UserError(f"{name} is not a folder, and as a hub model it needs --revision, a commit of it.")
        try:
            folder = Path(snapshot_download(name, revision=revision))
        except Exception as error:
            raise UserError(
                f"The model {name} at revision {revision} cannot be fetched ({type(error).__name__}): download it and "
                "name its folder."
            ) from error
    return Base(name, folder, kind_of(folder), revision)


def kind_of(folder: Path) -> Kind:
    """Which kind of reranker a folder holds.

    Raises:
        UserError: It holds none.
    """
    if is_packed(folder):
        return "bundled"
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"The model folder {folder} has no readable config.json.") from error
    architecture = (config.get("architectures") or [""])[0]
    if architecture in {*GENERATING, "Qwen3ForSequenceClassification"}:
        return "decoder"
    if architecture.endswith("ForSequenceClassification"):
        return "encoder"
    raise UserError(
        f"The model in {folder} is a {architecture or 'model of unknown kind'}, not a reranker: train a cross-encoder "
        "(sequence classification with one output), a Qwen3-Reranker, or a language model of Qwen2 or Qwen3."
    )


class Reranker:
    """A model and how it is asked.

    Args:
        base: The model.
        settings: Instructions and token budget of language models.
        work: Folder that may be written to, for the ordinary form of a packed model.
        device: Where to compute, `cuda` or `cpu`; what there is without it.
        tuning: What of a language model is trained, if it is.

    Raises:
        UserError: The model has more than one output.
    """

    def __init__(
        self,
        base: Base,
        settings: ScoringSettings,
        work: Path,
        device: str | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        import torch

        self.base, self.tuning = base, tuning or Tuning()
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.folder = base.folder
        if base.kind == "bundled" and not (base.folder / "model.safetensors").is_file():
            self.folder = work / "ordinary"
            export(base.folder, self.folder)
        self._tokenizer = HubTokenizer(str(self.folder))
        prompt = VllmScoring.of(settings)
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        kind = self.tuning.prompt or kind_of_prompt(config, (config.get("architectures") or [""])[0])
        self._template = Template(kind, prompt.instruction or INSTRUCTION, prompt.instructions, prompt.offer_tokens)
        self.net = self._load()

    def _load(self) -> Any:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification
        from transformers.utils import logging

        logging.disable_progress_bar()
        config = AutoConfig.from_pretrained(self.folder)
        self._generates = (config.architectures or [""])[0] in GENERATING
        self._stored = getattr(config, "dtype", None)
        # Steps of a full training are too small for the digits of bfloat16.
        half = self._adapts and self.device == "cuda"
        dtype = torch.bfloat16 if half else torch.float32
        kind = AutoModelForCausalLM if self._generates else AutoModelForSequenceClassification
        if not self._generates and config.num_labels != 1:
            raise UserError(f"The model in {self.folder} has {config.num_labels} outputs; a reranker has one.")
        return kind.from_pretrained(self.folder, dtype=dtype).to(self.device).eval()

    @cached_property
    def _no_yes(self) -> list[int]:
        (no,), (yes,) = self._tokenizer.encode(["no", "yes"])
        return [no, yes]

    def read(self, offers: pa.Table, pairs: NDArray[np.int64]) -> Prompts:
        """Token ids of pairs of row numbers, shape (m, 2), the first offer standing first."""
        return PromptBuilder(self._template, offers, self._tokenizer).prompts(pairs)

    def logits(self, prompts: Prompts, rows: Sequence[int]) -> Any:
        """Log odds of "same" of some prompts: a float32 tensor, shape (len(rows),)."""
        import torch

        ids = [prompts.ids[row] for row in rows]
        width = -(-max(map(len, ids)) // 8) * 8
        pad = self.net.config.pad_token_id or 0
        table, shown = np.full((len(ids), width), pad, np.int64), np.zeros((len(ids), width), np.int64)
        typed = np.zeros((len(ids), width), np.int64)
        for line, one in enumerate(ids):
            table[line, : len(one)], shown[line, : len(one)] = one, 1
            if prompts.second is not None:
                typed[line, prompts.second[rows[line]] : len(one)] = 1
        given = {"input_ids": table, "attention_mask": shown}
        if prompts.second is not None:
            given["token_type_ids"] = typed
        tensors = {name: torch.from_numpy(value).to(self.device) for name, value in given.items()}
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            if not self._generates:
                return self.net(**tensors).logits[:, 0].float()
            # No token of a causal model sees what follows it, so padding behind the prompt needs no mask. Padding
            # before it would leave rows that see nothing, of which a GPU's attention makes NaN.
            causal = self.net.get_base_model() if hasattr(self.net, "get_base_model") else self.net
            states = causal.model(input_ids=tensors["input_ids"]).last_hidden_state
            last = states[torch.arange(len(ids)), [len(one) - 1 for one in ids]]
            no, yes = (last @ causal.get_output_embeddings().weight[self._no_yes].T).float().unbind(1)
            return yes - no

    def score(self, prompts: Prompts, batch: int = 64) -> NDArray[np.float64]:
        """Log odds of "same" of all prompts, shape (m,)."""
        import torch

        self.net.eval()
        order = np.argsort([len(ids) for ids in prompts.ids], kind="stable")
        result = np.zeros(len(order))
        with torch.inference_mode():
            for start in track(range(0, len(order), batch), "judging"):
                rows = order[start : start + batch]
                result[rows] = self.logits(prompts, rows.tolist()).cpu().numpy()
        return result

    def make_trainable(self) -> list[Any]:
        """Say which weights may change, and return them: adapters of a language model, or all but words."""
        if self._adapts:
            from peft import LoraConfig, get_peft_model

            self.net = get_peft_model(self.net, LoraConfig(target_modules=ADAPTED, **LORA))
        else:
            # Words that the labels do not show would stay behind the ones that they show.
            self.net.get_input_embeddings().weight.requires_grad_(False)
            if self._generates:
                self.net.get_output_embeddings().weight.requires_grad_(False)
        return [weight for weight in self.net.parameters() if weight.requires_grad]

    @property
    def _adapts(self) -> bool:
        return self.tuning.adapts(self.base.kind)

    def state(self) -> dict[str, NDArray[np.float32]]:
        """All weights by name."""
        return {name: value.detach().float().cpu().numpy() for name, value in self.net.state_dict().items()}

    def save(self, out: Path) -> None:
        """Write the ordinary folder, adapters merged in, with the tokenizer it was read with."""
        net = self.net.merge_and_unload() if self._adapts else self.net
        if self._template.asks:
            setattr(net.config, READS, self._template.kind)
        if self._generates and self._stored is not None:
            net = net.to(self._stored)
        net.save_pretrained(out)
        for path in sorted(self.folder.iterdir()):
            beside = path.suffix in {".json", ".txt", ".model", ".jinja"} and not path.name.endswith(".index.json")
            if beside and not (out / path.name).exists():
                shutil.copyfile(path, out / path.name)


def check_installed(kind: Kind, tuning: Tuning) -> None:
    """Check that training can run here.

    Raises:
        UserError: A package of the extra `train` is missing.
    """
    needed = [
        "torch",
        "safetensors",
        *(["peft"] if tuning.adapts(kind) else []),
        *(["onnx"] if kind == "bundled" else []),
    ]
    require("Training", *needed)


def require(doing: str, *packages: str) -> None:
    """Check that packages of the extra `train` are installed.

    Raises:
        UserError: One of them is missing.
    """
    if missing := [name for name in packages if find_spec(name) is None]:
        raise UserError(f"{doing} needs {', '.join(missing)}: {how_to_install('train')}.")
