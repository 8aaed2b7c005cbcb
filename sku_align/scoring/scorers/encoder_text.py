"""How an offer reads to the cross-encoder; training and scoring must write it the same way, so it stands here once."""

import math

import pyarrow as pa

from sku_align.attributes.beside_title import full_title
from sku_align.attributes.spelling import canonical_sizes

FIELDS = ("title", "brand", "category", "price", "currency", "description", "language", "attributes")
# As in training (training/batches.py): longer texts are cut as the model has learnt them.
SIDE_TOKENS = 60
DESCRIPTION_CHARACTERS = 120
FIELD_SEPARATOR = " | "
WORDING = 3  # raise it when any scorer's texts of offers are written in another way, so that old scores are not reused


def offer_text(
    title: str,
    brand: str | None = None,
    category: str | None = None,
    price: float | None = None,
    currency: str | None = None,
    description: str | None = None,
    language: str | None = None,
    attributes: str | None = None,
) -> str:
    """Write one offer as "title, columns | brand | category leaf | price currency | start of the description".

    What columns of sizes and variants say and the title does not follows the title (`attributes.beside_title`).
    Sizes in all of them and in the description are written in one form (`attributes.spelling.canonical_sizes`).

    Args:
        title: The offer's title; the other fields are left out where they are missing or blank.
        category: A path such as "Food > Noodles"; only its last part is written.
        price: Amount in `currency`; written without trailing zeros.
        description: Cut to its first 120 characters at a word; a leading copy of the title is dropped.
        language: BCP 47 tag of title and description; tells a decimal comma from a thousands comma.
        attributes: JSON of the columns without a canonical name.

    Example:
        >>> offer_text("Trail jacket", "Alpina", price=89, currency="EUR", attributes='{"color": "Red", "size": "M"}')
        'Trail jacket, M, Red | Alpina | 89 EUR'
    """
    title = " ".join(title.split())
    fields = [
        full_title(title, attributes, language),
        " ".join((brand or "").split()),
        (category or "").split(">")[-1].strip(),
    ]
    if price is not None and not math.isnan(price):
        fields.append(f"{price:.10g} {currency or ''}".strip())
    fields.append(canonical_sizes(_snippet(title, description or ""), language))
    return FIELD_SEPARATOR.join(field for field in fields if field)


def offer_texts(offers: pa.Table) -> list[str]:
    """Write every offer of a table with the columns `FIELDS`; see `offer_text`."""
    return [offer_text(**row | {"title": row["title"] or ""}) for row in offers.select(FIELDS).to_pylist()]


def _snippet(title: str, description: str) -> str:
    text = " ".join(description.split())
    if text.lower().startswith(title.lower()):
        text = text[len(title) :].lstrip(" /-|.,:")
    if len(text) <= DESCRIPTION_CHARACTERS:
        return text
    head = text[: DESCRIPTION_CHARACTERS + 1]
    return head.rsplit(" ", 1)[0][:DESCRIPTION_CHARACTERS]
