"""The process that scores; the asset `scores` runs this module with --out DIR --config FILE [--anew]."""

import argparse
from pathlib import Path
from typing import Any

from dagster_pipes import PipesContext, open_dagster_pipes

from sku_align.config import Settings
from sku_align.errors import TransientError, UserError
from sku_align.running import Run, StageResult


def main() -> None:
    """Run the score stage; its figures, or the sentence of a user's error, go to Dagster."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--anew", action="store_true")
    arguments = parser.parse_args()
    with open_dagster_pipes() as pipes:
        try:
            anew = ["score"] if arguments.anew else []
            result = Run(arguments.out, Settings.load(arguments.config), anew=anew).do("score")
        except UserError as error:
            pipes.report_custom_message({"sentence": str(error), "transient": isinstance(error, TransientError)})
            return
        _report(result, pipes)


def _report(result: StageResult, pipes: PipesContext) -> None:
    facts = {name: _typed(value) for name, value in result.facts.items()}
    counted = {"dagster/row_count": result.rows["scores"], "reused": result.reused}
    cost = {} if result.reused else result.cost
    pipes.report_asset_materialization(metadata=facts | counted | cost, data_version=result.content["scores"])
    unknown = [name for name, known in result.facts["calibrated"].items() if not known]
    seen = "All catalogs were seen."
    if unknown:
        seen = f"No labels of {', '.join(unknown)} were seen: what merges by itself there asks for more."
    pipes.report_asset_check("calibrated", not unknown, "WARN", {"what this means": seen})


def _typed(value: Any) -> Any:
    return {"raw_value": value, "type": "json"} if isinstance(value, dict | list) else value


if __name__ == "__main__":
    main()
