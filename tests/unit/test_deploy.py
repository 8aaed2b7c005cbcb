"""The files of `deploy` name what is there: modules, classes, variables, and settings that Dagster knows."""

import importlib
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from tests.conftest import ROOT

VARIABLES = set(re.findall(r"`(SKU_ALIGN_\w+)`", (ROOT / "docs" / "operations.md").read_text("utf-8")))


def values() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "deploy" / "helm-values.yaml").read_text("utf-8"))


def snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("path", ["dagster.yaml", "deploy/dagster.yaml"])
def test_the_launcher_that_dagster_yaml_names_is_there(path: str) -> None:
    named = yaml.safe_load((ROOT / path).read_text("utf-8"))["run_launcher"]
    # The installed package bears a name of its own (docs/adr/0009).
    module = named["module"].replace("sku_align_pipelines", "pipelines")
    assert issubclass(getattr(importlib.import_module(module), named["class"]), dg.DefaultRunLauncher)


def test_a_deployment_and_a_laptop_differ_in_where_they_keep_runs_and_in_nothing_else() -> None:
    laptop, production = (
        yaml.safe_load((ROOT / path).read_text("utf-8")) for path in ("dagster.yaml", "deploy/dagster.yaml")
    )
    production["run_launcher"]["module"] = laptop["run_launcher"]["module"]
    shared = laptop.keys() & production.keys()
    assert {name: laptop[name] for name in shared} == {name: production[name] for name in shared}
    assert production.keys() - shared == {"storage", "retention"}


def test_the_settings_of_the_helm_values_are_those_of_dagster(tmp_path: Path) -> None:
    daemon = values()["dagsterDaemon"]
    # As the chart writes them into dagster.yaml.
    rendered = {
        "run_monitoring": {snake(name): value for name, value in daemon["runMonitoring"].items()},
        "run_retries": {snake(name): value for name, value in daemon["runRetries"].items()},
        "telemetry": values()["telemetry"],
        **values()["additionalInstanceConfig"],
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(rendered))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


def test_the_code_of_the_helm_values_is_that_of_the_wheel() -> None:
    (code,) = values()["dagster-user-deployments"]["deployments"]
    module = code["dagsterApiGrpcArgs"][1].replace("sku_align_pipelines", "pipelines")
    assert isinstance(importlib.import_module(module).defs, dg.Definitions)
    assert set(code["env"]) <= VARIABLES
    mounted = {mount["name"]: mount["mountPath"] for mount in code["volumeMounts"]}
    assert mounted.keys() == {volume["name"] for volume in code["volumes"]}
    assert code["env"]["SKU_ALIGN_OUT"].startswith(mounted["runs"])
    assert code["env"]["SKU_ALIGN_CONFIG"].startswith(mounted["feeds"])


@pytest.mark.parametrize("service", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_variables_that_a_unit_names_are_documented(service: Path) -> None:
    named = set(re.findall(r"SKU_ALIGN_\w+", service.read_text("utf-8")))
    assert named and named <= VARIABLES
