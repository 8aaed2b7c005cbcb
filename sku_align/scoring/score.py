"""The scoring stage: candidate pairs in, scores out, no pair scored twice.

Work is cut into shards, each one Parquet file that appears whole or not at all, so that a killed run goes on at its
first missing shard. What a finished run has scored goes to a cache keyed by the scorer's fingerprint and both offers'
content hashes, so that the next day's run pays for new and changed offers only.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from sku_align import schema
from sku_align.calibration.run_features import known_ranks
from sku_align.calibration.sampling import lots
from sku_align.config import ScoringSettings
from sku_align.errors import TransientError, UserError
from sku_align.pairs import pair_codes, pair_columns, pair_positions, pair_rows, sort_offers
from sku_align.progress import track
from sku_align.scoring.cascade import Cascade, CascadeReport, read_in_cascade
from sku_align.scoring.cascade_fit import Bounds
from sku_align.scoring.launch import launch
from sku_align.scoring.mean import Mean
from sku_align.scoring.protocol import Reading, Scorer, spread_of
from sku_align.scoring.shards import CACHE, SHARDS, ScoreCache, Shards, offer_hashes
from sku_align.titles import in_one_language

logger = logging.getLogger(__name__)


class Calibrator(Protocol):
    """Maps raw scores to match probabilities."""

    def odds(
        self, offers: pa.Table, pairs: NDArray[np.int64], raw: NDArray[np.float32], rank: NDArray[np.int32] | None
    ) -> NDArray[np.float64]:
        """Log odds, shape (m,), of pairs of row numbers, shape (m, 2), with raw scores and ranks."""

    def bounded(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.float32],
        rank: NDArray[np.int32] | None,
        spread: NDArray[np.float64],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities in [0, 1], shape (m,), and the lowest and highest that another run may give.

        Args:
            spread: By how much its raw scores may differ from these, in log odds, shape (m,).
        """


def score(
    offers: pa.Table,
    candidates: pa.Table,
    scorer: Scorer,
    calibration: Calibrator,
    settings: ScoringSettings,
    work: Path | None = None,
    known: pa.Table | None = None,
    bounds: Callable[[pa.Table, NDArray[np.int64]], Bounds] | None = None,
    on_cascade: Callable[[CascadeReport], None] = lambda report: None,
) -> pa.Table:
    """Score candidate pairs; known-answer pairs go first, and a scorer that fails them scores nothing else.

    Args:
        offers: Table of `schema.OFFERS`; the rows' order does not matter.
        candidates: Table of `schema.CANDIDATES`, m pairs, in any order; a pair that stands twice is scored once.
        scorer: Gives raw scores.
        calibration: Gives probabilities.
        settings: Shard size, canaries, whether A|B and B|A are averaged and what happens where they disagree.
        work: Folder of finished shards (`shards`) and of the score cache (`cache`); without it nothing is kept.
        known: Table of `schema.SCORES` of the same scorer; its raw scores are taken over instead of scored again.
        bounds: Gives what pairs must reach to be decided one way or another, which a cascade needs to know.
        on_cascade: Called with what each scorer of a cascade did.

    Returns:
        Table of `schema.SCORES`, sorted by pair; the same inputs give the same bytes, also after a killed run.

    Raises:
        UserError: Candidates name unknown offers, the canaries fail, the scorer returns no numbers, or another
            process scores in `work`.
    """
    offers = sort_offers(offers)
    pairs, rank = _sorted_pairs(offers, candidates)
    # NaN marks a pair without a score: only those go to the scorer.
    raw = np.full(len(pairs), np.nan, dtype=np.float32) if known is None else _taken_over(offers, pairs, known)
    todo = np.flatnonzero(np.isnan(raw))
    first = (scorer.fast, scorer.settings.fast) if isinstance(scorer, Cascade) else (scorer, settings)
    reading = Reading(raw, np.ones(len(pairs), dtype=np.float32), np.full(len(pairs), spread_of(*first)))

    def read(at: NDArray[np.int64], one: Scorer, section: ScoringSettings) -> Reading:
        return _read(offers, pairs, at, one, section, work)

    def odds(raw: NDArray[np.float32]) -> NDArray[np.float64]:
        return calibration.odds(offers, pairs, raw, rank)

    by_strong = np.zeros(len(pairs), dtype=bool)
    if isinstance(scorer, Cascade):
        if bounds is None:
            raise ValueError("a cascade needs bounds")
        fast, strong = scorer.settings.fast, scorer.settings.strong
        reading.raw[todo], reading.ceiling[todo], _ = read(todo, scorer.fast, fast)
        reading, by_strong, report = read_in_cascade(
            scorer,
            reading,
            todo,
            lots(offers, pairs),
            bounds(offers, pairs),
            lambda at: read(at, scorer.strong, strong),
            odds,
        )
        on_cascade(report)
    else:
        reading.raw[todo], reading.ceiling[todo], _ = read(todo, scorer, settings)
    name = scorer.fingerprint + (" both directions" if settings.both_directions else "")
    by = pa.DictionaryArray.from_arrays(by_strong.astype(np.int32), pa.array([name, f"{name}: read by both"]))
    columns = pair_columns(offers, pairs[:, 0], pairs[:, 1])
    columns |= {"raw_score": reading.raw, "scorer": by}
    found, low, high = calibration.bounded(offers, pairs, reading.raw, rank, reading.spread)
    named = {"probability": found, "probability_low": low, "probability_high": high}
    columns |= {name: np.minimum(values, reading.ceiling) for name, values in named.items()}
    return schema.conform(columns, schema.SCORES)


