"""What GPUs are here and how full they are, asked of the driver's own tool, without torch."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FIRST_LOOK_S = 10.0


@dataclass(frozen=True)
class Gpu:
    """A CUDA device: what `CUDA_VISIBLE_DEVICES` calls it, its UUID, name and memory."""

    index: str
    uuid: str
    name: str
    memory_mib: float


@dataclass
class Load:
    """What `watch` saw of all visible GPUs together: memory in MiB and how busy they were in percent."""

    memory_mib: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    @property
    def peak_mib(self) -> float | None:
        """Most memory in use at one time; `None` without a GPU."""
        return max(self.memory_mib, default=None)

    @property
    def mean_busy(self) -> float | None:
        """Share of the time a kernel ran, in percent; `None` without a GPU."""
        return sum(self.busy) / len(self.busy) if self.busy else None


def visible_gpus() -> list[Gpu]:
    """CUDA devices this process may use, in the order of `CUDA_VISIBLE_DEVICES`."""
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", "--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    parts = [[part.strip() for part in line.split(",")] for line in lines if line.count(",") == 3]
    gpus = [Gpu(index, uuid, name, float(memory)) for index, uuid, name, memory in parts]
    if (chosen := os.environ.get("CUDA_VISIBLE_DEVICES")) is None:
        return gpus
    wanted = [name.strip() for name in chosen.split(",")]
    return [gpu for name in wanted for gpu in gpus if name and (name == gpu.index or gpu.uuid.startswith(name))]


def compute_capability(gpu: Gpu) -> float | None:
    """Compute capability of a GPU, such as 9.0 of an H100; `None` where the driver does not say it."""
    query = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader", "-i", gpu.uuid]
    try:
        return float(subprocess.run(query, capture_output=True, text=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


@contextmanager
def watch() -> Iterator[Load]:
    """Look at the visible GPUs five times a second while the block runs; an empty `Load` without one."""
    load, gpus = Load(), visible_gpus()
    if not gpus:
        yield load
        return
    query = ["nvidia-smi", "--query-gpu=memory.used,utilization.gpu", "--format=csv,noheader,nounits", "-lms", "200"]
    process = subprocess.Popen([*query, "-i", ",".join(gpu.index for gpu in gpus)], stdout=subprocess.PIPE, text=True)
    looking = threading.Event()
    reader = threading.Thread(target=_read, args=(process, load, len(gpus), looking))
    reader.start()
    try:
        looking.wait(FIRST_LOOK_S)
        load.busy.clear()  # what ran before the block
        yield load
    finally:
        # Whoever ignores a request to end hands that on to the processes that it starts.
        process.kill()
        reader.join()


def _read(process: "subprocess.Popen[str]", load: Load, gpus: int, looking: threading.Event) -> None:
    lines: list[list[float]] = []
    for line in process.stdout or ():
        lines.append([float(part) for part in line.split(",")])
        if len(lines) == gpus:
            load.memory_mib.append(sum(memory for memory, _ in lines))
            load.busy.append(sum(busy for _, busy in lines) / gpus)
            lines = []
            looking.set()
