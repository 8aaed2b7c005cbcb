"""What a person reads at three in the morning: what failed, since when, which catalog, what stays live, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.files import write_text
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.store import Store

from . import telling
from .resources import RunSetup
from .schedules import STATUS

_KEPT = 200
# By step; whatever fails in another one is put right by its own sentence.
_TO_DO = {
    "ingest": "Deliver the feed or mend its settings. With `hold_back_failed_catalogs: true` the other catalogs go on "
    "without it.",
    "score": "`sku-align doctor` says whether scorer, model and GPU work. Finished shards are kept.",
    "publish": "Read the check `audits`. If the change is right, launch `publication` with `accept_churn: true`; if it "
    "is not, mend the feed.",
    "verdicts": "See whether the database answers. Sheets stay in `returned` until they are taken.",
}
_LOST = (
    "The process of the run was lost: killed, out of memory, or with its machine. It is started again once by itself."
)


@dataclass(frozen=True)
class Incident:
    """A failed run.

    Attributes:
        job: Name of the job.
        run_id: Of the failed run.
        at: When it failed.
        reasons: Step and sentence of each failure; a step is empty where the whole run failed.
        since: When the job first failed after it last succeeded.
        good: When the job last succeeded.
        catalogs: Those that the reasons name, and those that are held back with their reasons.
        live: What storefronts read.
    """

    job: str
    run_id: str
    at: datetime
    reasons: tuple[tuple[str, str], ...]
    since: datetime
    good: datetime | None
    catalogs: tuple[str, ...]
    live: str

    @property
    def title(self) -> str:
        """One line."""
        return f"{self.job} failed at {_moment(self.at)}"

    def page(self) -> str:
        """All of it as Markdown, without secrets."""
        what = "\n".join(f"- {step + ': ' if step else ''}{reason}" for step, reason in self.reasons)
        steps = [_TO_DO[step] for step, _ in self.reasons if step in _TO_DO]
        do = [*steps, *([] if any(step for step, _ in self.reasons) else [_LOST])]
        do.append("Then re-execute the run from the failure: finished stages and shards are kept.")
        return redact(
            f"# {self.title}\n\n{what}\n\n"
            f"- Fails since: {_moment(self.since)}; last success: {_moment(self.good) if self.good else 'never'}\n"
            f"- Catalogs: {', '.join(self.catalogs) or 'none in particular'}\n"
            f"- What is live: {self.live}\n- Run: {self.run_id}\n\n## What to do\n"
            + "\n".join(f"{number}. {each}" for number, each in enumerate(do, 1))
            + "\n\nUntil then storefronts go on with what is live.\n"
        )


@dg.run_failure_sensor(
    name="incidents",
    description="Writes a page for each failed run into `incidents` of the run folder; posts and mails it if asked to.",
    default_status=STATUS,
)
def incidents(context: dg.RunFailureSensorContext, setup: RunSetup) -> None:
    """Tell people of a failed run."""
    run = context.dagster_run
    failed = [(str(event.step_key or ""), sentence(event)) for event in context.get_step_failure_events()]
    reasons = tuple(failed or [("", context.failure_event.message or "It ended without a word.")])
    at = datetime.now(UTC)
    good, since = _history(context.instance, run.job_name, at)
    named = _catalogs(setup, " ".join(reason for _, reason in reasons))
    incident = Incident(run.job_name, run.run_id, at, reasons, since, good, named, live(setup.db))
    folder = Path(setup.out) / "incidents"
    page = incident.page()
    write_text(folder / f"{at:%Y%m%dT%H%M%S}-{run.run_id[:8]}.md", page)
    for old in sorted(folder.glob("*.md"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    ways: tuple[Callable[[str, str], None], ...] = (telling.post, telling.mail)
    for way in ways:
        try:
            way(redact(incident.title), page)
        except Exception as error:
            # The page lies in the folder; a chat that is away must not make the sensor write it again and again.
            context.log.warning(redact(f"Nobody was told by {way.__name__}: {error}"))


def live(db: str) -> str:
    """What storefronts read, in words."""
    try:
        publications = Store.existing(db).publications() if db else []
    except UserError as error:
        return f"unknown ({error})"
    if not publications:
        return "nothing was published yet"
    first = publications[0]
    return f"publication {first.publication_id} of {_moment(first.published_at)} stays live"


def _history(instance: dg.DagsterInstance, job: str, now: datetime) -> tuple[datetime | None, datetime]:
    """When the job last succeeded, and when it first failed after that."""

    def ended(record: dg.RunRecord) -> datetime:
        return datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)

    good = instance.get_run_records(dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS]), limit=1)
    bad = dg.RunsFilter(
        job_name=job,
        statuses=[dg.DagsterRunStatus.FAILURE],
        created_after=good[0].create_timestamp if good else None,
    )
    first = instance.get_run_records(bad, limit=1, ascending=True)
    return (ended(good[0]) if good else None), (ended(first[0]) if first else now)


def _catalogs(setup: RunSetup, reasons: str) -> tuple[str, ...]:
    try:
        names = [*Settings.load(Path(setup.config)).catalogs]
    except UserError:
        names = []
    held = RunFolder(Path(setup.out)).facts("ingest").get("held_back", {})
    told = [name for name in names if name in reasons and name not in held]
    return (*told, *(f"{name} is held back ({why})" for name, why in held.items()))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def sentence(event: dg.DagsterEvent) -> str:
    """Why a step failed, as a user's error says it."""
    data = event.step_failure_data
    told = data.user_failure_data.description if data.user_failure_data else None
    return (told or (data.error.message if data.error else event.message) or "").strip()
