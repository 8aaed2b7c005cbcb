"""A run that is done again from its failure."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.resources import RunSetup
from sku_align.store import Store
from tests.conftest import ROOT
from tests.integration.test_dagster_days import BERLIN, LONDON, SETTINGS


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSetup:
    (tmp_path / "settings.yaml").write_text(SETTINGS + "hold_back_failed_catalogs: true\n", "utf-8")
    (tmp_path / "berlin.csv").write_text(BERLIN, "utf-8")
    (tmp_path / "london.csv").write_text(LONDON, "utf-8")
    made = RunSetup(
        config=str(tmp_path / "settings.yaml"), out=str(tmp_path / "out"), db=f"sqlite:///{tmp_path / 'skus.db'}"
    )
    for name in ("config", "out", "db"):
        monkeypatch.setenv(f"SKU_ALIGN_{name.upper()}", getattr(made, name))
    monkeypatch.chdir(ROOT)
    return made


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "home").mkdir()
    coordinator = "run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}\n"
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + coordinator)
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as made:
        yield made


def align() -> dg.JobDefinition:
    return defs.resolve_job_def("align")


def steps(result: dg.JobExecutionResult) -> list[str]:
    return [event.step_key for event in result.all_events if event.is_step_start]


def test_a_run_goes_on_from_its_failure_and_repeats_nothing(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    config = {"resources": {"setup": {"config": setup.model_dump(include={"config", "out"}) | {"db": "mysql://a/b"}}}}
    job = dg.reconstructable(align)
    with dg.execute_job(job, instance=instance, run_config=config) as failed:
        assert not failed.success
        assert [event.step_key for event in failed.all_events if event.is_step_failure] == ["verdicts"]
        run_id = failed.run_id
    config["resources"]["setup"]["config"]["db"] = setup.db
    again = dg.ReexecutionOptions.from_failure(run_id, instance)
    with dg.execute_job(job, instance=instance, run_config=config, reexecution_options=again) as mended:
        assert mended.success
        assert steps(mended) == ["verdicts", "decide", "cluster", "publish", "review", "report"]
        assert mended.dagster_run.parent_run_id == run_id
    assert len(Store.existing(setup.db).previous().table) == 4
