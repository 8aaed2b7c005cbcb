"""Write, audit, publish: storefronts see the last run or this one, never a mixture, and never a failed audit."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from sku_align.evaluation.drift import Drift
from sku_align.report import findings
from sku_align.report.proof import certificate_section, comparison_sections, drift_section
from sku_align.store.audits import Audit, AuditError

from ..policy import stage_assets
from ..resources import RunSetup, materialized, tables


class PublishConfig(dg.Config):
    """What the person who starts the run may allow."""

    accept_churn: bool = False


@stage_assets(
    "publish",
    kinds={"sqlalchemy"},
    pool="publication",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)),
    checks=[
        dg.AssetCheckSpec("audits", asset="publication", description="What was asked before it went live."),
        dg.AssetCheckSpec(
            "drift", asset="publication", description="Distributions against those of the publications before."
        ),
        dg.AssetCheckSpec(
            "expected_precision",
            asset="publication",
            description="What the calibration expects of the pairs that merged.",
        ),
    ],
)
def publish(
    context: dg.AssetExecutionContext, config: PublishConfig, setup: RunSetup
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What the storefront views show."""
    with setup.run(accept_churn=config.accept_churn, run_id=context.run_id) as run:
        try:
            result = run.do("publish")
        except AuditError as error:
            yield _check(error.audits)
            raise
        proof = run.proof({name: run.folder.read(name) for name in ("offers", "decisions", "clusters")})
        changed = comparison_sections(proof.comparison) if proof.comparison else (None, None)
        yield from materialized(
            result,
            [
                _check(result.value.audits),
                _drift(result.facts["drift"]),
                _expected(proof.expected, run.settings.publishing.min_precision),
            ],
            certificate=certificate_section(proof.certificate, proof.measured_on, proof.expected),
            changed_pairs=changed[0],
            examples_of_changes=changed[1],
        )


def _check(audits: tuple[Audit, ...]) -> dg.AssetCheckResult:
    failed = [audit.detail for audit in audits if not audit.passed]
    return dg.AssetCheckResult(
        check_name="audits",
        passed=not failed,
        description="; ".join(failed) or f"All {len(audits)} passed.",
        metadata=tables(audits=findings.audits([audit.to_dict() for audit in audits])),
    )


def _drift(measured: list[dict[str, Any]]) -> dg.AssetCheckResult:
    drifts = [Drift(each["figure"], each["psi"], each["limit"], each["since"]) for each in measured]
    moved = [f"{drift.figure} by {drift.psi:.2f}" for drift in drifts if not drift.passed]
    return dg.AssetCheckResult(
        check_name="drift",
        passed=not moved,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(moved) or f"None of {len(drifts)} distributions moved further than its limit.",
        metadata=tables(drift=drift_section(drifts)),
    )


def _expected(precision: Mapping[str, float], limit: float | None) -> dg.AssetCheckResult:
    """Warns where the calibration expects less than `publishing.min_precision`, which itself gates on certificates."""
    low = [f"{name} {value:.3f}" for name, value in precision.items() if limit is not None and value < limit]
    least = min(precision.items(), key=lambda entry: entry[1], default=None)
    said = "No pair merged by itself." if least is None else f"At least {least[1]:.3f} ({least[0]})."
    return dg.AssetCheckResult(
        check_name="expected_precision",
        passed=not low,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Below {limit:g}: {', '.join(low)}" if low else said,
        metadata=dict(precision),
    )
