"""Where a run reads, writes and publishes, and how what a stage did is told to Dagster."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from sku_align.config import Settings
from sku_align.errors import TransientError, UserError
from sku_align.job import Job, StageResult
from sku_align.report import Section, markdown


class RunSetup(dg.ConfigurableResource):
    """Settings file, run folder and database of a run.

    SKU_ALIGN_CONFIG, SKU_ALIGN_OUT and SKU_ALIGN_DB decide, the samples where they are not set; the launchpad of the UI
    can override each of them for one run.
    """

    config: str = os.environ.get("SKU_ALIGN_CONFIG", "data_samples/sku_align.yaml")
    out: str = os.environ.get("SKU_ALIGN_OUT", "out")
    db: str = os.environ.get("SKU_ALIGN_DB", "sqlite:///out/sku_align.db")

    @contextmanager
    def job(self) -> Iterator[Job]:
        """The job over this setup.

        A user's error fails the step with its sentence. Only what may pass by itself is tried again, so a bug is not.
        """
        try:
            yield Job(Path(self.out), Settings.load(Path(self.config)), (), self.db)
        except UserError as error:
            raise dg.Failure(str(error), allow_retries=isinstance(error, TransientError)) from error
        except dg.Failure:
            raise
        except Exception as error:
            raise dg.Failure(f"A bug in SKU Align: {type(error).__name__}: {error}", allow_retries=False) from error


def metadata(result: StageResult) -> dict[str, Any]:
    """A stage's figures as Dagster metadata."""
    facts = {name: value for name, value in result.facts.items() if value is not None and name != "expectations"}
    counted = {} if result.rows is None else {"dagster/row_count": result.rows}
    return facts | counted | {"reused": result.reused}


def materialized(
    result: StageResult, checks: Sequence[dg.AssetCheckResult] = (), **shown: Section | None
) -> dg.MaterializeResult:
    """A stage's figures, its sections as tables, its checks, and the hash of its table as the data version."""
    return dg.MaterializeResult(
        metadata=metadata(result) | tables(**shown),
        data_version=dg.DataVersion(result.content) if result.content else None,
        check_results=checks,
    )


def tables(**shown: Section | None) -> dict[str, dg.MetadataValue]:
    """Sections as metadata that the UI shows as tables."""
    return {name: dg.MetadataValue.md(markdown(section)) for name, section in shown.items() if section is not None}
