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
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.errors import UserError
from sku_align.gpu import visible_gpus

START_TIMEOUT_S = 1800.0
ACTIVATION_BYTES, STEPS_ALIVE = 3 * 2**30, 2


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

    def send(self, block: int, prompts: Sequence[NDArray[np.int32]], second: Sequence[int] | None) -> None:
        """Queue a block of prompts; its scores come back by `receive_any`."""
        lengths = np.array([len(prompt) for prompt in prompts], dtype=np.int32)
        try:
            self._connection.send((block, np.concatenate(prompts), lengths, second))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._gone() from error

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


def receive_any(engines: Sequence[Engine]) -> tuple[Engine, int, NDArray[np.float32]]:
    """Wait for a block from whichever engine finishes one first: the engine, the block's number, its scores."""
    ready = wait([engine._connection for engine in engines])
    engine = next(engine for engine in engines if engine._connection in ready)
    block, scores = engine._receive()
    return engine, block, scores


def _serve(spec: EngineSpec, connection: Connection) -> None:
    os.environ.update(spec.environment)
    if spec.gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(spec.gpus)
    try:
        model = _load(spec)
        connection.send(("ready", None))
        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(connection, waiting), daemon=True).start()
        for finished in _scores(model.llm_engine, waiting, 2 * spec.llm["max_num_seqs"]):
            connection.send(("scores", finished))
        # A spawned process ends without the exit handlers by which vLLM stops its own processes.
        del model
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
    from vllm import LLM

    arguments = dict(spec.llm)
    if len(spec.gpus) == 1:
        arguments["kv_cache_memory_bytes"] = _cache_bytes(arguments, spec.share)
        arguments["gpu_memory_utilization"] = arguments["gpu_memory_utilization"] / spec.share
    return LLM(**arguments)


def _scores(engine: Any, waiting: "queue.SimpleQueue[Any]", at_once: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Blocks and their scores as they finish, until `None` waits.

    The engine always has `at_once` requests, across the borders of blocks, so that no step of it runs half full.
    """
    from vllm.inputs import tokens_input

    requests: deque[tuple[str, Any, Any]] = deque()
    blocks: dict[int, NDArray[np.float32]] = {}
    left: dict[int, int] = {}
    running = 0
    while True:
        while len(requests) < at_once and not (waiting.empty() and blocks):
            if (message := waiting.get()) is None:
                return
            block, flat, lengths, second = message
            blocks[block], left[block] = np.empty(len(lengths), dtype=np.float32), len(lengths)
            prompts = np.split(flat, np.cumsum(lengths)[:-1])
            for number, (prompt, params) in enumerate(zip(prompts, _params(second, len(lengths)), strict=True)):
                requests.append((f"{block}-{number}", tokens_input(prompt.tolist()), params))
        for _ in range(min(at_once - running, len(requests))):
            engine.add_request(*requests.popleft())
            running += 1
        for output in engine.step():
            block, number = map(int, output.request_id.split("-"))
            blocks[block][number] = float(output.outputs.data.flatten()[-1])
            left[block] -= 1
            running -= 1
            if not left[block]:
                yield block, blocks.pop(block)


def _params(second: Sequence[int] | None, count: int) -> list[Any]:
    from vllm import PoolingParams

    if second is None:
        return [PoolingParams(task="classify", use_activation=True)] * count
    return [
        PoolingParams(task="classify", use_activation=True, extra_kwargs={"compressed_token_type_ids": start})
        for start in second
    ]


def _cache_bytes(arguments: dict[str, Any], share: int) -> int:
    """Memory for keys and values, given in bytes so that no engine measures what another one on its GPU takes.

    Nothing is generated, so a few steps' worth of tokens is all that is ever alive.
    """
    # Asked of the driver's tool: torch would take a context on the GPU, and vLLM could not fork its own process then.
    total = visible_gpus()[0].memory_mib * 2**20
    weights = sum(path.stat().st_size for path in Path(arguments["model"]).glob("*.safetensors"))
    left = total * arguments["gpu_memory_utilization"] / share - weights - ACTIVATION_BYTES
    config = json.loads((Path(arguments["model"]) / "config.json").read_text(encoding="utf-8"))
    heads = config.get("num_key_value_heads", config["num_attention_heads"])
    size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    a_token = config["num_hidden_layers"] * heads * size * 2 * (4 if arguments["dtype"] == "float32" else 2)
    wanted = STEPS_ALIVE * arguments["max_num_batched_tokens"] * a_token
    return int(max(arguments["max_model_len"] * a_token, min(left, wanted)))