def _read(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    at: NDArray[np.int64],
    scorer: Scorer,
    settings: ScoringSettings,
    work: Path | None,
) -> Reading:
    """One scorer's raw scores of the pairs at some positions, and the ceiling of pairs that it reads one way only."""
    if isinstance(scorer, Mean):
        # Each reads by its own settings, with shards and a cache of its own.
        each = zip(scorer.parts, scorer.settings.scorers, strict=True)
        return scorer.of([_read(offers, pairs, at, part, section, work) for part, section in each])
    fresh = pairs[at]
    directed = np.concatenate([fresh, fresh[:, ::-1]]) if settings.both_directions else fresh
    scored = _directed_scores(*in_one_language(offers, directed), scorer, settings, work, pairs)
    # A scorer that reads A|B and B|A apart has not understood the pair: the mean counts, and such a pair may not merge
    # by itself.
    ceiling = np.ones(len(at), dtype=np.float32)
    if settings.both_directions:
        forward, backward = scored[: len(fresh)], scored[len(fresh) :]
        scored = (forward + backward) / np.float32(2)
        asymmetric = np.abs(forward - backward) > settings.max_asymmetry
        ceiling[asymmetric] = settings.asymmetric_probability
        if asymmetric.any():
            logger.warning(
                "%d of %d pairs score more than %g apart as A|B and B|A; their probability is held at %g.",
                asymmetric.sum(),
                len(at),
                settings.max_asymmetry,
                settings.asymmetric_probability,
            )
    return Reading(scored, ceiling, np.full(len(at), spread_of(scorer, settings)))


def _sorted_pairs(offers: pa.Table, candidates: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Each pair once, in order, with its best rank."""
    rows = pair_rows(offers, candidates)
    if (unknown := np.flatnonzero((rows < 0).any(axis=1))).size:
        first = candidates.select(list(schema.PAIR_NAMES)).slice(int(unknown[0]), 1).to_pylist()[0]
        raise UserError(
            f"{unknown.size} candidate pairs name offers that are not in the offers table, the first one {first}: "
            "run blocking again over these offers."
        )
    # Sorted by pair, then by rank: the first row of each pair is its best one.
    codes, rank = pair_codes(rows, len(offers)), known_ranks(candidates)
    order = np.lexsort((rank, codes))
    kept = order[np.flatnonzero(np.diff(codes[order], prepend=-1))]
    return np.stack(np.divmod(codes[kept], max(len(offers), 1)), axis=1), rank[kept]


def _taken_over(offers: pa.Table, pairs: NDArray[np.int64], known: pa.Table) -> NDArray[np.float32]:
    """Raw scores that are known, nan elsewhere, shape (m,)."""
    at = pair_positions(pair_rows(offers, known), pairs, len(offers))
    # A position of -1 (unknown) reads the NaN at the end.
    return np.append(known["raw_score"].to_numpy(), np.float32(np.nan))[at].astype(np.float32)


def _directed_scores(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    scorer: Scorer,
    settings: ScoringSettings,
    work: Path | None,
    of_run: NDArray[np.int64],
) -> NDArray[np.float32]:
    if work is None:
        parts = {at: pairs[at : at + settings.shard_size] for at in range(0, len(pairs), settings.shard_size)}
        raw = np.empty(len(pairs), dtype=np.float32)
        for at, scores in track(launch(scorer, offers, parts, settings), "scoring", total=len(parts)):
            raw[at : at + len(scores)] = scores
        return raw
    work.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work / "scoring.lock", timeout=0):
            return _kept_scores(offers, pairs, scorer, settings, work, of_run)
    except Timeout as error:
        raise TransientError(f"Another process is scoring in {work}: wait for it or choose another folder.") from error


def _kept_scores(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    scorer: Scorer,
    settings: ScoringSettings,
    work: Path,
    of_run: NDArray[np.int64],
) -> NDArray[np.float32]:
    # A strong scorer reads few pairs of a run today and others tomorrow: what the run still has stays in the cache.
    kept = np.concatenate([of_run, pairs])
    hashes = offer_hashes(offers, kept)
    cache = ScoreCache(work / CACHE, scorer.fingerprint)
    shards = Shards(work / SHARDS, scorer.fingerprint, settings.shard_size)
    raw = cache.lookup(hashes, pairs)
    todo = _first_of_equals(hashes, pairs, raw)
    # Where no killed run had begun this very list, what others left goes into the cache, and the rest is planned.
    if not shards.plan(hashes[pairs[todo]]) and shards.absorb(cache):
        raw = cache.lookup(hashes, pairs)
        todo = _first_of_equals(hashes, pairs, raw)
        shards.plan(hashes[pairs[todo]])
    missing = {number: pairs[todo[shards.slice(number)]] for number in shards.missing()}
    for number, scores in track(launch(scorer, offers, missing, settings), "scoring", total=len(missing)):
        shards.write(number, scores)
    if len(todo):
        cache.add(*shards.read(), hashes=hashes, pairs=len(kept))
        raw = cache.lookup(hashes, pairs)
    shards.clear()
    return raw


def _first_of_equals(
    hashes: NDArray[np.uint64], pairs: NDArray[np.int64], raw: NDArray[np.float32]
) -> NDArray[np.int64]:
    # Pairs whose texts are equal have one score: the first of them is scored and the cache answers for the others.
    unknown = np.flatnonzero(np.isnan(raw))
    names, texts = np.unique(hashes, return_inverse=True)
    codes = texts[pairs[unknown, 0]] * len(names) + texts[pairs[unknown, 1]]
    return unknown[np.sort(np.unique(codes, return_index=True)[1])]
