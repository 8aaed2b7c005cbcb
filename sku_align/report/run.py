"""What a report is made from: the tables and figures of a run, and where, when and how it was made."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from pydantic import BaseModel

from sku_align.config import Settings
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.report.proof import Proof
from sku_align.report.section import Section

if TYPE_CHECKING:
    from sku_align.evaluation.clusters import ClusterEvaluation

_PACKAGES = ("sku-align", "pyarrow", "duckdb", "onnxruntime", "sqlalchemy", "dagster", "vllm")


class Tables(NamedTuple):
    """The tables that a report shows, schemas of the same names in `schema`."""

    offers: pa.Table
    quarantine: pa.Table
    forbidden: pa.Table
    decisions: pa.Table
    clusters: pa.Table
    refused_edges: pa.Table


@dataclass(frozen=True)
class About:
    """Where, when and how a run was made.

    Attributes:
        date: When.
        folder: The run folder.
        settings: All settings of the run.
        db: URL of the database, if there is one.
        rested: Stages that had nothing to do.
    """

    date: datetime
    folder: RunFolder
    settings: Settings
    db: str | None = None
    rested: tuple[str, ...] = ()


class Facts(NamedTuple):
    """Figures of a run.

    Attributes:
        stages: Name of the stage -> what it counted.
        about: Where, when and how.
        evaluation: Against gold labels, if there are any.
        costs: Name of the stage -> `seconds`, `gpu_seconds` and `peak_mb` when its tables were made.
        gold: The gold labels, if there are any.
        proof: Its certificate, what it changed, and drift.
    """

    stages: Mapping[str, Mapping[str, Any]]
    about: About
    evaluation: "ClusterEvaluation | None" = None
    costs: Mapping[str, Mapping[str, float]] = {}
    gold: pa.Table | None = None
    proof: Proof = Proof()

    @property
    def publication_id(self) -> int | None:
        """The publication that this run made live."""
        return self.stages.get("publish", {}).get("publication_id")


def about_section(facts: Facts) -> Section:
    """Date, publication and the models that the figures rest on."""
    about = facts.about
    rows = [["date", f"{about.date:%Y-%m-%d %H:%M:%S %Z}"], ["run folder", str(about.folder.path)]]
    if about.db:
        live = facts.publication_id
        rows.append(["database", redact(about.db)])
        rows.append(["publication", f"{live} is live" if live else "none: what was live stays live"])
    rows.append(["scorer", str(facts.stages.get("score", {}).get("scorer", ""))])
    rows.append(["embedder", str(facts.stages.get("embed", {}).get("embedder", ""))])
    return Section("This run", ("", ""), rows)


def made_with(about: About) -> Section:
    """Versions of what ran, and each setting that is not as by default."""
    versions = [f"Python {sys.version.split()[0]}"]
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    settings = [[name, redact(str(value))] for name, value in _changed(about.settings, Settings())]
    return Section("Made with", ("setting", "value"), [["versions", ", ".join(versions)], *settings])


def _changed(given: BaseModel, default: BaseModel, path: str = "") -> Iterator[tuple[str, object]]:
    for name in type(given).model_fields:
        value, usual = getattr(given, name), getattr(default, name, None)
        if isinstance(value, BaseModel) and isinstance(usual, BaseModel):
            yield from _changed(value, usual, f"{path}{name}.")
        elif isinstance(value, Mapping) and any(isinstance(each, BaseModel) for each in value.values()):
            for key, each in value.items():
                yield from _changed(each, type(each)(), f"{path}{name}.{key}.")
        elif value != usual:
            yield f"{path}{name}", str(value) if isinstance(value, Path) else value
