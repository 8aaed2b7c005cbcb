"""Where the indexes of a database lie, one folder for each publication, and how old ones are pruned."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url

from sku_align.errors import UserError

READY = "index.json"


class IndexRoot:
    """The folder that holds one index for each of the last publications.

    Args:
        path: The folder; created at the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, db: str, named: Path | None = None, run: Path | None = None) -> "IndexRoot":
        """The folder that belongs to a database.

        Args:
            db: SQLAlchemy URL.
            named: The folder that the settings name; it comes first.
            run: The run folder, for a database that is not a file.

        Raises:
            UserError: The database is not a file, and neither a folder nor a run is named.
        """
        if named:
            return cls(named)
        url = make_url(db)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            return cls(Path(f"{url.database}.index"))
        if run:
            return cls(run / "index")
        raise UserError(
            "The database is not a file, so it is not clear where its index lies: name the run folder by --run, "
            "or the folder by publishing.index in the settings."
        )

    def publications(self) -> list[int]:
        """Publications that have a finished index, the newest first."""
        found = self.path.glob(f"[0-9]*/{READY}") if self.path.is_dir() else ()
        return sorted((int(path.parent.name) for path in found if path.parent.name.isdigit()), reverse=True)

    def folder(self, publication: int) -> Path:
        """Where the index of a publication lies."""
        return self.path / str(publication)

    def write(self, publication: int, fill: Callable[[Path], None], keep: int) -> Path:
        """Make an index beside its place, rename it there, and forget all but the newest.

        Indexes of later publications that were there before are forgotten too: the database was restored from a backup
        and will give their numbers to other publications.

        Args:
            publication: Its publication.
            fill: Writes the files into an empty folder.
            keep: How many indexes stay.
        """
        place, beside = self.folder(publication), self.path / f".{publication}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        began = beside.stat().st_mtime_ns
        try:
            fill(beside)
            shutil.rmtree(place, ignore_errors=True)
            beside.rename(place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        # A service that has an older index open goes on reading it: files that are mapped outlive their names.
        there = self.publications()
        lost = [each for each in there if each > publication and self._written(each) < began]
        for each in (*lost, *[each for each in there if each not in lost][keep:]):
            shutil.rmtree(self.folder(each), ignore_errors=True)
        return place

    def _written(self, publication: int) -> int:
        """When an index was finished, in nanoseconds."""
        return (self.folder(publication) / READY).stat().st_mtime_ns
