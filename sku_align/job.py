"""The stages over a run folder: read what a stage needs, rest if nothing changed, else run it and write its tables.

The command line and the Dagster assets both call these methods, and nothing else calls the stages, so that a run in
the UI and a run in a terminal cannot differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder, file_hash, identity

if TYPE_CHECKING:
    from sku_align.review import Receipt
    from sku_align.scoring.protocol import Scorer
    from sku_align.skus.identity import Previous
    from sku_align.store import Publication, Store

STAGES = ("ingest", "embed", "block", "score", "decide", "cluster")


@dataclass(frozen=True)
class StageResult:
    """What a stage did, for people and for Dagster's metadata.

    Attributes:
        stage: Its name.
        reused: Nothing had changed, so that it rested.
        facts: Its figures.
        rows: Rows of its main table.
        content: Hash of its main table.
    """

    stage: str
    reused: bool
    facts: dict[str, Any] = field(default_factory=dict)
    rows: int | None = None
    content: str | None = None


class Job:
    """One run: catalogs, settings, a folder and perhaps a database.

    Args:
        out: The run folder.
        settings: All settings of the run.
        catalogs: Catalog files; empty means those that the settings name.
        db: SQLAlchemy URL; without it nothing is published and no verdicts or earlier SKUs are known.
    """

    def __init__(self, out: Path, settings: Settings, catalogs: Sequence[Path] = (), db: str | None = None) -> None:
        self.folder = RunFolder(out)
        self.settings = settings
        self.catalogs = list(catalogs)
        self.db = db

    @cached_property
    def store(self) -> "Store | None":
        """The database, opened at first use.

        Raises:
            UserError: It cannot be reached.
        """
        from sku_align.store import Store

        return Store.open(self.db) if self.db else None

    def check(self) -> None:
        """Find what would stop the run before anything is written.

        Raises:
            UserError: A catalog cannot be found, the scorer is unknown, the database cannot be reached, or the run
                folder cannot be written to.
        """
        from sku_align.catalogs.ingest import find_sources

        find_sources(self.catalogs, self.settings)
        self._scorer()
        _ = self.store
        self.folder.check()

    def ingest(self) -> StageResult:
        """Catalogs in; `offers` and `quarantine` out."""
        from sku_align.catalogs.ingest import find_sources, ingest

        sources = find_sources(self.catalogs, self.settings)
        made_by = identity(
            *((source.name, source.settings, source.path and file_hash(source.path)) for source in sources),
            *(datetime.now() for source in sources if source.path is None),
        )

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            result = ingest(sources, self.settings)
            return {"offers": result.offers, "quarantine": result.quarantine}, {
                "offers": len(result.offers),
                "quarantined": len(result.quarantine),
                "per_catalog": _counts(result.offers["catalog"]),
                "languages": _counts(result.offers["language"]),
                "expectations": result.expectations,
            }

        return self._stage("ingest", made_by, ("offers", "quarantine"), run)

    def embed(self) -> StageResult:
        """`offers` in; `embeddings` out."""
        from sku_align.embedding.embed import embed, load_embedder

        made_by = identity(self.folder.content("offers"), self.settings.embedding)

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            embedder = load_embedder(self.settings.embedding)
            table = embed(self.folder.read("offers"), embedder, self.folder.work / "embeddings")
            return {"embeddings": table}, {"embedder": embedder.fingerprint, "vectors": len(table)}

        return self._stage("embed", made_by, ("embeddings",), run)

    def block(self) -> StageResult:
        """`offers` and `embeddings` in; `candidates` out, without pairs that a forbidding guard forbids anyway.

        Raises:
            LossError: The estimated pair completeness is below the settings' limit; the table is written though.
        """
        from sku_align.blocking.block import block
        from sku_align.blocking.report import require
        from sku_align.deciding.guards import unforbidden

        made_by = identity(
            self.folder.content("offers"),
            self.folder.content("embeddings"),
            self.settings.blocking,
            self.settings.deciding,
            self._duplicates(),
        )

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            offers = self.folder.read("offers")
            duplicates = self.settings.with_duplicates(offers["catalog"].unique().to_pylist())
            result = block(offers, self.folder.read("embeddings"), self.settings.blocking, duplicates)
            candidates = unforbidden(offers, result.candidates, self.settings.deciding)
            forbidden = len(result.candidates) - len(candidates)
            facts = result.report.to_dict() | {"candidates": len(candidates), "forbidden_by_guards": forbidden}
            return {"candidates": candidates}, facts

        result = self._stage("block", made_by, ("candidates",), run)
        require(result.facts["estimated_pair_completeness"], self.settings.blocking.min_pair_completeness)
        return result

    def score(self) -> StageResult:
        """`offers` and `candidates` in; `scores` out."""
        from sku_align.calibration.calibration import load_calibration
        from sku_align.scoring.score import score

        scorer = self._scorer()
        own = self.settings.scoring.calibrations or self.folder.calibrations
        calibration = load_calibration(scorer.fingerprint, own, self.settings.scoring.model_calibrations)
        made_by = identity(
            self.folder.content("offers"),
            self.folder.content("candidates"),
            self.settings.scoring,
            scorer.fingerprint,
            calibration,
            self._duplicates(),
        )

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            offers, candidates = self.folder.read("offers"), self.folder.read("candidates")
            duplicates = self.settings.with_duplicates(offers["catalog"].unique().to_pylist())
            of_run = replace(calibration, has_duplicates=duplicates)
            table = score(offers, candidates, scorer, of_run, self.settings.scoring, self.folder.work)
            return {"scores": table}, {
                "scores": len(table),
                "scorer": scorer.fingerprint,
                "calibrated": calibration.covers(offers),
            }

        return self._stage("score", made_by, ("scores",), run)

    def decide(self) -> StageResult:
        """`offers`, `scores` and reviewers' verdicts in; `decisions` out."""
        from sku_align.deciding.decide import decide

        verdicts = (
            self.store.verdicts(self.folder.read("offers")) if self.store else schema.conform([], schema.VERDICTS)
        )
        settings = self._with_calibrated()
        made_by = identity(
            self.folder.content("offers"),
            self.folder.content("scores"),
            verdicts.to_pylist(),
            self.settings.deciding,
            settings.catalogs,
            self.settings.has_duplicates,
        )

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            table = decide(self.folder.read("offers"), self.folder.read("scores"), verdicts, settings)
            return {"decisions": table}, {
                "decisions": _counts(table["decision"]),
                "reasons": _counts(table["reason"]),
                "verdicts": len(verdicts),
            }

        return self._stage("decide", made_by, ("decisions",), run)

    def cluster(self) -> StageResult:
        """`offers`, `decisions` and the live SKUs in; `clusters`, `refused_edges` and `events` out."""
        from sku_align.clustering.cluster import cluster
        from sku_align.skus.identity import identify

        previous = self._previous()
        made_by = identity(
            self.folder.content("offers"),
            self.folder.content("decisions"),
            self.settings.deciding,
            self.settings.clustering,
            self.settings.catalogs,
            self.settings.has_duplicates,
            previous.fingerprint,
        )

        def run() -> tuple[dict[str, pa.Table], dict[str, Any]]:
            offers, decisions = self.folder.read("offers"), self.folder.read("decisions")
            groups, refused = cluster(offers, decisions, self.settings)
            identified = identify(groups, offers, decisions, previous)
            sizes = pc.value_counts(identified.clusters["sku_id"])
            return {"clusters": identified.clusters, "refused_edges": refused, "events": identified.events}, {
                "skus": len(sizes),
                "skus_with_several_offers": sum(1 for size in sizes if size["counts"].as_py() > 1),
                "refused_edges": len(refused),
                "events": _counts(identified.events["event"]),
                "based_on_publication": previous.publication_id,
            }

        return self._stage("cluster", made_by, ("clusters", "refused_edges", "events"), run)

    def publish(self, published_at: datetime, accept_churn: bool = False, run_id: str | None = None) -> "Publication":
        """Audit the run's tables and make them what storefronts read.

        Args:
            published_at: When; the stages have no clock of their own.
            accept_churn: Publish although more offers change their SKU than the limit allows.
            run_id: The caller's name for the run, kept with the publication.

        Raises:
            UserError: No database is named, an audit failed, or another run published since `cluster`.
        """
        if self.store is None:
            raise UserError("Name the database to publish to by --db, for example --db sqlite:///skus.db.")
        previous = self._previous()
        if previous.publication_id != self.folder.facts("cluster").get("based_on_publication"):
            raise UserError(
                f"Publication {previous.publication_id} went live after these clusters were made: "
                "run `sku-align cluster` again, so that its SKU ids are kept, then publish."
            )
        return self.store.publish(
            offers=self.folder.read("offers"),
            decisions=self.folder.read("decisions"),
            clusters=self.folder.read("clusters"),
            refused=self.folder.read("refused_edges"),
            events=self.folder.read("events"),
            previous=previous,
            settings=self.settings,
            published_at=published_at,
            accept_churn=accept_churn,
            run_id=run_id,
        )

    def export_review(self) -> StageResult:
        """`offers` and `decisions` in; `review.csv` out."""
        from sku_align.review import export_review

        text = export_review(self.folder.read("offers"), self.folder.read("decisions"))
        self.folder.write_text(self.folder.review, text)
        questions = text.count("\r\n") - 1
        return StageResult("review", False, {"questions": questions, "path": str(self.folder.review)}, questions)

    def take_reviews(self, now: datetime) -> list["Receipt"]:
        """Reviewed sheets in the run folder's `returned` in; verdicts in the database and receipts out.

        Raises:
            UserError: No database is named, or it cannot be reached.
        """
        from sku_align.review import apply_returned

        if self.store is None:
            raise UserError("Name the database that keeps the verdicts, for example sqlite:///skus.db.")
        self.folder.returned.mkdir(parents=True, exist_ok=True)
        return list(apply_returned(self.folder.returned, self.store, now))

    def _duplicates(self) -> dict[str, bool | None]:
        """What the settings say of duplicates, for identities; the empty name stands for all other catalogs."""
        stated = {name: catalog.has_duplicates for name, catalog in self.settings.catalogs.items()}
        return {**stated, "": self.settings.has_duplicates}

    def _previous(self) -> "Previous":
        from sku_align.skus.identity import Previous

        return self.store.previous() if self.store else Previous.empty()

    def _with_calibrated(self) -> Settings:
        """The settings, where catalogs that the calibration was fitted on count as calibrated."""
        covered = [name for name, covered in self.folder.facts("score").get("calibrated", {}).items() if covered]
        catalogs = {name: self.settings.catalog(name).model_copy(update={"calibrated": True}) for name in covered}
        return self.settings.model_copy(update={"catalogs": {**self.settings.catalogs, **catalogs}})

    def _scorer(self) -> "Scorer":
        from sku_align.scoring.load import load_scorer

        return load_scorer(self.settings.scoring)

    def _stage(
        self,
        name: str,
        made_by: str,
        tables: tuple[str, ...],
        run: Callable[[], tuple[dict[str, pa.Table], dict[str, Any]]],
    ) -> StageResult:
        reused = self.folder.is_current(made_by, *tables)
        if not reused:
            written, facts = run()
            for table in tables:
                self.folder.write(table, written[table], made_by)
            self.folder.note(name, facts)
        main = tables[0]
        return StageResult(name, reused, self.folder.facts(name), self.folder.rows(main), self.folder.content(main))


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.cast(pa.string())).to_pylist()
    return {str(entry["values"]): entry["counts"] for entry in sorted(counted, key=lambda entry: str(entry["values"]))}
