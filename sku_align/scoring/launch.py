"""Where shards are scored: in this process, which uses every GPU of this machine, or on the workers of a Ray cluster.

Wherever it is, a scorer judges the known pairs before it judges anything else. On Ray every worker does, so that a node
with another model or a broken GPU stops the run.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import ScoringSettings, VllmScoring
from sku_align.errors import UserError, how_to_install
from sku_align.scoring.canaries import check_canaries
from sku_align.scoring.load import load_scorer
from sku_align.scoring.protocol import Scorer

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


def launch(
    scorer: Scorer, offers: pa.Table, shards: Mapping[int, Rows], settings: ScoringSettings
) -> Iterator[tuple[int, Scores]]:
    """Score shards where `settings.launcher` says.

    Args:
        scorer: Scores here; on Ray each worker makes its own from the settings, with the same fingerprint.
        offers: Table of `schema.OFFERS`.
        shards: Number -> pairs of row numbers, shape (m, 2).
        settings: Of scoring.

    Yields:
        Number and raw scores, shape (m,), of each shard as it is finished, in any order.

    Raises:
        UserError: The known pairs fail, a scorer fails or returns no numbers, or Ray is missing.
    """
    if shards:
        yield from (_on_ray if settings.launcher == "ray" else _here)(scorer, offers, shards, settings)


def raw_scores(scorer: Scorer, offers: pa.Table, pairs: Rows) -> Scores:
    """Raw scores, checked: one finite number per pair.

    Raises:
        UserError: The scorer returned something else.
    """
    raw = np.asarray(scorer.score(offers, pairs), dtype=np.float32)
    if raw.shape != (len(pairs),):
        raise UserError(f"The scorer {scorer.fingerprint} returned {raw.shape} scores for {len(pairs)} pairs.")
    if bad := int((~np.isfinite(raw)).sum()):
        raise UserError(
            f"The scorer {scorer.fingerprint} returned {bad} of {len(raw)} scores that are not finite numbers: "
            "choose another dtype, for example scoring.dtype: bfloat16."
        )
    return raw


def _here(
    scorer: Scorer, offers: pa.Table, shards: Mapping[int, Rows], settings: ScoringSettings
) -> Iterator[tuple[int, Scores]]:
    if settings.canaries:
        check_canaries(scorer)
    for number, pairs in shards.items():
        yield number, raw_scores(scorer, offers, pairs)


def _on_ray(
    scorer: Scorer, offers: pa.Table, shards: Mapping[int, Rows], settings: ScoringSettings
) -> Iterator[tuple[int, Scores]]:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError(
            f"Scoring on Ray needs Ray: {how_to_install('ray')}, or set scoring.launcher to here."
        ) from error
    own = not ray.is_initialized()
    if own:
        ray.init(include_dashboard=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    a_worker = (
        settings.tensor_parallel_size if isinstance(settings, VllmScoring) and ray.cluster_resources().get("GPU") else 0
    )
    workers = settings.ray_workers or (int(ray.cluster_resources()["GPU"]) // a_worker if a_worker else 1)
    rows = [{"shard": number, "pairs": pairs.tobytes()} for number, pairs in shards.items()]
    scored = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Worker,
        batch_size=1,
        batch_format="pyarrow",
        fn_constructor_args=(settings, ray.put(offers), scorer.fingerprint),
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_gpus=a_worker or None,
    )
    try:
        for batch in scored.iter_batches(batch_size=None, batch_format="pyarrow"):
            for row in batch.to_pylist():
                if row["trouble"]:
                    raise UserError(row["trouble"])
                yield row["shard"], np.frombuffer(row["raw"], dtype=np.float32)
    finally:
        if own:
            ray.shutdown()


class _Worker:
    """Scores shards on a Ray worker; what a user must act on comes back as a sentence, not as a stack of tracebacks."""

    def __init__(self, settings: ScoringSettings, offers: Any, fingerprint: str) -> None:
        self._settings, self._offers, self._fingerprint = settings, offers, fingerprint
        self._scorer: Scorer | None = None

    def __call__(self, batch: pa.Table) -> pa.Table:
        raw, trouble = [], ""
        try:
            scorer, offers = self._ready()
            for pairs in batch["pairs"].to_pylist():
                rows = np.frombuffer(pairs, dtype=np.int64).reshape(-1, 2)
                raw.append(raw_scores(scorer, offers, rows).tobytes())
        except UserError as error:
            raw, trouble = [b""] * len(batch), str(error)
        return pa.table({"shard": batch["shard"], "raw": raw, "trouble": [trouble] * len(batch)})

    def _ready(self) -> tuple[Scorer, pa.Table]:
        if self._scorer is None:
            import ray

            scorer, self._offers = load_scorer(self._settings), ray.get(self._offers)
            if scorer.fingerprint != self._fingerprint:
                raise UserError(
                    f"A Ray worker has the scorer {scorer.fingerprint}, not {self._fingerprint}: install the same "
                    "version of sku-align and the same model on every node."
                )
            if self._settings.canaries:
                check_canaries(scorer)
            self._scorer = scorer
        return self._scorer, self._offers
