"""NVIDIA's Multi-Process Service (MPS): engines that share a GPU run their kernels side by side, not in turns."""

import contextlib
import os
import shutil
import subprocess
from contextlib import ExitStack

from sku_align.files import private_folder

PROGRAM = "nvidia-cuda-mps-control"
PIPES, LOGS = "CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY"
ANSWER_S = 30.0


def start_mps(held: ExitStack, name: str) -> dict[str, str]:
    """Start a service of our own that ends when `held` is closed; one that the user names in the environment is used.

    Args:
        held: What this process holds of the GPUs.
        name: A name of these GPUs. What a killed run of the same GPUs left behind is taken over.

    Returns:
        What the engines need in their environment; empty where there is no such service, so that they take turns.
    """
    if PIPES in os.environ:
        return {PIPES: os.environ[PIPES]}
    program = shutil.which(PROGRAM)
    if program is None:
        return {}
    folder = private_folder(f"mps-{name}")
    # The service counts all GPUs, so that an engine's CUDA_VISIBLE_DEVICES means the same with it and without.
    environment = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    environment |= {PIPES: str(folder), LOGS: str(folder)}

    def answers(*arguments: str, words: str = "") -> bool:
        # Its output goes nowhere: the service would keep a pipe open for as long as it lives.
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(
                [program, *arguments], input=words, text=True, env=environment, timeout=ANSWER_S, check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            return done.returncode == 0
        return False

    if not answers("-d") and not answers(words="get_server_list\n"):
        return {}
    held.callback(answers, words="quit\n")
    return {PIPES: str(folder)}
