"""The run folder: the one place that knows file paths, and what makes a stage repeat or rest.

Every table lies in one Parquet file, written beside its place and renamed into it, so that a reader sees a whole table
or none. `manifest.json` keeps for each file the identity of what made it and the hash of what came out. A stage whose
identity is unchanged rests; a stage whose output came out the same lets the stages after it rest.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from sku_align import schema
from sku_align.errors import UserError
from sku_align.files import file_hash, write_text, written_whole

_NOBODY: Mapping[str, str] = MappingProxyType({})


class RunFolder:
    """The files of one run.

    Args:
        path: The folder given as `--out`; created at the first write.
        made_by: Name of the command that makes a table, so that an error can say which one to run.
    """

    def __init__(self, path: Path, made_by: Mapping[str, str] = _NOBODY) -> None:
        self.path = path
        self._made_by = made_by

    @property
    def work(self) -> Path:
        """Caches and unfinished shards; safe to delete between runs."""
        return self.path / "work"

    @property
    def review(self) -> Path:
        """Doubtful pairs for a person."""
        return self.path / "review.csv"

    @property
    def returned(self) -> Path:
        """Where people put reviewed sheets; each is moved into a folder in it once it was taken or refused."""
        return self.path / "returned"

    @property
    def calibrations(self) -> Path:
        """Calibrations fitted on labels of this run, used unless the settings name another folder."""
        return self.path / "calibrations"

    @property
    def report(self) -> Path:
        """The summary of the run as a page that opens offline."""
        return self.path / "report.html"

    def table(self, name: str) -> Path:
        """Where a table lies."""
        return self.path / f"{name}.parquet"

    def check(self) -> None:
        """See that the folder can be written to, without making it.

        Raises:
            UserError: It cannot.
        """
        there = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            self._refuse(f"{there} {'is not a folder' if not there.is_dir() else 'may not be written to'}")

    def make(self) -> None:
        """Make the folder if it is missing.

        Raises:
            UserError: It cannot be made; some file systems say so only when they are asked.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._refuse(f"it cannot be made ({error.strerror})", error)

    def _refuse(self, why: str, error: OSError | None = None) -> NoReturn:
        raise UserError(f"The run folder {self.path} cannot be used, because {why}; name another by --out.") from error

    def read(self, name: str) -> pa.Table:
        """Read a table an earlier stage wrote.

        Raises:
            UserError: The stage that makes it has not run here, or the file is damaged.
        """
        path = self.table(name)
        if not path.exists():
            raise UserError(f"{path} does not exist yet: run `sku-align {self._maker(name)} --out {self.path}` first.")
        again = f"delete it and run `sku-align {self._maker(name)} --out {self.path}` again."
        if (content := self._entry(name).get("content")) and file_hash(path) != content:
            raise UserError(f"{path} is not what was written there (its SHA-256 is not that of the manifest): {again}")
        try:
            table = pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise UserError(f"{path} cannot be read ({error}): {again}") from error
        return schema.conform(table, schema.TABLES[name]) if name in schema.TABLES else table

    def write(self, name: str, table: pa.Table, identity: str) -> None:
        """Write a table whole or not at all, and note what made it."""
        self.make()
        path = self.table(name)
        with written_whole(path) as beside:
            # What a column means is said in the schema; in the file it would change bytes whenever a word changes.
            pq.write_table(table.cast(_bare(table.schema)), beside, compression="zstd")
        self._note(name, {"identity": identity, "content": file_hash(path), "rows": len(table)})

    def write_text(self, path: Path, text: str) -> None:
        """Write a file for people, whole or not at all."""
        self.make()
        write_text(path, text)

    def content(self, name: str) -> str:
        """Hash of a table's bytes as written, empty if it does not exist."""
        return str(self._entry(name).get("content", "")) if self.table(name).exists() else ""

    def rows(self, name: str) -> int:
        """Number of rows of a table as written, 0 if it does not exist."""
        return int(self._entry(name).get("rows", 0))

    def is_current(self, identity: str, *names: str) -> bool:
        """Whether all these tables were made by this identity and are what was written: a damaged one is made again."""
        return all(
            self._entry(name).get("identity") == identity
            and self.table(name).exists()
            and file_hash(self.table(name)) == self._entry(name).get("content")
            for name in names
        )

    def note(self, name: str, facts: dict[str, Any]) -> None:
        """Keep a stage's figures, so that a stage that rests can still report them."""
        self._note(f"{name}:facts", facts)

    def facts(self, name: str) -> dict[str, Any]:
        """Figures kept by `note`."""
        return self._entry(f"{name}:facts")

    def _entry(self, name: str) -> dict[str, Any]:
        entry = self._manifest().get(name)
        return entry if isinstance(entry, dict) else {}

    def _manifest(self) -> dict[str, Any]:
        try:
            document = json.loads(self._manifest_path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        # A damaged manifest only costs the work of doing everything again.
        return document if isinstance(document, dict) else {}

    def _note(self, name: str, entry: dict[str, Any]) -> None:
        manifest = self._manifest() | {name: entry}
        self.write_text(self._manifest_path, json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False))

    @property
    def _manifest_path(self) -> Path:
        return self.path / "manifest.json"

    def _maker(self, table: str) -> str:
        return self._made_by.get(table, "align")


def _bare(of: pa.Schema) -> pa.Schema:
    return pa.schema([field.remove_metadata() for field in of])
