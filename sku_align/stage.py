"""What a stage is: its declaration, what it makes, and what it may ask of the run that it is part of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sku_align.provenance import code_version

if TYPE_CHECKING:
    import pyarrow as pa

    from sku_align.config import Settings
    from sku_align.evaluation.clusters import ClusterEvaluation
    from sku_align.evaluation.comparing import RunTables
    from sku_align.folder import RunFolder
    from sku_align.report import About, Proof
    from sku_align.retrieval.versions import IndexRoot
    from sku_align.skus.identity import Previous
    from sku_align.store import Store

# Of what stages read and write, all that is not a table of the run folder.
ELSEWHERE = frozenset({"verdicts", "review_questions", "publication", "report"})


class StageRun(Protocol):
    """What a stage may ask of its run; `sku_align.running.Run` says what each means."""

    folder: "RunFolder"
    settings: "Settings"
    catalogs: list[Path]
    only: tuple[str, ...]
    anew: tuple[str, ...]
    accept_churn: bool
    run_id: str | None
    gold: "pa.Table | None"
    now: Callable[[], datetime]

    @property
    def store(self) -> "Store | None": ...

    def needed_store(self) -> "Store": ...
    def previous(self) -> "Previous": ...
    def do(self, name: str) -> Any: ...
    def facts(self) -> dict[str, dict[str, Any]]: ...
    def costs(self) -> dict[str, dict[str, float]]: ...
    def about(self) -> "About": ...
    def evaluation(self) -> "ClusterEvaluation | None": ...
    def index_root(self) -> "IndexRoot | None": ...
    def earlier(self) -> "dict[int, RunTables]": ...
    def made(self, tables: "Mapping[str, pa.Table]") -> "RunTables": ...
    def proof(self, tables: "Mapping[str, pa.Table]") -> "Proof": ...


class Made(NamedTuple):
    """What a stage made.

    Attributes:
        facts: Its figures, as JSON holds them; a stage that rests reports those of the run that made its tables.
        tables: Tables by name.
        files: Files for people: path -> text.
        value: What a caller from Python gets beside the figures.
    """

    facts: dict[str, Any]
    tables: "Mapping[str, pa.Table]" = MappingProxyType({})
    files: Mapping[Path, str] = MappingProxyType({})
    value: Any = None


class Plan(NamedTuple):
    """A stage over one run, before its tables are read.

    Attributes:
        work: Called with the tables that the stage reads, by name.
        made_by: What decides the outcome beside the tables read and the code: settings, fingerprints. None if no
            such thing can be named, as with a query or a file for people; then the stage always runs.
        check: Called with the figures once the tables are written or found unchanged; it raises what stops a run.
    """

    work: Callable[..., Made]
    made_by: tuple[object, ...] | None = None
    check: Callable[[dict[str, Any]], None] = lambda facts: None


@dataclass(frozen=True)
class Stage:
    """One declared stage.

    Attributes:
        name: Its name, which is its command unless `command` names another.
        reads: What it reads: tables of the run folder, and `verdicts` and `publication` of the database.
        writes: What it writes, the main table first: tables of the run folder, or a name of what lies elsewhere.
        does: One sentence for people.
        plan: Makes its plan for a run.
        command: Words of its command line after `sku-align`.
        needs_db: It does nothing without a database.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    does: str
    plan: Callable[["StageRun"], Plan] = field(repr=False)
    command: str = ""
    needs_db: bool = False

    @property
    def tables_read(self) -> tuple[str, ...]:
        """What it reads of the run folder."""
        return tuple(name for name in self.reads if name not in ELSEWHERE)

    @property
    def tables_written(self) -> tuple[str, ...]:
        """What it writes into the run folder as a table."""
        return tuple(name for name in self.writes if name not in ELSEWHERE)

    @cached_property
    def code_version(self) -> str:
        """Hash of the code that it runs, which leaves out whatever it does not import."""
        return code_version(self.plan)
