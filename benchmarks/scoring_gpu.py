#!/usr/bin/env python3
"""Pairs per second on one GPU: transformers, vLLM as its documentation uses it, and the vllm scorer, on the same pairs.

Weights are random in the published geometry: speed and memory do not depend on their values, and scores of one
checkpoint can still be compared between the engines. Prompts have 203 tokens, every query has 20 candidates.
Every phase is a process of its own and prints what it found as one line of JSON.

    python benchmarks/scoring_gpu.py all TOKENIZER_FOLDER WORK_FOLDER [--seconds 480] [--skip PHASES]
    python benchmarks/scoring_gpu.py ours TOKENIZER_FOLDER WORK_FOLDER --size 8B --engines 1
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sku_align.gpu import watch

GEOMETRY = {
    "0.6B": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16},
    "8B": {"hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36, "num_attention_heads": 32},
}
PROMPT_TOKENS, CANDIDATES = 203, 20
# name, arguments, about how many seconds it takes; what matters most comes first
PLAN: list[tuple[str, list[str], int]] = [
    ("make", ["--size", "0.6B"], 25),
    ("make", ["--size", "8B"], 5),
    ("plain", [], 60),
    ("ours", ["--engines", "5", "--measure", "4", "3", "2", "5"], 80),
    ("transformers", [], 45),
    ("ours", ["--size", "8B", "--pairs", "4000"], 60),
    ("plain", ["--size", "8B", "--pairs", "4000"], 60),
    ("ours", ["--in-process", "--engines", "6", "--measure", "4", "6", "1"], 50),
    ("ours", ["--engines", "4", "--llm", '{"max_num_batched_tokens": 8192}'], 40),
    ("ours", ["--engines", "4", "--quantization", "fp8"], 45),
    ("ours", ["--engines", "4", "--llm", '{"enforce_eager": true}'], 35),
    ("profile", [], 40),
]


def folder_of(arguments: argparse.Namespace) -> Path:
    return Path(arguments.work) / arguments.size


def words(tokenizer_folder: Path) -> list[str]:
    """Words that are one token each."""
    from transformers import AutoTokenizer

    vocabulary = AutoTokenizer.from_pretrained(tokenizer_folder).get_vocab()
    return sorted(t[1:] for t in vocabulary if t[0] == "Ġ" and 3 <= len(t) <= 8 and t[1:].isascii() and t[1:].isalpha())


def make_offers(arguments: argparse.Namespace, seed: int, pairs: int) -> tuple[Any, Any]:
    """Offers and pairs whose prompts have 203 tokens."""
    from sku_align import schema
    from sku_align.scoring.scorers.prompt import HubTokenizer, Template

    tokenizer, template = HubTokenizer(arguments.tokenizer), Template("qwen3")
    room = PROMPT_TOKENS - len(template.head(tokenizer)) - len(template.rest(tokenizer)) - 1
    known, rng = np.array(words(arguments.tokenizer)), np.random.default_rng(seed)
    queries = pairs // CANDIDATES
    sizes = [room // 2] * queries + [room - room // 2] * pairs
    rows = [
        {"catalog": "a" if i < queries else "b", "offer_id": f"{i:07}", "title": " ".join(rng.choice(known, size))}
        for i, size in enumerate(sizes)
    ]
    right = np.arange(queries, queries + pairs)
    return schema.conform(rows, schema.OFFERS), np.stack([np.arange(pairs) // CANDIDATES, right], axis=1)


@contextmanager
def watched(report: dict[str, Any]) -> Iterator[None]:
    """Peak memory and mean load of the GPU while the block runs."""
    with watch() as load:
        start = time.perf_counter()
        yield
        report["seconds"] = round(time.perf_counter() - start, 2)
    if load.peak_mib is not None and load.mean_busy is not None:
        report |= {"gpu_busy_percent": round(load.mean_busy), "gpu_memory_gib": round(load.peak_mib / 1024, 1)}


def make(arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    """Write a checkpoint; of 8B only its configuration, whose weights vLLM makes up itself."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    folder = folder_of(arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(arguments.tokenizer) / name, folder / name)
    config = Qwen3Config(
        vocab_size=151669,
        tie_word_embeddings=arguments.size != "8B",
        max_position_embeddings=40960,
        num_key_value_heads=8,
        head_dim=128,
        rms_norm_eps=1e-6,
        dtype="bfloat16",
        architectures=["Qwen3ForCausalLM"],
        initializer_range=0.05,
        **GEOMETRY[arguments.size],
    )
    if arguments.size == "8B":
        config.save_pretrained(folder)
        return
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        Qwen3ForCausalLM(config).save_pretrained(folder)


