"""Trains a reranker on labels, judges it on products it never saw, and replaces a model only by a better one."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sku_align.calibration.calibration import CALIBRATIONS
from sku_align.config import ScoringSettings
from sku_align.errors import UserError
from sku_align.evaluation.bootstrap import Interval
from sku_align.finetuning.fitting import fit, schedule_of
from sku_align.finetuning.judging import Judged, gain, judge_scorer, scorer_of
from sku_align.finetuning.labels import Labels
from sku_align.finetuning.packed import export, repack
from sku_align.finetuning.reranker import Base, Reranker, Tuning, check_installed, kind_of
from sku_align.finetuning.split import Split, split
from sku_align.scoring.canaries import check_canaries
from sku_align.scoring.protocol import Scorer


@dataclass(frozen=True)
class Trained:
    """What training came to.

    Attributes:
        split: Which pairs were learnt from and held back.
        models: Figures of the base, of the new model, and of the model that lay in its place, if one did.
        rise: Rise of average precision over the better of the others.
        scorer: Name of the scorer that runs the new model.
        refused: Why the new model should not replace the old one; empty if it should.
        out: Where the new model lies; None if it was not written.
    """

    split: Split
    models: tuple[Judged, ...]
    rise: Interval
    scorer: str
    refused: str
    out: Path | None


def train(
    labels: Labels,
    base: Base,
    out: Path,
    settings: ScoringSettings,
    *,
    epochs: int | None = None,
    by_brand: bool = False,
    force: bool = False,
    tuning: Tuning | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Fine-tune a reranker and write it if it is better than what it came from and what it would replace.

    Args:
        labels: Labelled pairs.
        base: Model to start from.
        out: Folder of the new model; a model that lies there is replaced by a better one only.
        settings: Instructions and token budget of language models.
        epochs: Passes over the pairs at most.
        by_brand: Hold back whole brands.
        force: Write the new model whatever its figures.
        tuning: What of a language model is trained; adapters if absent.
        on_progress: Takes a line of progress.

    Raises:
        UserError: There are too few labels, a package is missing, or `out` is a folder of something else.
    """
    tuning = tuning or Tuning()
    if base.kind != "decoder" and tuning != Tuning():
        raise UserError(f"{base.name} is not a language model: --full and --prompt are for these alone.")
    check_installed(base.kind, tuning)
    present = _present(out)
    parts = split(labels, by_brand)
    schedule = schedule_of(base.kind, tuning)
    schedule = replace(schedule, epochs=epochs or schedule.epochs)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=out.parent) as place:
        work, fresh = Path(place), Path(place) / "new" / out.name
        first = scorer_of(base, settings, work)
        on_progress(f"judging {first.fingerprint}")
        before = judge_scorer("before", first, labels, parts, None, base.folder / CALIBRATIONS)
        models = [before]
        if present and present.folder.resolve() != base.folder.resolve():
            old = scorer_of(present, settings, work)
            models.append(judge_scorer(f"now in {out}", old, labels, parts, before.calibration, out / CALIBRATIONS))
        del first
        model = Reranker(base, settings, work, tuning=tuning)
        fit(model, labels, parts, schedule, on_progress)
        _write(model, fresh, {"base": before.calibration.scorer, "pairs": len(parts.train)})
        del model
        new = scorer_of(Base(out.name, fresh, base.kind), settings, work)
        after = judge_scorer("after", new, labels, parts, before.calibration)
        best = max(models, key=lambda one: one.average_precision.value)
        rise = gain(labels, parts, best, after)
        refused = refusal(best, after, rise, new)
        if force or not refused:
            after.calibration.save(fresh / CALIBRATIONS)
            if base.kind == "bundled":
                served = scorer_of(Base(out.name, fresh, "encoder"), settings, work)
                through_vllm = judge_scorer("vllm", served, labels, parts, before.calibration)
                through_vllm.calibration.save(fresh / CALIBRATIONS)
            _put(fresh, out)
    models.insert(1, after)
    scorer = "bundled" if base.kind == "bundled" else "vllm"
    return Trained(parts, tuple(models), rise, scorer, refused, out if force or not refused else None)


def _present(out: Path) -> Base | None:
    if not out.exists() or not any(out.iterdir()):
        return None
    if not (out / "config.json").is_file():
        raise UserError(f"{out} holds something else than a model: choose another folder for the new one.")
    return Base(str(out), out, kind_of(out))


def refusal(best: Judged, after: Judged, rise: Interval, new: Scorer) -> str:
    """Say why a new model should not be used, or nothing if it should.

    Args:
        best: Figures of the best model there is.
        after: Figures of the new model.
        rise: Rise of average precision from one to the other.
        new: The new model, to be asked about the known pairs that every run begins with.
    """
    old, ours = best.average_precision.value, after.average_precision.value
    if rise.value <= 0:
        return (
            f"The new model is no better on held-back products than the one {best.name} (average precision "
            f"{ours:.3f}, was {old:.3f})"
        )
    try:
        check_canaries(new)
    except UserError as error:
        return f"The new model has forgotten what every reranker must know: {error}"
    return ""


def _write(model: Reranker, out: Path, about: dict[str, Any]) -> None:
    out.mkdir(parents=True)
    if model.base.kind == "bundled":
        known = json.loads((model.base.folder / "model.json").read_text(encoding="utf-8"))
        kept = {name: known[name] for name in ("version", "licence") if name in known}
        repack(model.base.folder, model.state(), out, {"name": out.name, **kept, **about})
        export(out, out)
    else:
        model.save(out)


def _put(fresh: Path, out: Path) -> None:
    """Move a finished folder to its place; what lay there leaves only when the new one stands ready."""
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    if out.exists():
        out.rename(aside)
    fresh.rename(out)
    shutil.rmtree(aside, ignore_errors=True)
