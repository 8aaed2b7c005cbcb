"""Where a run reads, writes and publishes; the environment decides, the UI can override."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.job import Job, StageResult


class RunSetup(dg.ConfigurableResource):
    """Settings file, run folder and database of a run."""

    config: str
    out: str
    db: str

    @classmethod
    def from_environment(cls) -> "RunSetup":
        """SKU_ALIGN_CONFIG, SKU_ALIGN_OUT and SKU_ALIGN_DB, the samples where they are not set."""
        return cls(
            config=os.environ.get("SKU_ALIGN_CONFIG", "data_samples/sku_align.yaml"),
            out=os.environ.get("SKU_ALIGN_OUT", "out"),
            db=os.environ.get("SKU_ALIGN_DB", "sqlite:///out/sku_align.db"),
        )

    @contextmanager
    def job(self) -> Iterator[Job]:
        """The job over this setup; a user's error fails the step with its sentence and without retries."""
        try:
            yield Job(Path(self.out), Settings.load(Path(self.config)), (), self.db)
        except UserError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error


def metadata(result: StageResult) -> dict[str, Any]:
    """A stage's figures as Dagster metadata."""
    return {name: value for name, value in result.facts.items() if value is not None} | {"reused": result.reused}
