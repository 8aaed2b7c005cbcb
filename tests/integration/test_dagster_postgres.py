"""Dagster's runs and events in PostgreSQL, by the settings file of a deployment."""

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._serdes import serialize_value

from tests.conftest import ROOT

pytest.importorskip("dagster_postgres")
pytestmark = pytest.mark.postgres


@dg.asset
def kettle() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"litres": 1.7})


def test_runs_are_kept_in_postgresql_and_the_password_in_the_environment(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sa.make_url(postgres_server)
    admin = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE dagster_runs"))
    admin.dispose()
    url = server.set(drivername="postgresql+psycopg2", database="dagster_runs", password="hunter2")
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url.render_as_string(hide_password=False))
    # The installed package bears a name of its own (docs/adr/0009).
    settings = (ROOT / "deploy" / "dagster.yaml").read_text("utf-8").replace("sku_align_pipelines", "pipelines")
    (tmp_path / "dagster.yaml").write_text(settings, "utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        run_id = dg.materialize([kettle], instance=instance).run_id
        instance.add_dynamic_partitions("catalogs", ["berlin"])
        assert "hunter2" not in serialize_value(instance.get_ref()), "every process and snapshot gets this"
    with dg.DagsterInstance.from_config(str(tmp_path)) as again:
        assert again.get_run_by_id(run_id).status is dg.DagsterRunStatus.SUCCESS
        event = again.get_latest_materialization_event(dg.AssetKey("kettle"))
        assert event.asset_materialization.metadata["litres"].value == 1.7
        assert again.get_dynamic_partitions("catalogs") == ["berlin"]
    assert not list(tmp_path.rglob("*.db")), "nothing is kept in files beside it"
