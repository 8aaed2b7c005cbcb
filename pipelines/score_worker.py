"""The process that scores; the asset `scores` runs `python -m pipelines.score_worker --out DIR --config FILE`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from dagster_pipes import open_dagster_pipes

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.job import Job


def main() -> None:
    """Run the score stage and report its figures to Dagster."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    with open_dagster_pipes() as pipes:
        try:
            result = Job(arguments.out, Settings.load(arguments.config)).score()
        except UserError as error:
            pipes.log.error(str(error))
            sys.exit(2)
        facts = {name: _typed(value) for name, value in result.facts.items()}
        pipes.report_asset_materialization(metadata=facts | {"reused": result.reused})


def _typed(value: Any) -> Any:
    return {"raw_value": value, "type": "json"} if isinstance(value, dict | list) else value


if __name__ == "__main__":
    main()