def transformers(arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    """The model card's code: one pair at a time, and batches of 64."""
    import torch
    from transformers import Qwen3ForCausalLM

    from sku_align.scoring.scorers.prompt import HubTokenizer, PromptBuilder, Template

    tokenizer = HubTokenizer(arguments.tokenizer)
    offers, pairs = make_offers(arguments, 1, arguments.pairs)
    prompts = PromptBuilder(Template("qwen3"), offers, tokenizer).prompts(pairs).ids
    model = Qwen3ForCausalLM.from_pretrained(folder_of(arguments), dtype=torch.bfloat16, attn_implementation="sdpa")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device).eval()
    no_yes = [tokenizer.encode([word])[0][0] for word in ("no", "yes")]

    def score(batch: list[Any]) -> list[float]:
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor(np.stack(batch)).long().to(device), logits_to_keep=1).logits
            return torch.softmax(logits[:, -1, no_yes].float(), dim=1)[:, 1].tolist()

    score(prompts[:64])
    for name, size, count in (("one by one", 1, min(300, len(prompts))), ("batches of 64", 64, len(prompts))):
        part: dict[str, Any] = {"phase": f"transformers, {name}", "pairs": count}
        with watched(part):
            scores = [value for at in range(0, count, size) for value in score(prompts[at : at + size])]
        print(json.dumps(part | {"pairs_per_s": round(count / part["seconds"])}), flush=True)
    compare(arguments, scores, report)


def compare(arguments: argparse.Namespace, scores: Any, report: dict[str, Any]) -> None:
    """Keep the scores of a phase, and say how far they are from those of the phases before it."""
    new = np.array(scores, dtype=np.float32)
    report["quantiles"] = [round(float(value), 3) for value in np.quantile(new, [0, 0.5, 1])]
    for path in sorted(folder_of(arguments).glob("*.npy")):
        if len(old := np.load(path)) == len(new):
            report[f"greatest_difference_to_{path.stem}"] = round(float(np.abs(old - new).max()), 4)
    np.save(folder_of(arguments) / f"{arguments.phase}.npy", new)


