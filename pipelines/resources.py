"""Where a run reads, writes and publishes, and how what a stage did is told to Dagster."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from sku_align.config import Settings
from sku_align.errors import TransientError, UserError
from sku_align.redaction import redact
from sku_align.report import Section, markdown
from sku_align.running import Run, StageResult
from sku_align.stages import BY_NAME

from .run_process import begin


class RunSetup(dg.ConfigurableResource):
    """Settings file, run folder and database of a run.

    SKU_ALIGN_CONFIG, SKU_ALIGN_OUT and SKU_ALIGN_DB decide, the samples where they are not set; the launchpad of the UI
    can override each of them for one run.
    """

    config: str = os.environ.get("SKU_ALIGN_CONFIG", "data_samples/sku_align.yaml")
    out: str = os.environ.get("SKU_ALIGN_OUT", "out")
    db: str = os.environ.get("SKU_ALIGN_DB", "sqlite:///out/sku_align.db")

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """The run's process says which one it is; sensors have no run."""
        if context.run and context.instance:
            begin(context.instance, context.run.run_id)

    @contextmanager
    def run(self, **more: Any) -> Iterator[Run]:
        """The run over this setup.

        A user's error fails the step with its sentence. Only what may pass by itself is tried again, so a bug is not.

        Args:
            more: Further arguments of `Run`.
        """
        try:
            yield Run(Path(self.out), Settings.load(Path(self.config)), (), self.db or None, **more)
        except UserError as error:
            raise dg.Failure(redact(str(error)), allow_retries=isinstance(error, TransientError)) from error
        except dg.Failure:
            raise
        except Exception as error:
            raise dg.Failure(
                redact(f"A bug in SKU Align: {type(error).__name__}: {error}"), allow_retries=False
            ) from error


def metadata(result: StageResult, table: str) -> dict[str, Any]:
    """A stage's figures and the rows of one of its tables as Dagster metadata."""
    facts = {name: value for name, value in result.facts.items() if value is not None and name not in _IN_CHECKS}
    counted = {"dagster/row_count": result.rows[table]} if table in result.rows else {}
    # What a stage took when it last ran is no point of today's plot.
    cost = {} if result.reused else result.cost
    return facts | counted | cost | {"reused": result.reused}


# These stand in checks, as tables.
_IN_CHECKS = ("expectations", "audits", "drift")


def materialized(
    result: StageResult, checks: Sequence[dg.AssetCheckResult] = (), **shown: Section | None
) -> Iterator[dg.MaterializeResult]:
    """Every asset of a stage: its figures, and the hash of its table as the data version.

    Args:
        result: What the stage did.
        checks: Results of the checks of its main asset.
        shown: Sections to show as tables: those of another asset than the main one are named `ASSET__NAME`.
    """
    main, *others = BY_NAME[result.stage].writes
    for name in (main, *others):
        own = {key: value for key, value in shown.items() if "__" not in key} if name == main else {}
        own |= {key.split("__")[1]: value for key, value in shown.items() if key.split("__")[0] == name}
        content = result.content.get(name)
        yield dg.MaterializeResult(
            asset_key=name,
            metadata=metadata(result, name) | tables(**own),
            data_version=dg.DataVersion(content) if content else None,
            check_results=checks if name == main else (),
        )


def tables(**shown: Section | None) -> dict[str, dg.MetadataValue[Any]]:
    """Sections as metadata that the UI shows as tables."""
    return {name: dg.MetadataValue.md(markdown(section)) for name, section in shown.items() if section is not None}
