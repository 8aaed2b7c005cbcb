"""OpenLineage: which catalogs and tables each stage of a run read and wrote, for a data catalog such as Marquez.

Events come from sensors on runs, so that a run that was killed is told of too. The client's own environment says where
they go: OPENLINEAGE_URL and OPENLINEAGE_API_KEY, or OPENLINEAGE_CONFIG. Where neither is set there are no such sensors.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import dagster as dg
from sqlalchemy import make_url

from sku_align import schema
from sku_align.config import CatalogSettings, Settings
from sku_align.errors import UserError, how_to_install
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.stage import Stage
from sku_align.stages import BY_NAME

from .incidents import sentence
from .resources import RunSetup
from .schedules import STATUS

if TYPE_CHECKING:
    from openlineage.client.event_v2 import OutputDataset, RunEvent

# Of the specification: who made an event, and the space that names of jobs are unique in.
PRODUCER = "urn:sku-align"
NAMESPACE = "sku_align"
# What a publication changes for storefronts (docs/storefront.md).
_VIEWS = ("storefront_offer", "storefront_redirect", "storefront_sku", "storefront_sku_text")
_VERDICTS = ("sku_align_verdict",)
# For what is still under way when the sensor ends.
_TIMEOUT_S = 10.0
_STATES = {
    dg.DagsterRunStatus.STARTED: "START",
    dg.DagsterRunStatus.SUCCESS: "COMPLETE",
    dg.DagsterRunStatus.FAILURE: "FAIL",
    dg.DagsterRunStatus.CANCELED: "ABORT",
}

Name = tuple[str, str]
"""Namespace and name of a dataset."""


def _sensor(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    state = _STATES[status]

    @dg.run_status_sensor(
        run_status=status,
        name=f"openlineage_{state.lower()}",
        default_status=STATUS,
        description=f"Sends {state} of each run, with what its stages read and wrote, to OpenLineage.",
    )
    def tell(context: dg.RunStatusSensorContext, setup: RunSetup) -> None:
        try:
            _emit(events(context.instance, context.dagster_run, state, setup))
        except Exception as error:
            # Lineage that nobody takes must not be sent again and again, and stops no run.
            context.log.warning(redact(f"OpenLineage was not told: {error}"))

    return tell


SENSORS = (
    [_sensor(status) for status in _STATES]
    if os.environ.get("OPENLINEAGE_URL") or os.environ.get("OPENLINEAGE_CONFIG")
    else []
)


def events(instance: dg.DagsterInstance, run: dg.DagsterRun, state: str, setup: RunSetup) -> "Iterator[RunEvent]":
    """What is told of a run: itself, and at its end each of its stages that began.

    Args:
        instance: Holds the run's log.
        run: The run.
        state: START, COMPLETE, FAIL or ABORT.
        setup: Settings file, run folder and database of the run.

    Yields:
        Events of the specification, those of stages before that of the run.
    """
    from openlineage.client import event_v2

    if state != "START":
        log = [each for each in instance.all_logs(run.run_id) if each.dagster_event]
        for step in dict.fromkeys(each.step_key for each in log if each.get_dagster_event().is_step_start):
            if step in BY_NAME:
                own = [each for each in log if each.step_key == step]
                yield from _of_stage(BY_NAME[step], own, run, state, setup)
    job = event_v2.Job(NAMESPACE, run.job_name)
    now = datetime.now(UTC).isoformat()
    yield event_v2.RunEvent(
        eventTime=now, run=event_v2.Run(run.run_id), job=job, eventType=event_v2.RunState[state], producer=PRODUCER
    )


def _of_stage(
    stage: Stage, log: Sequence[dg.EventLogEntry], run: dg.DagsterRun, state: str, setup: RunSetup
) -> "Iterator[RunEvent]":
    """How a stage began and ended, in a run that ended in a state."""
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import error_message_run, parent_run

    whole = parent_run.Run(run.run_id), parent_run.Job(NAMESPACE, run.job_name)
    facets: dict[str, Any] = {"parent": parent_run.ParentRunFacet(*whole, producer=PRODUCER)}
    happened = [each.get_dagster_event() for each in log]
    if why := [sentence(each) for each in happened if each.is_step_failure]:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(redact(why[-1]), "Python", producer=PRODUCER)
    # A stage of a lost run has no end of its own: it ended as the run did.
    ended = "COMPLETE" if any(each.is_step_success for each in happened) else "FAIL" if why else state
    this = event_v2.Run(str(uuid5(UUID(run.run_id), stage.name)), facets=facets)
    job = event_v2.Job(NAMESPACE, f"{run.job_name}.{stage.name}")
    rows = _rows(happened)
    began = {"inputs": [event_v2.InputDataset(*name) for name in _read_by(stage, setup)]}
    wrote = {"outputs": [_output(name, table, rows) for table in stage.writes for name in _names(table, setup)]}
    for each, told, at in (("START", began, log[0]), (ended, began | wrote, log[-1])):
        when = datetime.fromtimestamp(at.timestamp, UTC).isoformat()
        kind = event_v2.RunState[each]
        yield event_v2.RunEvent(eventTime=when, run=this, job=job, eventType=kind, producer=PRODUCER, **told)


def _rows(log: Sequence[dg.DagsterEvent]) -> dict[str, int]:
    """Rows of the tables that a stage told of."""
    made = [each.step_materialization_data.materialization for each in log if each.is_step_materialization]
    counts = {each.asset_key.to_user_string(): each.metadata.get("dagster/row_count") for each in made}
    return {table: count.value or 0 for table, count in counts.items() if isinstance(count, dg.IntMetadataValue)}


def _output(name: Name, table: str, rows: Mapping[str, int]) -> "OutputDataset":
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import output_statistics_output_dataset, schema_dataset

    facets, output = dict[str, Any](), dict[str, Any]()
    if table in schema.TABLES:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(each.name, str(each.type), schema.description(each))
            for each in schema.TABLES[table]
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER)
    if table in rows:
        counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rows[table], producer=PRODUCER)
        output["outputStatistics"] = counted
    return event_v2.OutputDataset(*name, output, facets=facets)


def _read_by(stage: Stage, setup: RunSetup) -> list[Name]:
    if stage.name != "ingest":
        return [name for table in stage.reads for name in _names(table, setup)]
    try:
        catalogs = Settings.load(Path(setup.config)).catalogs
    except UserError:
        return []
    return [_feed(name, catalog) for name, catalog in catalogs.items()]


def _feed(name: str, catalog: CatalogSettings) -> Name:
    """A merchant's feed: a file, an object of a store, or a query of a database."""
    if not catalog.url:
        return "file", str(Path(catalog.path or name).absolute())
    if catalog.query:
        return _database(catalog.url)[0], name
    parts = urlsplit(catalog.url)
    return f"{parts.scheme}://{parts.hostname or ''}", parts.path.lstrip("/")


