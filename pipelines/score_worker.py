"""The process that scores; the asset `scores` runs `python -m pipelines.score_worker --out DIR --config FILE`."""

import argparse
from pathlib import Path

from dagster_pipes import open_dagster_pipes

from sku_align.config import Settings
from sku_align.job import Job


def main() -> None:
    """Run the score stage and report its figures to Dagster."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    with open_dagster_pipes() as pipes:
        result = Job(arguments.out, Settings.load(arguments.config)).score()
        pipes.report_asset_materialization(metadata=result.facts | {"reused": result.reused})


if __name__ == "__main__":
    main()
