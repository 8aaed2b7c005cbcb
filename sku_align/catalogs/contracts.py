"""What was agreed with the owner of a feed, and what a whole feed may not do: rules on the table, not on its rows.

A contract is a YAML file for each catalog; `sku-align init` writes a first one from what it saw. Limits stand in the
settings. Both, and the comparison with the last run, are expectations on one row of figures for each catalog.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sku_align.catalogs.validation import Check, Rule, failing_rows
from sku_align.config import CatalogSettings
from sku_align.errors import UserError
from sku_align.yaml_text import read_yaml

if TYPE_CHECKING:
    from sku_align.catalogs.ingest import Ingested

_MAX_NAMES = 1_000
# With fewer rows a share of languages or categories is chance. Chosen by eye.
_MIN_ROWS_FOR_MIX = 20


class ContractError(UserError):
    """A feed breaks its contract or its limits.

    Attributes:
        ingested: What came of all feeds, for callers that hold back only the catalogs at fault.
        catalogs: Names of the catalogs at fault.
    """

    def __init__(self, sentence: str, ingested: "Ingested", catalogs: list[str]) -> None:
        super().__init__(sentence)
        self.ingested = ingested
        self.catalogs = catalogs


class Contract(BaseModel):
    """A data contract: what the feed of one catalog will look like."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    catalog: str | None = None
    owner: str | None = Field(None, description="Who answers for the feed.")
    columns: list[str] = Field([], description="Columns that are always there.")
    other_columns: bool = Field(True, description="Further columns may appear.")
    languages: list[str] = Field([], description="Languages of the titles; empty allows any.")
    currencies: list[str] = Field([], description="Currencies of the prices; empty allows any.")
    rows: tuple[int, int] | None = Field(None, description="Fewest and most offers.")
    max_quarantined: float | None = Field(None, ge=0, le=1)

    @classmethod
    def load(cls, path: Path) -> "Contract":
        """Read a contract file.

        Raises:
            UserError: It is missing, is not YAML, or says what a contract cannot say.
        """
        try:
            return cls.model_validate(read_yaml(path) or {})
        except OSError as error:
            raise UserError(f"The contract {path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the top level"
            raise UserError(f"The contract {path} has a wrong value at {where}: {first['msg']}.") from error


@dataclass(frozen=True)
class Statistics:
    """Figures of one catalog in one run.

    Attributes:
        rows: Rows read, those that are not offers left out.
        offers: Offers.
        quarantined: Quarantined rows.
        missing_titles: Rows without a title.
        columns: The feed's columns.
        languages: Language -> offers.
        currencies: Currency -> offers.
    """

    rows: int
    offers: int
    quarantined: int
    missing_titles: int
    columns: list[str] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, figures: Mapping[str, int], offers: int, quarantined: int, columns: list[str]) -> "Statistics":
        """From the counts that the portions of a feed add up to."""
        languages, currencies = (
            {name.removeprefix(kind): count for name, count in sorted(figures.items()) if name.startswith(kind)}
            for kind in ("language ", "currency ")
        )
        missing = figures.get("missing titles", 0)
        return cls(figures.get("rows", 0), offers, quarantined, missing, columns[:_MAX_NAMES], languages, currencies)

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class TableRules:
    """Outcome of the rules on whole catalogs."""

    expectations: list[dict[str, Any]]
    broken: dict[str, list[str]]

    def require(self, ingested: "Ingested") -> None:
        """Raise if any catalog is at fault.

        Raises:
            ContractError: With every broken rule in one sentence.
        """
        if self.broken:
            broken = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in sorted(self.broken.items()))
            sentence = (
                f"The feeds break what was agreed: {broken}. Ask the feed's owner, or change the limit or contract."
            )
            raise ContractError(sentence, ingested, sorted(self.broken))


def check_catalogs(
    catalogs: Mapping[str, tuple[CatalogSettings, Statistics]],
    last: Mapping[str, Mapping[str, Any]],
    check: Check = failing_rows,
    own_checks: Mapping[str, Check] | None = None,
) -> TableRules:
    """Check the figures of every catalog against its limits, its contract and the last run.

    Args:
        catalogs: Name -> settings and figures.
        last: Name -> figures of the last run; a catalog without any is not compared.
        check: Finds what fails.
        own_checks: Name -> what stands in its place for one catalog.

    Raises:
        UserError: A contract cannot be read.
    """
    import pandas as pd

    expectations: list[dict[str, Any]] = []
    broken: dict[str, list[str]] = {}
    for name, (settings, statistics) in catalogs.items():
        figures, rules = _rules(settings, statistics, last.get(name))
        if not rules:
            continue
        frame = pd.DataFrame([figures])
        failing = (own_checks or {}).get(name, check)(frame, rules)
        for rule in rules:
            failed = len(failing[rule.name])
            expectations.append(
                {
                    "catalog": name, "name": rule.name, "severity": rule.severity, "rows": statistics.rows,
                    "failed": failed, "success": not failed,
                }
            )  # fmt: skip
            if failed:
                broken.setdefault(name, []).append(rule.reason)
    return TableRules(expectations, broken)