def plain(arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    """vLLM as its documentation uses it: strings into `LLM.score`, everything else by default."""
    from vllm import LLM

    from sku_align.scoring.scorers.prompt import INSTRUCTION, QWEN3_PREFIX, QWEN3_SUFFIX
    from sku_align.scoring.scorers.vllm import ORIGINAL_QWEN3

    def strings(seed: int, count: int) -> tuple[list[str], list[str]]:
        offers, pairs = make_offers(arguments, seed, count)
        titles = offers["title"].to_pylist()
        return (
            [f"{QWEN3_PREFIX}<Instruct>: {INSTRUCTION}\n<Query>: {titles[left]}\n" for left in pairs[:, 0].tolist()],
            [f"<Document>: {titles[right]}{QWEN3_SUFFIX}" for right in pairs[:, 1].tolist()],
        )

    model = LLM(
        str(folder_of(arguments)), runner="pooling", hf_overrides=ORIGINAL_QWEN3, max_model_len=1024, **fake(arguments)
    )
    model.score(*strings(9, 400), use_tqdm=False)
    queries, documents = strings(1, arguments.pairs)
    with watched(report):
        outputs = model.score(queries, documents, use_tqdm=False)
    report["tokens"] = len(outputs[0].prompt_token_ids)
    report["cached_tokens"] = float(np.mean([output.num_cached_tokens for output in outputs]))
    compare(arguments, [output.outputs.score for output in outputs], report)


def ours(arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    """The vllm scorer."""
    from sku_align.config import VllmScoring
    from sku_align.scoring.scorers.vllm import VllmScorer

    class Scorer(VllmScorer):
        def _arguments(self) -> dict[str, Any]:
            return super()._arguments() | fake(arguments) | json.loads(arguments.llm)

    settings = VllmScoring(
        model=str(folder_of(arguments)), engines=arguments.engines, quantization=arguments.quantization
    )
    scorer, start = Scorer(settings), time.perf_counter()
    offers, pairs = make_offers(arguments, 1, arguments.pairs)
    try:
        scorer.score(*make_offers(arguments, 9, 2000))
        report["start_s"] = round(time.perf_counter() - start, 1)
        engines = scorer._engines
        for number in arguments.measure or [arguments.engines]:
            # Only some of the engines work; the others wait and keep their memory.
            scorer._engines = engines[:number]
            scorer.score(*make_offers(arguments, 10 + number, 600 * number))
            part: dict[str, Any] = {"engines": number}
            with watched(part):
                scores = scorer.score(offers, pairs)
            part["pairs_per_s"] = round(arguments.pairs / part["seconds"])
            compare(arguments, scores, part)
            print(json.dumps({"phase": "ours", "size": arguments.size} | part), flush=True)
        scorer._engines = engines
    finally:
        scorer.close()


def profile(arguments: argparse.Namespace, report: dict[str, Any]) -> None:
    """Where one engine's time goes, all of it in one process."""
    import cProfile
    import pstats
    import queue

    from sku_align.scoring.scorers.prompt import HubTokenizer, PromptBuilder, Template

    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    from sku_align.config import VllmScoring
    from sku_align.scoring.scorers.vllm import VllmScorer
    from sku_align.scoring.scorers.vllm_engine import EngineSpec, _load, _scores

    settings = VllmScoring(model=str(folder_of(arguments)))
    spec = EngineSpec(VllmScorer(settings)._arguments() | fake(arguments) | json.loads(arguments.llm), ("0",))
    engine = _load(spec).llm_engine

    def run(seed: int, count: int) -> None:
        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        offers, pairs = make_offers(arguments, seed, count)
        start = time.perf_counter()
        prompts = PromptBuilder(Template("qwen3"), offers, HubTokenizer(arguments.tokenizer)).prompts(pairs).ids
        report["prompts_us_a_pair"] = round(1e6 * (time.perf_counter() - start) / count, 1)
        waiting.put((0, np.concatenate(prompts), [len(ids) for ids in prompts], None))
        with watched(report):
            next(_scores(engine, waiting, 2 * spec.llm["max_num_seqs"]))

    run(9, 2000)
    run(1, arguments.pairs)
    report["pairs_per_s"] = round(arguments.pairs / report["seconds"])
    print(json.dumps(report), flush=True)
    profiler = cProfile.Profile()
    profiler.enable()
    run(2, 4000)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(18)
    pstats.Stats(profiler).sort_stats("cumtime").print_stats("scheduler|engine|processor|runner|core", 32)


def fake(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"load_format": "dummy"} if arguments.size == "8B" else {}


def run_all(arguments: argparse.Namespace) -> None:
    end = time.monotonic() + arguments.seconds
    for number, (phase, extra, needed) in enumerate(PLAN):
        left = end - time.monotonic()
        if number in arguments.skip or left < needed:
            print(f"left out, {left:.0f} s left: {number} {phase} {' '.join(extra)}", flush=True)
            continue
        print(f"--- {number} {phase} {' '.join(extra)}, {left:.0f} s left", flush=True)
        command = [sys.executable, __file__, phase, arguments.tokenizer, arguments.work, *extra]
        with tempfile.TemporaryFile("w+") as trouble:
            quiet = os.environ | {"VLLM_LOGGING_LEVEL": "WARNING"}
            process = subprocess.Popen(command, stderr=trouble, start_new_session=True, env=quiet)
            try:
                process.wait(min(left, 2.5 * needed + 20))
            except subprocess.TimeoutExpired:
                print(f"{phase} took too long", flush=True)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                code = process.wait()
            if code:
                trouble.seek(0)
                print(trouble.read()[-2500:], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("phase", choices=["all", "make", "transformers", "plain", "ours", "profile"])
    parser.add_argument("tokenizer", help="folder of the Qwen3 tokenizer")
    parser.add_argument("work", help="folder for checkpoints and scores")
    parser.add_argument("--size", choices=GEOMETRY, default="0.6B")
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--engines", type=int, default=1)
    parser.add_argument("--measure", type=int, nargs="+", help="numbers of engines to measure; all of them if absent")
    parser.add_argument("--in-process", action="store_true", help="vLLM's core in the engine's process, not beside it")
    parser.add_argument("--quantization")
    parser.add_argument("--llm", default="{}", help="further arguments of vllm.LLM as JSON")
    parser.add_argument("--seconds", type=float, default=3600, help="for all phases together")
    parser.add_argument("--skip", type=int, nargs="*", default=[], help="phases to leave out, by number")
    arguments = parser.parse_args()
    if arguments.phase == "all":
        run_all(arguments)
        return
    if arguments.in_process:
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    start = time.perf_counter()
    report: dict[str, Any] = {"phase": arguments.phase, "size": arguments.size}
    globals()[arguments.phase](arguments, report)
    if arguments.phase == "plain":
        report["pairs_per_s"] = round(arguments.pairs / report["seconds"])
    print(json.dumps(report | {"whole_s": round(time.perf_counter() - start, 1)}), flush=True)


if __name__ == "__main__":
    main()
