"""The command line: `sku-align`."""

import sys
from collections.abc import Sequence

import click

from sku_align.cli.loading import LazyGroup
from sku_align.errors import UserError, of_the_machine
from sku_align.redaction import redact


@click.group(
    cls=LazyGroup,
    commands_at={
        "init": "sku_align.cli.init:init_command",
        "align": "sku_align.cli.stages:align_command",
        "ingest": "sku_align.cli.stages:ingest_command",
        "embed": "sku_align.cli.stages:embed_command",
        "block": "sku_align.cli.stages:block_command",
        "score": "sku_align.cli.stages:score_command",
        "decide": "sku_align.cli.stages:decide_command",
        "cluster": "sku_align.cli.stages:cluster_command",
        "publish": "sku_align.cli.stages:publish_command",
        "report": "sku_align.cli.stages:report_command",
        "match": "sku_align.cli.serve:match_command",
        "serve": "sku_align.cli.serve:serve_command",
        "api-key": "sku_align.cli.serve:api_key_command",
        "publications": "sku_align.cli.publication:publications_command",
        "rollback": "sku_align.cli.publication:rollback_command",
        "sku": "sku_align.cli.sku:sku_group",
        "review": "sku_align.cli.review:review_group",
        "audit": "sku_align.cli.audit:audit_group",
        "compare": "sku_align.cli.compare:compare_command",
        "calibrate": "sku_align.cli.calibrate:calibrate_command",
        "train": "sku_align.cli.train:train_command",
        "export-model": "sku_align.cli.train:export_model_command",
        "evaluate": "sku_align.cli.evaluate:evaluate_group",
        "bench": "sku_align.cli.bench:bench_group",
        "doctor": "sku_align.cli.doctor:doctor_command",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="sku-align")
def cli(debug: bool) -> None:
    """Find the same product in catalogs of many languages; give each product one stable SKU id."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors the user can put right are one sentence and exit code 2."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(words, prog_name="sku-align", standalone_mode=False)
    except UserError as error:
        _fail(str(error), "--debug" in words)
    except OSError as error:
        if not (sentence := of_the_machine(error)):
            raise
        _fail(sentence, "--debug" in words)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped. Finished stages are kept; the same command goes on from there.", False, code=130)
    else:
        # What a command gives to `Context.exit`, as `doctor` does where something fails.
        if isinstance(code, int) and code:
            sys.exit(code)


def _fail(sentence: str, debug: bool, code: int = 2) -> None:
    if debug:
        import traceback

        traceback.print_exc()
    click.echo(f"Error: {redact(sentence)}", err=True)
    sys.exit(code)
