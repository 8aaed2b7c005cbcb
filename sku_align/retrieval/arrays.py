"""Arrays and tables in files that are read in place, so that processes share one copy and a start costs no reading."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def write_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def map_array(path: Path) -> NDArray[Any]:
    """Map an array into memory; what is written into it never reaches the file."""
    # Copy on write and not read-only: the sparse product takes writable arrays only, and writes into none.
    values: NDArray[Any] = np.load(path, mmap_mode="c", allow_pickle=False)
    return np.asarray(values)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table uncompressed, which is what can be read in place."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def map_table(path: Path) -> pa.Table:
    """Map a table into memory, read-only."""
    return pa.ipc.open_file(pa.memory_map(str(path), "rb")).read_all()


def write_csr(folder: Path, name: str, matrix: Any, kind: type[np.generic] = np.float32) -> None:
    """Write a CSR matrix as its three arrays, its values as numbers of the given kind."""
    for part, values in (("data", matrix.data.astype(kind)), ("indices", matrix.indices), ("indptr", matrix.indptr)):
        write_array(folder / f"{name}.{part}.npy", values)


def map_csr(folder: Path, name: str, columns: int) -> Any:
    """Map a CSR matrix into memory."""
    from scipy.sparse import csr_matrix

    data, indices, indptr = (map_array(folder / f"{name}.{part}.npy") for part in ("data", "indices", "indptr"))
    matrix = csr_matrix((len(indptr) - 1, columns), dtype=np.float32)
    # The constructor would look through all indices, which reads the whole file.
    matrix.data, matrix.indices, matrix.indptr = data, indices, indptr
    return matrix
