"""One run over a folder: a stage rests if nothing it depends on changed, else it runs and its tables are written.

The command line, `align` and the Dagster assets all go through `Run.do`, so that a run in the UI and a run in a
terminal cannot differ.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sku_align.config import Settings
from sku_align.errors import UserError, of_the_machine
from sku_align.provenance import identity
from sku_align.stage import Plan, Stage
from sku_align.stages import BY_NAME, STAGES, run_folder

if TYPE_CHECKING:
    from sku_align.evaluation.clusters import ClusterEvaluation
    from sku_align.evaluation.comparing import RunTables
    from sku_align.report import About, Proof
    from sku_align.retrieval.versions import IndexRoot
    from sku_align.skus.identity import Previous
    from sku_align.store import Store


@dataclass(frozen=True)
class StageResult:
    """What a stage did, for people and for Dagster's metadata.

    Attributes:
        stage: Its name.
        reused: Nothing had changed, so that it rested.
        facts: Its figures.
        rows: Rows of each table that it writes.
        content: Hash of each table that it writes.
        cost: Seconds, GPU seconds and peak memory in MB, of when its tables were made.
        value: What a caller from Python gets beside the figures, such as the `Publication` of `publish`.
    """

    stage: str
    reused: bool
    facts: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    value: Any = field(default=None, repr=False)


class Run:
    """Catalogs, settings, a folder and perhaps a database.

    Args:
        out: The run folder.
        settings: All settings of the run.
        catalogs: Catalog files; empty means those that the settings name.
        db: SQLAlchemy URL; without it nothing is published and no verdicts or earlier SKUs are known.
        accept_churn: Publish although more offers change their SKU than the limit allows.
        run_id: The caller's name for the run, kept with the publication.
        gold: Labels (catalog, offer_id, gold_product_id) that the report measures the run against.
        only: Catalogs that `ingest` reads anew; the others keep what the run folder holds of them. All if empty.
        anew: Stages that run although nothing changed; `score` then takes nothing from the scores of earlier runs.
        now: Tells the time; the stages have no clock of their own.
    """

    def __init__(
        self,
        out: Path,
        settings: Settings,
        catalogs: Sequence[Path] = (),
        db: str | None = None,
        *,
        accept_churn: bool = False,
        run_id: str | None = None,
        gold: pa.Table | None = None,
        only: Sequence[str] = (),
        anew: Sequence[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = run_folder(out)
        self.settings = settings
        self.catalogs = list(catalogs)
        self.db = db
        self.accept_churn = accept_churn
        self.run_id = run_id
        self.gold = gold
        self.only = tuple(only)
        self.anew = tuple(anew)
        self.now = now
        self.results: dict[str, StageResult] = {}

    @cached_property
    def store(self) -> "Store | None":
        """The database, opened at first use.

        Raises:
            UserError: It cannot be reached.
        """
        from sku_align.store import Store

        return Store.open(self.db) if self.db else None

    def needed_store(self) -> "Store":
        """The database of a stage that cannot do without one.

        Raises:
            UserError: None is named, or it cannot be reached.
        """
        if self.store is None:
            raise UserError("Name the database by --db, for example --db sqlite:///skus.db.")
        return self.store

    def previous(self) -> "Previous":
        """What is live now; nothing where no database is named."""
        from sku_align.skus.identity import Previous

        return self.store.previous() if self.store else Previous.empty()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of this run in the order of the flow; without a database, those that need none."""
        return tuple(stage for stage in STAGES if self.db or not stage.needs_db)

    def check(self) -> None:
        """Find what would stop the run before anything is written.

        Raises:
            UserError: A catalog cannot be found, the scorer is unknown, the database cannot be reached, or the run
                folder cannot be written to.
        """
        from sku_align.catalogs.ingest import find_sources
        from sku_align.scoring.load import load_scorer

        find_sources(self.catalogs, self.settings)
        load_scorer(self.settings.scoring)
        _ = self.store
        self.folder.check()

    def do(self, name: str) -> StageResult:
        """Run a stage, or let it rest if its tables were made by the same inputs, settings, models and code.

        Args:
            name: Of a declared stage.

        Raises:
            UserError: The input or the surroundings are at fault; the message says what to do.
        """
        try:
            return self._do(BY_NAME[name])
        except OSError as error:
            if sentence := of_the_machine(error):
                raise UserError(sentence) from error
            raise

    def _do(self, stage: Stage) -> StageResult:
        name, plan = stage.name, stage.plan(self)
        made_by = self._identity(stage, plan)
        reused = (
            name not in self.anew and made_by is not None and self.folder.is_current(made_by, *stage.tables_written)
        )
        value = None
        if not reused:
            with _measured() as spent:
                made = plan.work(**{table: self.folder.read(table) for table in stage.tables_read})
            spent["gpu_seconds"] = spent["seconds"] * self._gpus(name)
            self.folder.note(f"{name}:cost", dict(spent))
            for table in stage.tables_written:
                self.folder.write(table, made.tables[table], made_by or "")
            for path, text in made.files.items():
                self.folder.write_text(path, text)
            self.folder.note(name, made.facts)
            value = made.value
        facts = self.folder.facts(name)
        plan.check(facts)
        written = stage.tables_written
        rows, content = {t: self.folder.rows(t) for t in written}, {t: self.folder.content(t) for t in written}
        cost = self.folder.facts(f"{name}:cost")
        self.results[name] = StageResult(name, reused, facts, rows, content, cost, value)
        return self.results[name]

    def facts(self) -> dict[str, dict[str, Any]]:
        """The figures of every stage, by its name; those of the database's stages only where the run has one."""
        return {stage.name: self.folder.facts(stage.name) for stage in self.stages}

    def costs(self) -> dict[str, dict[str, float]]:
        """What each stage took when its tables were made: seconds, GPU seconds, peak memory in MB; in their order."""
        noted = {stage.name: self.folder.facts(f"{stage.name}:cost") for stage in self.stages}
        return {name: cost for name, cost in noted.items() if cost}

    def about(self) -> "About":
        """Where and when the run was, for the report."""
        from sku_align.report import About

        rested = tuple(name for name, result in self.results.items() if result.reused)
        return About(self.now(), self.folder, self.settings, self.db, rested)

    def evaluation(self) -> "ClusterEvaluation | None":
        """Figures against the gold labels, if there are any."""
        from sku_align.evaluation.clusters import evaluate_clusters

        if self.gold is None:
            return None
        return evaluate_clusters(self.gold, *map(self.folder.read, ("offers", "clusters", "candidates")))

    def index_root(self) -> "IndexRoot | None":
        """Where the indexes of the database's publications lie."""
        from sku_align.retrieval.versions import IndexRoot

        return IndexRoot.beside(self.db, self.settings.publishing.index, self.folder.path) if self.db else None

    def earlier(self) -> "dict[int, RunTables]":
        """The last publication that the run builds on, and the oldest that is kept, by number."""
        from sku_align.retrieval.publications import earlier_runs

        if (root := self.index_root()) is None or self.store is None:
            return {}
        base = self.folder.facts("cluster").get("based_on_publication")
        return earlier_runs(root, base, {each.publication_id: each.republishes for each in self.store.publications()})

    def made(self, tables: "Mapping[str, pa.Table]") -> "RunTables":
        """Its `offers`, `decisions` and `clusters`, ready to be compared."""
        from sku_align.evaluation.comparing import RunTables, made_by

        return RunTables(tables["offers"], tables["decisions"], tables["clusters"], **made_by(self.folder))

    def proof(self, tables: "Mapping[str, pa.Table]") -> "Proof":
        """Its certificate, what it changed since the last publication, and drift; tables as `made` takes them."""
        from sku_align.report import gather_proof

        publications = self.store.publications() if self.store else ()
        return gather_proof(self.folder, self.made(tables), publications, self.earlier())

    def _gpus(self, stage: str) -> int:
        """How many GPUs a stage holds for itself."""
        from sku_align.gpu import visible_gpus

        of_scoring = [part.name for part in self.settings.scoring.parts]
        engines: list[str] = {"score": of_scoring, "embed": [str(self.settings.embedding.name)]}.get(stage, [])
        return len(visible_gpus()) if "vllm" in engines else 0

    def _identity(self, stage: Stage, plan: Plan) -> str | None:
        if plan.made_by is None or not stage.tables_written:
            return None
        content = [self.folder.content(table) for table in stage.tables_read]
        return identity(stage.code_version, content, plan.made_by)


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    """Seconds of the block, and the process's peak memory within it where Linux tells."""
    spent: dict[str, float] = {}
    # Writing 5 sets the peak back to what is held now, so that a stage is not told that of the stage before it.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    begun = time.perf_counter()
    yield spent
    spent["seconds"] = round(time.perf_counter() - begun, 3)
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        spent["peak_mb"] = round(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024, 1)
