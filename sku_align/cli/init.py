"""`sku-align init`: look at feeds and write settings with which `align` runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sku_align.errors import UserError
from sku_align.files import write_text

if TYPE_CHECKING:
    from sku_align.catalogs.proposing import Proposal


@click.command("init")
@click.argument("feeds", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default=Path("sku_align.yaml"),
    show_default=True,
    help="Settings file to write.",
)
@click.option("--contracts", type=click.Path(path_type=Path), help="Folder for a first data contract of each catalog.")
@click.option("--force", is_flag=True, help="Write over an existing settings file.")
def init_command(feeds: tuple[Path, ...], config: Path, contracts: Path | None, force: bool) -> None:
    """Look at FEEDs, recognise whose exports they are, and write a settings file that `align` accepts."""
    from sku_align.catalogs.proposing import propose
    from sku_align.catalogs.sources import find_sources
    from sku_align.config import Settings

    if config.exists() and not force:
        raise UserError(f"{config} exists already; name another file by --config, or write over it by --force.")
    proposals = [propose(source) for source in find_sources(list(feeds), Settings())]
    config.parent.mkdir(parents=True, exist_ok=True)
    paths = {proposal.source.name: _write_contract(proposal, contracts) for proposal in proposals} if contracts else {}
    write_text(config, settings_text(proposals, config.parent, paths))
    for proposal in proposals:
        for line in _told(proposal):
            click.echo(line)
    missing = [proposal for proposal in proposals if proposal.missing]
    if missing:
        names = "; ".join(f"{one.source.name}: {', '.join(one.missing)}" for one in missing)
        raise UserError(f"{config} is written, but no column was found for {names}; fill the gaps marked with <...>.")
    click.echo(f"Wrote {config}. Next: sku-align align --config {config}")


def settings_text(proposals: "list[Proposal]", folder: Path, contracts: dict[str, Path]) -> str:
    """The settings file, with a comment on every choice; paths are relative to its folder."""
    lines = [
        "# Written by `sku-align init` from the first rows of each feed: read it, correct it, keep it in git.",
        "# A column is left out where the feed has none; every other column is kept among the offer's attributes.",
        "catalogs:",
    ]
    for proposal in proposals:
        source = proposal.source
        lines.append(f"  {_text(source.name)}:")
        where = (
            f"path: {_text(_relative(source.path, folder))}"
            if source.path
            else f"url: {_text(source.settings.url or '')}"
        )
        lines.append(f"    {where}")
        if proposal.preset:
            lines.append(f"    preset: {proposal.preset}  # recognised by its columns")
        if proposal.language:
            lines.append(f"    language: {_text(proposal.language)}  # of nearly all titles looked at")
        elif "language" not in proposal.columns:
            lines.append(
                "    # language: en  # titles are of several languages, or too short to be sure; detected row by row"
            )
        if proposal.currency:
            lines.append(f"    currency: {proposal.currency}  # of the preset's prices")
        elif "price" in proposal.columns and "currency" not in proposal.columns:
            lines.append("    # currency: EUR  # no column states it; prices without a sign of their own have none")
        if proposal.source.name in contracts:
            lines.append(f"    contract: {_text(_relative(contracts[source.name], folder))}")
        own = [canonical for canonical, column in proposal.columns.items() if "as in exports" not in column.why]
        lines.append("    columns:" if own or proposal.missing else "    # columns:")
        for canonical, column in proposal.columns.items():
            # The preset maps these by itself, and knows a second column where the first one is empty.
            mark = "" if canonical in own else "# "
            lines.append(f"      {mark}{canonical}: {_text(column.own)}  # {column.sure:.0%} sure: {column.why}")
        lines += [
            f"      {name}: <its column>  # not found; the feed has {_list(proposal.names)}"
            for name in proposal.missing
        ]
        lines += [f"    # {remark}" for remark in proposal.remarks]
    return "\n".join(lines) + "\n"


def _write_contract(proposal: "Proposal", folder: Path) -> Path:
    """A first contract: the columns in use must stay, languages and rows are for the owner to fill."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{proposal.source.name}.yaml"
    columns = list(dict.fromkeys(column.own for column in proposal.columns.values()))
    lines = [
        f"# What was agreed with the owner of {proposal.source.name}; a run that finds it broken stops.",
        f"catalog: {_text(proposal.source.name)}",
        "# owner: feeds@shop.example",
        "columns:",
        *(f"  - {_text(name)}" for name in columns),
        "other_columns: true",
        *([f"languages: [{_text(proposal.language)}]"] if proposal.language else ["# languages: [de, en]"]),
        "# currencies: [EUR]",
        "# rows: [1000, 5000]  # fewest and most offers",
        "max_quarantined: 0.2",
    ]
    write_text(path, "\n".join(lines) + "\n")
    return path


def _told(proposal: "Proposal") -> list[str]:
    kind = f"an export of {proposal.preset}" if proposal.preset else "of no known preset"
    least = min((column.sure for column in proposal.columns.values()), default=0.0)
    return [
        f"{proposal.source.name}: {proposal.rows} rows looked at, {kind}, least sure column {least:.0%}",
        *(f"  {name}: {column.own} ({column.sure:.0%}, {column.why})" for name, column in proposal.columns.items()),
        *(f"  {remark}" for remark in proposal.remarks),
    ]


def _relative(path: Path, folder: Path) -> str:
    try:
        return str(path.resolve().relative_to(folder.resolve()))
    except ValueError:
        return str(path.resolve())


def _text(value: str) -> str:
    """Text as YAML holds it whatever it looks like: a JSON string is one."""
    plain = value.replace("_", "").replace("-", "").replace(".", "").replace("/", "")
    return value if plain.isalpha() and plain.isascii() and len(plain) > 3 else json.dumps(value, ensure_ascii=False)


def _list(names: list[str]) -> str:
    return ", ".join(names[:20]).replace("\n", " ")
