"""One vLLM engine in a process of its own: token ids in, scores out.

A process of its own keeps torch out of the caller, gives the GPU back when it ends, and lets several engines share a
GPU: what limits short prompts is vLLM's work on the CPU for every request, which one engine does on one core.
"""

import contextlib
import gc
import json
import multiprocessing
import os
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.errors import UserError

START_TIMEOUT_S = 1800.0
ACTIVATION_BYTES, STEPS_ALIVE = 3 * 2**30, 4


@dataclass(frozen=True)
class EngineSpec:
    """What one engine is started with.

    Attributes:
        llm: Arguments of `vllm.LLM`.
        gpus: CUDA devices it sees; empty for a CPU.
        share: Engines that share these GPUs, this one included.
    """

    llm: dict[str, Any]
    gpus: tuple[str, ...] = ()
    share: int = 1
    environment: dict[str, str] = field(default_factory=dict)


class Engine:
    """Handle of a running engine.

    Raises:
        UserError: vLLM is missing or cannot load the model here.
    """

    def __init__(self, spec: EngineSpec) -> None:
        self.spec = spec
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(spec, theirs))
        self._process.start()
        theirs.close()

    @property
    def process(self) -> int | None:
        """Number of the engine's process."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until the model is loaded."""
        if not self._connection.poll(START_TIMEOUT_S):
            raise UserError(f"vLLM has not loaded {self.spec.llm['model']} in {START_TIMEOUT_S:g} s.")
        self._receive()

    def send(self, prompts: Sequence[NDArray[np.int32]], second: Sequence[int] | None) -> None:
        """Queue prompts; the scores come back by `receive`, in the same order."""
        lengths = np.array([len(prompt) for prompt in prompts], dtype=np.int32)
        try:
            self._connection.send((np.concatenate(prompts), lengths, second))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._gone() from error

    def receive(self) -> NDArray[np.float32]:
        """Scores of the oldest queued prompts."""
        return np.asarray(self._receive(), dtype=np.float32)

    def close(self) -> None:
        """End the process and give the GPU back."""
        with contextlib.suppress(OSError, ValueError):
            self._connection.send(None)
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()

    def _receive(self) -> Any:
        try:
            kind, value = self._connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise self._gone() from error
        if kind == "error":
            raise UserError(f"vLLM cannot run {self.spec.llm['model']}: {value}")
        return value

    def _gone(self) -> UserError:
        self._process.join(10)
        return UserError(
            f"The vLLM engine on {', '.join(self.spec.gpus) or 'the CPU'} ended unexpectedly (exit code "
            f"{self._process.exitcode}; its last words stand above): if memory ran out, lower "
            "scoring.gpu_memory_utilization or scoring.engines. Finished shards are kept."
        )


def _serve(spec: EngineSpec, connection: Connection) -> None:
    os.environ.update(spec.environment)
    if spec.gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(spec.gpus)
    try:
        run = _load(spec)
        connection.send(("ready", None))
        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(connection, waiting), daemon=True).start()
        while (message := waiting.get()) is not None:
            connection.send(("scores", run(*message)))
        # A spawned process ends without the exit handlers by which vLLM stops its own processes.
        del run
        gc.collect()
    except (BrokenPipeError, KeyboardInterrupt):
        return
    except Exception as error:
        connection.send(("error", f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"))
        raise


def _read(connection: Connection, waiting: "queue.SimpleQueue[Any]") -> None:
    """Take prompts from the pipe while the engine works, so that the sender can go on to another engine."""
    message: Any = True
    while message is not None:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            message = None
        waiting.put(message)


def _load(spec: EngineSpec) -> Any:
    from vllm import LLM, PoolingParams

    arguments = dict(spec.llm)
    if spec.share > 1:
        arguments["kv_cache_memory_bytes"] = _cache_bytes(arguments, spec.share)
        arguments["gpu_memory_utilization"] = arguments["gpu_memory_utilization"] / spec.share
    model = LLM(**arguments)

    def run(flat: NDArray[np.int32], lengths: NDArray[np.int32], second: Sequence[int] | None) -> NDArray[np.float32]:
        ends = np.cumsum(lengths)
        prompts = [
            {"prompt_token_ids": flat[end - length : end].tolist()} for end, length in zip(ends, lengths, strict=True)
        ]
        plain = PoolingParams(task="classify", use_activation=True)
        params = (
            plain
            if second is None
            else [
                PoolingParams(task="classify", use_activation=True, extra_kwargs={"compressed_token_type_ids": start})
                for start in second
            ]
        )
        outputs = model.encode(prompts, params, pooling_task="classify", use_tqdm=False)
        return np.array([float(output.outputs.data.flatten()[-1]) for output in outputs], dtype=np.float32)

    return run


def _cache_bytes(arguments: dict[str, Any], share: int) -> int:
    """Memory for keys and values where engines share a GPU, so that none measures what another one takes.

    Nothing is generated, so a few steps' worth of tokens is all that is ever alive.
    """
    import torch

    total = torch.cuda.get_device_properties(0).total_memory
    weights = sum(path.stat().st_size for path in Path(arguments["model"]).glob("*.safetensors"))
    left = total * arguments["gpu_memory_utilization"] / share - weights - ACTIVATION_BYTES
    config = json.loads((Path(arguments["model"]) / "config.json").read_text(encoding="utf-8"))
    heads = config.get("num_key_value_heads", config["num_attention_heads"])
    size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    a_token = config["num_hidden_layers"] * heads * size * 2 * (4 if arguments["dtype"] == "float32" else 2)
    wanted = STEPS_ALIVE * arguments["max_num_batched_tokens"] * a_token
    return int(max(arguments["max_model_len"] * a_token, min(left, wanted)))
