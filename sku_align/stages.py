"""The stages of a run, declared once: name, tables read, tables written, what makes them, and the function.

The run folder's messages, the commands `sku-align STAGE`, the order in `align`, Dagster's assets with their `deps` and
the table of stages in the docs all come from `STAGES`. `sku_align.running` runs a stage over a folder.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sku_align.errors import UserError
from sku_align.provenance import identity
from sku_align.stage import Made, Plan, Stage, StageRun

if TYPE_CHECKING:
    import pyarrow as pa

    from sku_align.config import Settings
    from sku_align.folder import RunFolder


def _ingest(run: StageRun) -> Plan:
    from sku_align import schema
    from sku_align.catalogs.holding import LastGood, ingest_each
    from sku_align.catalogs.ingest import find_sources, ingest

    sources, hold_back = find_sources(run.catalogs, run.settings), run.settings.hold_back_failed_catalogs

    def work() -> Made:
        known, held = run.folder.facts("ingest"), dict[str, str]()
        if hold_back or run.only:
            there = bool(run.folder.content("offers") and run.folder.content("quarantine"))
            offers = run.folder.read("offers") if there else schema.OFFERS.empty_table()
            quarantine = run.folder.read("quarantine") if there else schema.QUARANTINE.empty_table()
            result, held = ingest_each(sources, run.settings, LastGood(offers, quarantine, known), hold_back, run.only)
        else:
            result = ingest(sources, run.settings, last=known.get("statistics"))
        facts = {
            "offers": len(result.offers),
            "quarantined": len(result.quarantine),
            "per_catalog": _counts(result.offers["catalog"]),
            "languages": _counts(result.offers["language"]),
            "expectations": result.expectations,
            "remarks": result.remarks,
            "statistics": result.statistics,
            "held_back": held,
        }
        return Made(facts, {"offers": result.offers, "quarantine": result.quarantine})

    # What a query or a server returns is known only once it was asked.
    # Where a catalog was held back the tables rest on an earlier feed of it, so that today's is tried again.
    docs = run.settings.data_docs
    if run.only or run.folder.facts("ingest").get("held_back") or (docs and not docs.exists()):
        return Plan(work)
    there = [source for source in sources if all(file.exists() for file in source.files)]
    made_by = [source.fingerprint() for source in there]
    return Plan(work) if None in made_by or len(made_by) < len(sources) else Plan(work, (*made_by, hold_back))


def _embed(run: StageRun) -> Plan:
    from sku_align.embedding.embed import VECTORS, embed, load_embedder

    embedder = load_embedder(run.settings.embedding)

    def work(offers: "pa.Table") -> Made:
        table = embed(offers, embedder, run.folder.work / VECTORS)
        return Made({"embedder": embedder.fingerprint, "vectors": len(table)}, {"embeddings": table})

    return Plan(work, (run.settings.embedding, embedder.fingerprint))


def _block(run: StageRun) -> Plan:
    from sku_align.blocking.block import block
    from sku_align.blocking.report import require
    from sku_align.deciding.guards import split_forbidden

    settings = run.settings

    def work(offers: "pa.Table", embeddings: "pa.Table") -> Made:
        duplicates = settings.with_duplicates(offers["catalog"].unique().to_pylist())
        result = block(offers, embeddings, settings.blocking, duplicates)
        candidates, forbidden = split_forbidden(offers, result.candidates, settings.deciding, explain=True)
        by_guard = _counts(forbidden["reason"])
        facts = result.report.to_dict() | {"candidates": len(candidates), "forbidden_by_guards": by_guard}
        facts["settings"] = identity(settings.blocking, settings.deciding, _duplicates(settings))
        return Made(facts, {"candidates": candidates, "forbidden": forbidden})

    def check(facts: dict[str, Any]) -> None:
        require(facts["estimated_pair_completeness"], settings.blocking.min_pair_completeness)

    return Plan(work, (settings.blocking, settings.deciding, _duplicates(settings)), check)


def _score(run: StageRun) -> Plan:
    import pyarrow.compute as pc

    from sku_align.calibration.calibration import load_calibration
    from sku_align.deciding.bounds import bounds
    from sku_align.scoring.cascade import CascadeReport
    from sku_align.scoring.load import load_scorer
    from sku_align.scoring.score import score
    from sku_align.scoring.shards import forget_scores

    settings, scorer = run.settings.scoring, load_scorer(run.settings.scoring)
    own = settings.calibrations or run.folder.calibrations
    calibration = load_calibration(scorer.fingerprint, own, settings.model_calibrations)

    def work(offers: "pa.Table", candidates: "pa.Table") -> Made:
        duplicates = run.settings.with_duplicates(offers["catalog"].unique().to_pylist())
        of_run = replace(calibration, has_duplicates=duplicates)
        if "score" in run.anew:
            forget_scores(run.folder.work)
        covers = calibration.covers(offers)
        known, reports = run.settings.with_calibrated(covers), list[CascadeReport]()
        table = score(
            offers,
            candidates,
            scorer,
            of_run,
            settings,
            run.folder.work,
            bounds=lambda offers, pairs: bounds(offers, pairs, known),
            on_cascade=reports.append,
        )
        facts = {
            "scores": len(table),
            "scorer": scorer.fingerprint,
            "calibration": calibration.fingerprint,
            "calibrated": covers,
            "spread": pc.max(pc.subtract(table["probability_high"], table["probability_low"])).as_py() or 0.0,
        }
        if reports:
            facts["cascade"] = reports[0].to_dict()
        return Made(facts, {"scores": table})

    # Which pairs a cascade's strong scorer reads follows from the thresholds.
    decided_by = (run.settings.deciding, run.settings.catalogs) if settings.name == "cascade" else ()
    return Plan(work, (settings, scorer.fingerprint, calibration, _duplicates(run.settings), *decided_by))


def _verdicts(run: StageRun) -> Plan:
    from sku_align.review import apply_returned

    def work() -> Made:
        store = run.needed_store()
        run.folder.returned.mkdir(parents=True, exist_ok=True)
        offers = run.folder.read("offers") if run.folder.table("offers").exists() else None
        receipts = list(apply_returned(run.folder.returned, store, run.now(), offers))
        asides = store.asked.asides()
        facts = {
            "sheets": len(receipts),
            "verdicts": len(store.verdicts()),
            "skipped": sum(each.state == "skipped" for each in asides),
            "asked_again": sum(each.state == "asked again" for each in asides),
            "not_taken": sum(each.state == "not taken" for each in asides),
        }
        return Made(facts, value=receipts)

    return Plan(work)


def _decide(run: StageRun) -> Plan:
    from sku_align import schema
    from sku_align.deciding.decide import decide

    # Read before the verdicts, so that an answer that comes in between is taken by one run more and never by none.
    mark = run.store.asked.marks().verdicts if run.store else None
    known = run.store.verdicts(run.folder.read("offers")) if run.store else None
    verdicts = schema.VERDICTS.empty_table() if known is None else known
    # Catalogs that the calibration was fitted on count as calibrated.
    scored = run.folder.facts("score")
    settings = run.settings.with_calibrated(scored.get("calibrated", {}))
    # Scores that do not differ from run to run are decided without a look at what is live.
    keeps = settings.deciding.within_spread == "keep" and scored.get("spread", 0.0) > 0
    previous = run.previous() if keeps else None

    def work(offers: "pa.Table", scores: "pa.Table") -> Made:
        table = decide(offers, scores, verdicts, settings, previous.table if previous else None)
        facts = {
            "decisions": _counts(table["decision"]),
            "reasons": _counts(table["reason"]),
            "verdicts": len(verdicts),
            "answers": mark,
        }
        return Made(facts, {"decisions": table})

    decided_by = (
        settings.deciding,
        settings.catalogs,
        settings.has_duplicates,
        previous.fingerprint if previous else "",
    )
    return Plan(work, (verdicts.to_pylist(), *decided_by))


def _cluster(run: StageRun) -> Plan:
    import pyarrow.compute as pc

    from sku_align.clustering.cluster import cluster
    from sku_align.skus.identity import identify

    previous, settings = run.previous(), run.settings

    def work(offers: "pa.Table", decisions: "pa.Table") -> Made:
        groups, refused = cluster(offers, decisions, settings)
        identified = identify(groups, offers, decisions, previous)
        sizes = pc.value_counts(identified.clusters["sku_id"])
        facts = {
            "skus": len(sizes),
            "skus_with_several_offers": sum(1 for size in sizes if size["counts"].as_py() > 1),
            "refused_edges": len(refused),
            "events": _counts(identified.events["event"]),
            "based_on_publication": previous.publication_id,
        }
        tables = {"clusters": identified.clusters, "refused_edges": refused, "events": identified.events}
        return Made(facts, tables)

    decided_by = (settings.deciding, settings.clustering, settings.catalogs, settings.has_duplicates)
    return Plan(work, (*decided_by, previous.fingerprint))


def _review(run: StageRun) -> Plan:
    from sku_align.review import write_questions

    def work(offers: "pa.Table", decisions: "pa.Table", clusters: "pa.Table") -> Made:
        made = write_questions(offers, decisions, clusters, run.settings, run.store)
        facts = {
            "questions": made.questions,
            "skipped": made.skipped,
            "answered_for_earlier_texts": made.earlier,
            "spot_checks": made.spot_checks,
        }
        checks = run.folder.review.with_name("spot_checks.csv")
        return Made(facts, files={run.folder.review: made.text, checks: made.checks})

    return Plan(work)


def _publish(run: StageRun) -> Plan:
    from sku_align.evaluation.drift import drifts_since
    from sku_align.retrieval.keeping import keep_index
    from sku_align.review.audit import certificate_of
    from sku_align.store.audits import AuditError, drift_audit

    def work(**tables: "pa.Table") -> Made:
        store, previous, limit = run.needed_store(), run.previous(), run.settings.publishing.max_drift
        if previous.publication_id != run.folder.facts("cluster").get("based_on_publication"):
            raise UserError(
                f"Publication {previous.publication_id} went live after these clusters were made: "
                "run `sku-align cluster` again, so that its SKU ids are kept, then publish."
            )
        certificate = certificate_of(run.folder)
        drifts = drifts_since(run.earlier(), run.made(tables))
        base = previous.publication_id
        asked = (drift_audit(drifts, base, limit),) if base and limit is not None else ()
        drifted = [drift._asdict() | {"passed": drift.passed} for drift in drifts]
        try:
            publication = store.publish(
                offers=tables["offers"],
                decisions=tables["decisions"],
                clusters=tables["clusters"],
                refused=tables["refused_edges"],
                events=tables["events"],
                previous=previous,
                settings=run.settings,
                published_at=run.now(),
                accept_churn=run.accept_churn,
                run_id=run.run_id,
                certificate=None if certificate is None else certificate.to_dict(),
                asked=asked,
            )
        except AuditError as error:
            # The page says what stopped the run, else yesterday's page would lie beside today's tables.
            run.folder.note("publish", {"audits": [audit.to_dict() for audit in error.audits], "drift": drifted})
            run.do("report")
            raise
        root = run.index_root()
        assert root is not None, "needed_store refuses a run without a database"
        keep_index(root, publication.publication_id, tables, run.settings, run.folder)
        facts = {
            "publication_id": publication.publication_id,
            "offers": publication.offers,
            "skus": publication.skus,
            "audits": [audit.to_dict() for audit in publication.audits],
            "drift": drifted,
            "clusters": run.folder.content("clusters"),
        }
        if (measured := publication.precision_estimate) is not None:
            facts["precision"] = [measured, publication.precision_low, publication.precision_high]
        return Made(facts, value=publication)

    return Plan(work)


def _report(run: StageRun) -> Plan:
    from sku_align.report import Facts, Tables, report_page

    def work(**read: "pa.Table") -> Made:
        tables = Tables(**read)
        facts = Facts(run.facts(), run.about(), run.evaluation(), run.costs(), run.gold, run.proof(read))
        return Made({}, files={run.folder.report: report_page(tables, facts)}, value=(tables, facts))

    return Plan(work)


def _duplicates(settings: "Settings") -> dict[str, bool | None]:
    """What the settings say of duplicates; the empty name stands for all other catalogs."""
    by_catalog = {name: catalog.has_duplicates for name, catalog in settings.catalogs.items()}
    return {**by_catalog, "": settings.has_duplicates}


def _counts(column: "pa.ChunkedArray") -> dict[str, int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    counted = pc.value_counts(column.cast(pa.string())).to_pylist()
    return {str(entry["values"]): entry["counts"] for entry in sorted(counted, key=lambda entry: str(entry["values"]))}


# Embeddings, candidates and scores go into the index that the service searches.
_PUBLISHED = ("offers", "embeddings", "candidates", "scores", "decisions", "clusters", "refused_edges", "events")
_REPORTED = ("offers", "quarantine", "forbidden", "decisions", "clusters", "refused_edges")

STAGES = (
    Stage("ingest", (), ("offers", "quarantine"), "Read catalogs into one shape; set bad rows aside.", _ingest),
    Stage("embed", ("offers",), ("embeddings",), "Turn offers into vectors.", _embed),
    Stage(
        "block", ("offers", "embeddings"), ("candidates", "forbidden"),
        "Find candidate pairs; set aside those that a guard forbids.", _block,
    ),
    Stage("score", ("offers", "candidates"), ("scores",), "Score candidate pairs.", _score),
    Stage(
        "verdicts", (), ("verdicts",), "Take the reviewed sheets that lie in the folder `returned`.", _verdicts,
        command="review take", needs_db=True,
    ),
    Stage(
        "decide", ("offers", "scores", "verdicts"), ("decisions",), "Apply thresholds, guards and verdicts.", _decide
    ),
    Stage(
        "cluster", ("offers", "decisions"), ("clusters", "refused_edges", "events"),
        "Form SKUs; ids of the live publication are kept.", _cluster,
    ),
    Stage(
        "review", ("offers", "decisions", "clusters"), ("review_questions",),
        "Write the questions for a person to `review.csv`, and spot checks to `spot_checks.csv`.",
        _review, command="review export",
    ),
    Stage(
        "publish", _PUBLISHED, ("publication",), "Audit the run and make it what storefronts read.", _publish,
        needs_db=True,
    ),
    Stage(
        "report", (*_REPORTED, "review_questions", "publication"), ("report",),
        "Write what the run did to `report.html`.", _report,
    ),
)  # fmt: skip
BY_NAME = {stage.name: stage for stage in STAGES}
MADE_BY = {written: stage.command or stage.name for stage in STAGES for written in stage.writes}


def run_folder(path: Path) -> "RunFolder":
    """The run folder at a path, whose errors name the command to run."""
    from sku_align.folder import RunFolder

    return RunFolder(path, MADE_BY)