def _names(table: str, setup: RunSetup) -> list[Name]:
    """Where what a stage reads or writes lies: in the run folder, or in the database that storefronts read."""
    folder = RunFolder(Path(setup.out).absolute())
    files = {"review_questions": folder.review, "report": folder.report}
    if table not in ("verdicts", "publication"):
        return [("file", str(files.get(table, folder.table(table))))]
    if not setup.db:
        return []
    namespace, database = _database(setup.db)
    return [(namespace, f"{database}.{each}") for each in (_VIEWS if table == "publication" else _VERDICTS)]


def _database(url: str) -> Name:
    """Namespace and name of a database, without its user and password."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return "sqlite", str(Path(parsed.database or "").absolute())
    port = parsed.port or {"postgresql": 5432}.get(kind)
    # The specification calls PostgreSQL `postgres`, and tables stand in its schema `public`.
    name = f"{parsed.database}.public" if kind == "postgresql" else str(parsed.database)
    return f"{'postgres' if kind == 'postgresql' else kind}://{parsed.host}{f':{port}' if port else ''}", name


def _emit(told: "Iterable[RunEvent]") -> None:
    try:
        from openlineage.client import OpenLineageClient
    except ModuleNotFoundError as error:
        raise UserError(f"OPENLINEAGE_URL is set, and the client is missing: {how_to_install('lineage')}.") from error
    client = OpenLineageClient()
    for each in told:
        client.emit(each)
    client.close(_TIMEOUT_S)
