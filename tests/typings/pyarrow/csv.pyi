"""CSV in and out."""

from collections.abc import Mapping, Sequence
from typing import IO

from . import DataType, RecordBatch, Schema, Table, _Path

class ReadOptions:
    def __init__(self, *, column_names: Sequence[str] | None = ..., block_size: int | None = ...) -> None: ...

class ParseOptions:
    def __init__(self, *, delimiter: str | None = ..., newlines_in_values: bool | None = ...) -> None: ...

class ConvertOptions:
    def __init__(
        self,
        *,
        column_types: Schema | Mapping[str, DataType] | None = ...,
        null_values: Sequence[str] | None = ...,
        true_values: Sequence[str] | None = ...,
        false_values: Sequence[str] | None = ...,
        strings_can_be_null: bool | None = ...,
        quoted_strings_can_be_null: bool | None = ...,
    ) -> None: ...

class WriteOptions:
    def __init__(self, *, include_header: bool | None = ...) -> None: ...

def read_csv(
    input_file: _Path | IO[bytes],
    read_options: ReadOptions | None = ...,
    parse_options: ParseOptions | None = ...,
    convert_options: ConvertOptions | None = ...,
) -> Table: ...
def write_csv(
    data: Table | RecordBatch, output_file: _Path | IO[bytes], write_options: WriteOptions | None = ...
) -> None: ...
