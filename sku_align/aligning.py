"""The whole job in one call."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.running import Run, StageResult
from sku_align.stages import run_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sku_align.store import Publication


@dataclass(frozen=True, repr=False)
class Alignment:
    """A finished run.

    Attributes:
        run: Where it lies, with which settings.
        stages: What each stage did, in the order of the flow.
        publication: What is live since, if a database was named.
    """

    run: Run
    stages: dict[str, StageResult]
    publication: "Publication | None" = field(default=None)

    @property
    def offers(self) -> "pd.DataFrame":
        """Every good row of every catalog, columns as in `schema.OFFERS`."""
        return self._frame("offers")

    @property
    def clusters(self) -> "pd.DataFrame":
        """The SKU of every offer: `catalog`, `offer_id`, `sku_id`."""
        return self._frame("clusters")

    @property
    def skus(self) -> "pd.DataFrame":
        """One row per SKU, sorted by id: brand, category, price range and what else survives of its offers."""
        from sku_align.skus.survivorship import survive

        folder = self.run.folder
        skus = survive(folder.read("offers"), folder.read("clusters"), self.run.settings).skus
        return skus.to_pandas()

    def __repr__(self) -> str:
        skus = self.stages["cluster"].facts.get("skus", 0)
        live = f", publication {self.publication.publication_id}" if self.publication else ""
        offers = self.stages["ingest"].facts["offers"]
        return f"<Alignment in {self.run.folder.path}: {offers} offers, {skus} SKUs{live}>"

    def _frame(self, table: str) -> "pd.DataFrame":
        return self.run.folder.read(table).to_pandas()


def align(
    catalogs: "str | PathLike[str] | Sequence[str | PathLike[str]] | Mapping[str, str | PathLike[str] | pd.DataFrame]",
    out: "str | PathLike[str]",
    db: str | None = None,
    settings: Settings | None = None,
    accept_churn: bool = False,
    around: Callable[[str], AbstractContextManager[object]] = nullcontext,
    gold: "pa.Table | None" = None,
) -> Alignment:
    """Align catalogs: every stage from files to `report.html`, and publish if a database is named.

    Args:
        catalogs: A catalog file, several of them, or names with files or data frames; empty means those that the
            settings name.
        out: Folder for the tables, `review.csv` and `report.html`.
        db: SQLAlchemy URL of the database that storefronts read; nothing is published without it.
        settings: Settings of the run; the defaults need no GPU and no network.
        accept_churn: Publish although more offers change their SKU than the limit allows.
        around: Called with each stage's name; the stage runs inside the context it returns.
        gold: Labels (catalog, offer_id, gold_product_id) that the report measures the run against.

    Returns:
        The run: its tables as data frames, its stages' figures and its publication.

    Raises:
        UserError: The input or the surroundings are at fault; the message says what to do.

    Examples:
        >>> import tempfile
        >>> import pandas as pd
        >>> from sku_align import align
        >>> shop = pd.DataFrame({"offer_id": ["1", "2"], "title": ["Kettle Velora 1.7 L", "Toaster Krona T2"]})
        >>> feed = pd.DataFrame({"offer_id": ["x"], "title": ["Velora kettle 1.7 L"]})
        >>> with tempfile.TemporaryDirectory() as out:
        ...     run = align({"shop": shop, "feed": feed}, out)
        ...     offers, skus = run.clusters["offer_id"].tolist(), len(run.skus)
        >>> offers
        ['x', '1', '2']
        >>> skus <= 3
        True
    """
    if not isinstance(out, str | PathLike):
        raise UserError(f"`out` is the path of a folder, not a {type(out).__name__}.")
    settings, folder = settings or Settings(), Path(out)
    if isinstance(catalogs, Mapping):
        settings, files = _named(catalogs, settings, folder), []
    else:
        files = _files(catalogs)
    run = Run(folder, settings, files, db, accept_churn=accept_churn, gold=gold)
    with around("check"):
        run.check()
    for stage in run.stages:
        with around(stage.name):
            run.do(stage.name)
    publication = run.results["publish"].value if "publish" in run.results else None
    return Alignment(run, dict(run.results), publication)


def _files(catalogs: Any) -> list[Path]:
    """Paths of what was given as one path or several."""
    if isinstance(catalogs, str | PathLike):
        return [Path(catalogs)]
    if not isinstance(catalogs, Sequence) or not all(isinstance(each, str | PathLike) for each in catalogs):
        several = catalogs if isinstance(catalogs, Sequence) and not isinstance(catalogs, bytes) else [catalogs]
        odd = next(each for each in several if not isinstance(each, str | PathLike))
        raise UserError(
            f"`catalogs` is a path, a list of paths, or a dict of names with paths or data frames; {_kind(odd)} was "
            'given. A data frame needs a name: {"shop": frame}.'
        )
    return [Path(catalog) for catalog in catalogs]


def _named(catalogs: Mapping[str, Any], settings: Settings, out: Path) -> Settings:
    """Settings whose catalogs are the named ones; a data frame is kept as Parquet in the run folder's work."""
    import pandas as pd

    run_folder(out).make()
    paths: dict[str, Path] = {}
    for name, given in catalogs.items():
        if not isinstance(name, str) or not name.strip():
            raise UserError(f"A catalog's name is a text, not {name!r}.")
        if isinstance(given, pd.DataFrame):
            paths[name] = _write_frame(name, given, out / "work" / "catalogs")
        elif isinstance(given, str | PathLike):
            paths[name] = Path(given)
        else:
            raise UserError(f"The catalog {name} is a path or a pandas data frame; {_kind(given)} was given.")
    named = {name: settings.catalog(name).model_copy(update={"path": path}) for name, path in paths.items()}
    return settings.model_copy(update={"catalogs": named})


def _write_frame(name: str, frame: "pd.DataFrame", folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sku_align.files import written_whole
    from sku_align.provenance import identity

    # The name may hold what no file name may.
    path = folder / f"{identity(name)[:16]}.parquet"
    frame = frame.rename(columns=str)
    if twice := sorted({column for column in frame.columns if list(frame.columns).count(column) > 1}):
        raise UserError(f"The data frame {name} has several columns with the name {twice[0]!r}; rename all but one.")
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # A column of several kinds has no Arrow type; as in a CSV file, each value is then its text.
        mixed = frame.select_dtypes("object")
        texts: dict[str, pd.Series[Any]] = {str(column): mixed[column].map(str, na_action="ignore") for column in mixed}
        table = pa.Table.from_pandas(frame.assign(**texts), preserve_index=False)
    with written_whole(path) as beside:
        pq.write_table(table.replace_schema_metadata(None), beside)
    return path


def _kind(value: object) -> str:
    return f"a value of type {type(value).__name__}"