def _rules(
    settings: CatalogSettings, now: Statistics, last: Mapping[str, Any] | None
) -> tuple[dict[str, float], list[Rule]]:
    """The figures of a catalog, and the rules on them that were asked for."""
    limits = settings.limits
    contract = Contract.load(settings.contract) if settings.contract else Contract()
    low, high = contract.rows or (None, None)
    figures: dict[str, float] = {"offers": now.offers}
    rules: list[Rule] = []

    def rule(
        name: str, figure: str, value: float, reason: str, low: float | None = None, high: float | None = None
    ) -> None:
        figures[figure] = value
        rules.append(
            Rule(
                name,
                reason,
                "error",
                lambda gxe: gxe.ExpectColumnValuesToBeBetween(column=figure, min_value=low, max_value=high),
            )
        )

    fewest = max((value for value in (limits.min_rows, low) if value is not None), default=None)
    most = min((value for value in (limits.max_rows, high) if value is not None), default=None)
    if fewest is not None or most is not None:
        band = f"{fewest if fewest is not None else 0} to {most if most is not None else 'any number'}"
        rule(
            "row count is in its band",
            "offers",
            now.offers,
            f"{now.offers} offers where {band} were agreed",
            fewest,
            most,
        )
    bad = min((v for v in (limits.max_quarantined, contract.max_quarantined) if v is not None), default=None)
    share = now.quarantined / max(now.rows, 1)
    if bad is not None:
        rule("few rows are quarantined", "quarantined", share, f"{share:.1%} of the rows are quarantined", high=bad)
    untitled = now.missing_titles / max(now.rows, 1)
    if limits.max_missing_titles is not None:
        reason = f"{untitled:.1%} of the rows have no title"
        rule("few titles are missing", "missing_titles", untitled, reason, high=limits.max_missing_titles)
    lacking = [name for name in contract.columns if name not in now.columns]
    if contract.columns:
        rule("agreed columns are there", "lacking", len(lacking), f"no column {', '.join(lacking)}", high=0)
    known = [*contract.columns, *((last or {}).get("columns") or [] if limits.known_columns_only else [])]
    if not contract.other_columns or (limits.known_columns_only and known):
        new = [name for name in now.columns if name not in known]
        rule("no unknown columns", "unknown", len(new), f"unknown columns {', '.join(new[:5])}", high=0)
    for what, allowed, counts in (
        ("language", contract.languages, now.languages),
        ("currency", contract.currencies, now.currencies),
    ):
        other = {name: count for name, count in counts.items() if name not in allowed}
        if allowed:
            reason = f"offers in a {what} that was not agreed ({', '.join(other)})"
            rule(f"{what} was agreed", f"other_{what}", sum(other.values()), reason, high=0)
    if last:
        _against_last(settings, now, last, rule)
    return figures, rules


def _against_last(settings: CatalogSettings, now: Statistics, last: Mapping[str, Any], rule: Any) -> None:
    limits, before = settings.limits, last.get("offers") or 0
    if limits.max_row_change is not None and before:
        change = abs(now.offers - before) / before
        reason = f"{now.offers} offers after {before} in the last run"
        rule("row count is near the last run's", "row_change", change, reason, high=limits.max_row_change)
    if limits.max_mix_change is None or min(now.offers, before) < _MIN_ROWS_FOR_MIX:
        return
    for what, counts, old in (
        ("language", now.languages, last.get("languages") or {}),
        ("currency", now.currencies, last.get("currencies") or {}),
    ):
        total, total_before = max(sum(counts.values()), 1), max(sum(old.values()), 1)
        shifts = {name: counts.get(name, 0) / total - old.get(name, 0) / total_before for name in {*counts, *old}}
        name, shift = max(shifts.items(), key=lambda entry: (abs(entry[1]), entry[0]), default=("", 0.0))
        reason = f"the share of {what} {name} changed by {shift:+.0%}"
        rule(f"{what} mix is near the last run's", f"{what}_mix", abs(shift), reason, high=limits.max_mix_change)
