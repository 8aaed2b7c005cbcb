"""What a person reads at three in the morning: what failed, since when, what stays live, and what to do."""

import os
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from sku_align.errors import UserError
from sku_align.files import write_text
from sku_align.redaction import redact
from sku_align.store import Store

from .resources import RunSetup
from .schedules import STATUS

WEBHOOK = "SKU_ALIGN_SLACK_WEBHOOK"
_KEPT = 200


@dg.run_failure_sensor(
    name="incidents",
    description=f"Writes a page for each failed run into `incidents` of the run folder; posts it where {WEBHOOK} says.",
    default_status=STATUS,
)
def incidents(context: dg.RunFailureSensorContext, setup: RunSetup) -> None:
    """Tell people of a failed run."""
    run = context.dagster_run
    reasons = [_reason(event) for event in context.get_step_failure_events()] or [context.failure_event.message or ""]
    good = context.instance.get_run_records(
        dg.RunsFilter(job_name=run.job_name, statuses=[dg.DagsterRunStatus.SUCCESS]), limit=1
    )
    since = datetime.fromtimestamp(good[0].end_time or 0, UTC) if good else None
    text = summary(run.job_name, run.run_id, reasons, since, live(setup.db), datetime.now(UTC))
    folder = Path(setup.out) / "incidents"
    write_text(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run.run_id[:8]}.md", text)
    for old in sorted(folder.glob("*.md"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    if webhook := os.environ.get(WEBHOOK):
        import httpx

        httpx.post(webhook, json={"text": text}, timeout=10).raise_for_status()


def summary(job: str, run_id: str, reasons: list[str], since: datetime | None, live: str, now: datetime) -> str:
    """The page, without secrets.

    Args:
        job: Name of the job.
        run_id: Of the failed run.
        reasons: A sentence for each failed step.
        since: When the job last succeeded.
        live: What storefronts read.
        now: When it failed.
    """
    last = f"{since:%Y-%m-%d %H:%M} UTC" if since else "never"
    what = "\n".join(f"- {reason}" for reason in reasons)
    return redact(
        f"# {job} failed at {now:%Y-%m-%d %H:%M} UTC\n\n{what}\n\n"
        f"- Last success: {last}\n- What is live: {live}\n- Run: {run_id}\n\n"
        "What to do: put right what the sentence names, then re-execute the run from the failure. Finished stages and\n"
        "shards are kept. Until then storefronts go on with what is live.\n"
    )


def live(db: str) -> str:
    """What storefronts read, in words."""
    try:
        publications = Store.existing(db).publications() if db else []
    except UserError as error:
        return f"unknown ({error})"
    if not publications:
        return "nothing was published yet"
    first = publications[0]
    return f"publication {first.publication_id} of {first.published_at:%Y-%m-%d %H:%M} UTC stays live"


def _reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    reason = data.user_failure_data.description if data.user_failure_data else None
    return f"{event.step_key}: {reason or (data.error.message if data.error else event.message)}".strip()
