"""Vectors as an array, out of the column that holds them."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def vectors_of(table: pa.Table) -> NDArray[Any]:
    """Vectors of n offers, shape (n, dimension).

    Args:
        table: Table of `schema.embeddings_schema`, or rows of one; a column of one chunk is not copied.
    """
    column = table["vector"]
    chunk = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return pc.list_flatten(chunk).to_numpy(zero_copy_only=False).reshape(len(column), -1)
