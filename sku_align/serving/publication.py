"""The publication that answers hold for, and how a new one is taken up while requests go on.

A request keeps the publication that it began with until it is answered, so that no answer mixes two.
"""

import json
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from sku_align.calibration.calibration import CALIBRATIONS, load_calibration
from sku_align.config import ServingSettings, Settings
from sku_align.embedding.embed import load_embedder
from sku_align.embedding.protocol import Embedder
from sku_align.errors import UserError
from sku_align.redaction import redact
from sku_align.retrieval.index import PublishedIndex
from sku_align.retrieval.versions import IndexRoot
from sku_align.scoring.canaries import check_canaries
from sku_align.scoring.cascade import Cascade
from sku_align.scoring.cascade_fit import CascadeFit
from sku_align.scoring.load import load_scorer
from sku_align.scoring.mean import Mean
from sku_align.scoring.protocol import Scorer
from sku_align.serving.matching import Matcher
from sku_align.serving.metrics import FAILURES, PUBLICATION, PUBLISHED_AT
from sku_align.serving.scores import Cache, SharedScorer
from sku_align.store import Publication, Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """One publication with everything that answers take.

    Attributes:
        publication: Its number and figures.
        index: Its offers, searchable.
        matcher: Decides which SKUs new offers are.
        embedder: Makes vectors like those of the index.
        settings: Of its run.
    """

    publication: Publication
    index: PublishedIndex
    matcher: Matcher
    embedder: Embedder
    settings: Settings


class Engines:
    """Scorers and embedders by what they were made from: a new publication mostly needs those of the last one."""

    def __init__(self, serving: ServingSettings) -> None:
        self._cache = Cache(serving.cached_scores, "scores")
        self._scorers: dict[str, Scorer] = {}
        self._embedders: dict[str, Embedder] = {}

    def scorer(self, settings: Settings) -> Scorer:
        """The scorer of a run, which passed its canaries.

        Raises:
            UserError: It cannot be loaded, or cannot tell known pairs apart.
        """
        key = settings.scoring.model_dump_json()
        if key not in self._scorers:
            scorer = load_scorer(settings.scoring)
            if settings.scoring.canaries:
                check_canaries(scorer)
            self._scorers[key] = self._shared(scorer)
        return self._scorers[key]

    def _shared(self, scorer: Scorer) -> Scorer:
        """A scorer that many requests call at once; of several scorers each is shared."""
        if isinstance(scorer, Cascade):
            return replace(scorer, fast=self._shared(scorer.fast), strong=self._shared(scorer.strong))
        if isinstance(scorer, Mean):
            return replace(scorer, parts=tuple(map(self._shared, scorer.parts)))
        return SharedScorer(scorer, self._cache)

    def embedder(self, settings: Settings) -> Embedder:
        """The embedder of a run."""
        key = settings.embedding.model_dump_json()
        if key not in self._embedders:
            self._embedders[key] = load_embedder(settings.embedding)
        return self._embedders[key]


class Keeper:
    """Keeps the snapshot of the live publication, and looks for a new one from time to time.

    Args:
        db: SQLAlchemy URL of the store.
        run: Run folder whose index is served, for a database that is not a file.
        overrides: Settings of the service; its `serving` section, the folder of the index, and `scoring` where the
            engine is the one of the run (an address or a key may differ here).
    """

    def __init__(self, db: str, run: Path | None, overrides: Settings | None) -> None:
        self._db, self._run, self._overrides = db, run, overrides
        self.serving = (overrides or Settings()).serving
        self._engines = Engines(self.serving)
        self._snapshot: Snapshot | None = None
        self._store: Store | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="publications", daemon=True)
        self.trouble: str | None = "The service is starting."
        self.hint: str | None = None

    @property
    def store(self) -> Store:
        """The database, opened at first use.

        Raises:
            UserError: It cannot be reached.
        """
        if self._store is None:
            self._store = Store.open(self._db)
        return self._store

    def start(self) -> None:
        """Take up the live publication, then look for new ones beside the requests."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Look for nothing any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        if self._store:
            self._store.close()

    @property
    def current(self) -> Snapshot:
        """The snapshot that a new request begins with.

        Raises:
            UserError: Nothing can be served yet; the message says why.
        """
        if self._snapshot is None:
            raise UserError(self.trouble or "The service is starting.")
        return self._snapshot

    def look(self) -> None:
        """Take up the live publication if it is another one; what goes wrong leaves the last one in place."""
        try:
            self._take_up()
            self.trouble = None
        except (UserError, SQLAlchemyError, OSError) as error:
            if self.trouble != (trouble := redact(str(error))):
                logger.warning("The live publication cannot be taken up: %s", trouble)
            self.trouble = trouble
            FAILURES.labels("publication").inc()

    def _watch(self) -> None:
        while not self._stop.wait(self.serving.poll_s):
            try:
                self.look()
            except Exception:
                logger.exception("Looking for a new publication failed.")

    def _take_up(self) -> None:
        live = self.store.live()
        if live is None:
            raise UserError("Nothing was published to this database yet: run `sku-align align --db` first.")
        if self._snapshot and self._snapshot.publication.publication_id == live.publication_id:
            if self._snapshot.matcher.verdicts.num_rows != (verdicts := self.store.verdicts()).num_rows:
                self._snapshot = self._open(live, verdicts)
            return
        self._snapshot = self._open(live, self.store.verdicts())
        PUBLICATION.set(live.publication_id)
        PUBLISHED_AT.set(live.published_at.timestamp())
        logger.info("Publication %d is served: %d offers, %d SKUs.", live.publication_id, live.offers, live.skus)

    def _open(self, live: Publication, verdicts: pa.Table) -> Snapshot:
        own = self._overrides
        root = IndexRoot.beside(self._db, own.publishing.index if own else None, self._run)
        # A rollback shows an earlier publication again, with the index that it had.
        numbers = [number for number in (live.publication_id, live.republishes) if number]
        found = next((number for number in numbers if root.folder(number).is_dir()), None)
        if found is None:
            raise UserError(
                f"Publication {live.publication_id} has no index in {root.path}: publish again, or name the folder by "
                "publishing.index or the run by --run."
            )
        index = PublishedIndex.open(root.folder(found))
        settings = self._settings(index)
        scorer = self._engines.scorer(settings)
        if scorer.fingerprint != index.about["scorer"]:
            raise UserError(
                f"Publication {live.publication_id} was scored by {index.about['scorer']}, but this service has "
                f"{scorer.fingerprint}: scores of two models never mix. Install the same release, or publish again."
            )
        if isinstance(scorer, Cascade) and (fit := index.about.get("cascade_fit")):
            scorer = replace(scorer, fit=CascadeFit.from_dict(fit))
        embedder = self._engines.embedder(settings)
        if embedder.fingerprint != index.about["embedder"]:
            raise UserError(
                f"Publication {live.publication_id} was embedded by {index.about['embedder']}, but this service has "
                f"{embedder.fingerprint}: install the same release, or publish again."
            )
        calibration = load_calibration(scorer.fingerprint, index.folder / CALIBRATIONS)
        return Snapshot(live, index, Matcher(index, settings, scorer, calibration, verdicts), embedder, settings)

    def _settings(self, index: PublishedIndex) -> Settings:
        settings = Settings.model_validate(json.loads((index.folder / "settings.json").read_text(encoding="utf-8")))
        own = self._overrides
        if own and own.scoring.name == settings.scoring.name:
            settings = settings.model_copy(update={"scoring": own.scoring})
        # Known pairs are scored once for each scorer, when it is loaded, and not with every request.
        return settings.model_copy(update={"serving": self.serving})
