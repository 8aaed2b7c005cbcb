"""Raw scores of labelled pairs worked out on a GPU, so that fitting a calibration needs no hours of a CPU.

    python -m training.raw_scores collect --data DATA --out FOLDER      # texts of all pairs that the fit will ask for
    python -m training.raw_scores score --texts FOLDER --start START --trained TRAINED --out SCORES.npz   # on a GPU
    python -m training.fit_calibration --data DATA --scores SCORES.npz ...

Texts are those of `encoder_text.offer_texts`, so a change to them asks for all three steps again; a pair whose score is
missing is an error, never scored otherwise. float32 on a GPU and ONNX Runtime agree within 0.002 of the logit.
"""

import argparse
import hashlib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.scoring.scorers.encoder_text import offer_texts

# Below this first logit the shipped scorer passes over the second direction (cross_encoder.CLEAR_REJECT).
CLEAR_REJECT = -3.0


class StoredScores:
    """A scorer that looks its raw scores up.

    Args:
        path: What `score` wrote.
        fingerprint: Fingerprint of the scorer that the scores stand for.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        with np.load(path) as stored:
            self._keys, self._raw = stored["keys"], stored["raw"]
        self.fingerprint = fingerprint

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Raw scores of pairs, shape (m,); see `protocol.Scorer`.

        Raises:
            KeyError: A pair was not collected.
        """
        wanted = pair_keys(offers, pairs)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        if (missing := np.flatnonzero(self._keys[at] != wanted)).size:
            raise KeyError(f"{missing.size} of {len(pairs)} pairs have no stored score: collect and score again.")
        return np.asarray(self._raw[at], dtype=np.float32)


def pair_keys(offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for the two texts of each pair, in their order, shape (m,)."""
    used, positions = np.unique(pairs, return_inverse=True)
    texts = offer_texts(offers.take(pa.array(used)))
    return _keys(texts, positions.reshape(-1, 2))


def _keys(texts: list[str], positions: NDArray[np.int64]) -> NDArray[np.uint64]:
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    numbers = np.frombuffer(digests, dtype=np.uint64)[positions]
    return np.asarray(numbers[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ (numbers[:, 1] >> np.uint64(1)))


def collect(tables: Iterable[tuple[pa.Table, NDArray[np.int64]]], out: Path) -> int:
    """Write the texts of pairs and which pairs there are; equal pairs once.

    Returns:
        How many pairs there are.
    """
    import pyarrow.parquet as pq

    numbers: dict[str, int] = {}
    found: set[tuple[int, int]] = set()
    for offers, pairs in tables:
        used, positions = np.unique(pairs, return_inverse=True)
        texts = offer_texts(offers.take(pa.array(used)))
        of_row = np.array([numbers.setdefault(text, len(numbers)) for text in texts])
        found.update(map(tuple, of_row[positions.reshape(-1, 2)].tolist()))
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": list(numbers)}), out / "texts.parquet", compression="zstd", compression_level=19)
    ordered = np.array(sorted(found), dtype=np.int32).reshape(-1, 2)
    pq.write_table(pa.table({"left": ordered[:, 0], "right": ordered[:, 1]}), out / "pairs.parquet", compression="zstd")
    return len(ordered)


def score(folder: Path, start: Path, trained: Path, out: Path, device: str) -> None:
    """Score the collected pairs with a trained student, as the shipped scorer does, in float32."""
    import pyarrow.parquet as pq
    import torch
    from tokenizers import Tokenizer

    from training.architecture import build
    from training.evaluation import score as predict
    from training.reproduce import STUDENT_LAYERS
    from training.start_weights import StartWeights
    from training.stored import read_encoder

    texts = pq.read_table(folder / "texts.parquet")["text"].to_pylist()
    table = pq.read_table(folder / "pairs.parquet")
    pairs = np.stack([table["left"].to_numpy(), table["right"].to_numpy()], axis=1).astype(np.int64)
    model = build(StartWeights.load(start / "start.npz"), STUDENT_LAYERS)
    state = {key: torch.from_numpy(value) for key, value in read_encoder(trained, "student").items()}
    model.load_state_dict(state, strict=False)
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    words = [(texts[left], texts[right]) for left, right in pairs.tolist()]
    forward, backward = predict(model, tokenizer, words, device, batch=2048, exact=True)
    raw = np.where(forward < CLEAR_REJECT, forward, (forward + backward) / 2).astype(np.float32)
    keys = _keys(texts, pairs)
    order = np.argsort(keys, kind="stable")
    np.savez_compressed(out, keys=keys[order], raw=raw[order])


def main() -> None:
    """Parse the command line and run one step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="step")
    collecting, scoring = commands.add_parser("collect"), commands.add_parser("score")
    collecting.add_argument("--data", type=Path, required=True)
    collecting.add_argument("--cache", type=Path, help="folder of embeddings of earlier runs")
    scoring.add_argument("--texts", type=Path, required=True)
    scoring.add_argument("--start", type=Path, required=True)
    scoring.add_argument("--trained", type=Path, required=True)
    scoring.add_argument("--device", default="cuda")
    for command in (collecting, scoring):
        command.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.step == "score":
        score(options.texts, options.start, options.trained, options.out, options.device)
        return
    from training.invented_runs import all_invented_runs
    from training.labelled import everything

    tables = chain(everything(options.data, options.cache), all_invented_runs(options.cache))
    print(collect(tables, options.out), "pairs")


if __name__ == "__main__":
    main()
