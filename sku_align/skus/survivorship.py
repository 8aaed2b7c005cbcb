"""What a SKU says of itself: for each field the best of what its offers say, and whose word it is."""

from dataclasses import dataclass

import pyarrow as pa

from sku_align.config import Settings
from sku_align.tabular import query

UNKNOWN_LANGUAGE = "und"
_FILLED = ("brand", "description", "category", "price", "gtin", "mpn", "url", "image_url")
_RULES = {
    "priority": "priority",
    "completeness": "-completeness",
    "newest": "-coalesce(epoch_us(updated_at), -9223372036854775807)",
    "longest": "-length({value})",
    "frequent": "-frequency",
}
# Values of keyed families such as "rx#=rx4070" and "percent=3.5", as people write them.
_PRINTED = "replace(regexp_replace(variant.value, '^[^=]*#[^=]*=', ''), '=', ' ')"


@dataclass(frozen=True)
class Survivors:
    """SKUs and their texts.

    Attributes:
        skus: One row per SKU, sorted by id. `gtins`, `quantities`, `prices`, `images`, `provenance` and
            `attributes` are JSON text.
        texts: One row per SKU and language (`und` where unknown), sorted; `provenance` is JSON text.
    """

    skus: pa.Table
    texts: pa.Table


def survive(offers: pa.Table, clusters: pa.Table, settings: Settings) -> Survivors:
    """Choose each SKU's title and description in each language, brand, category, quantities, GTINs, prices, images
    and variant attributes.

    Args:
        offers: Table of `schema.OFFERS`.
        clusters: Table of `schema.CLUSTERS`.
        settings: `survivorship` holds the rules; a catalog's `priority` counts where a rule says so.
    """
    names = sorted(set(offers["catalog"].unique().to_pylist()))
    catalogs = pa.table(
        {"catalog": pa.array(names, pa.string()), "priority": [settings.catalog(name).priority for name in names]}
    )
    rules = settings.survivorship
    filled = " + ".join(f"({name} IS NOT NULL)::INT" for name in _FILLED)
    members = query(
        f"""
        SELECT
            clusters.sku_id, offers.* EXCLUDE (language), catalogs.priority, {filled} AS completeness,
            coalesce(offers.language, '{UNKNOWN_LANGUAGE}') AS language,
            [offers.catalog, offers.offer_id] AS source
        FROM clusters JOIN offers USING (catalog, offer_id) JOIN catalogs USING (catalog)
        ORDER BY clusters.sku_id, offers.catalog, offers.offer_id
        """,
        clusters=clusters,
        offers=offers.drop_columns(["attributes", "warnings"]),
        catalogs=catalogs,
    )
    texts = query(
        f"""
        WITH titles AS ({_best("title", rules.title, "language")}),
        descriptions AS ({_best("description", rules.description, "language")})
        SELECT
            titles.sku_id, titles.language, titles.title, descriptions.description,
            json_object('title', titles.source, 'description', descriptions.source)::VARCHAR AS provenance
        FROM titles LEFT JOIN descriptions USING (sku_id, language)
        ORDER BY titles.sku_id, titles.language
        """,
        members=members,
    )
    skus = query(
        f"""
        WITH
        titles AS ({_best("title", rules.title)}),
        brands AS ({_best("brand", rules.brand)}),
        categories AS ({_best("category", rules.category)}),
        sized AS ({_best("quantities", rules.quantities, filled="len(quantities) > 0")}),
        gtin AS (
            SELECT sku_id, gtin, {_first_source()} AS source
            FROM (SELECT * EXCLUDE (gtin), unnest(list_append(further_gtins, gtin)) AS gtin FROM members)
            WHERE gtin IS NOT NULL GROUP BY ALL
        ),
        gtins AS (
            SELECT sku_id, to_json(list(gtin ORDER BY gtin)) AS gtins,
                to_json(map(list(gtin ORDER BY gtin), list(source ORDER BY gtin))) AS sources
            FROM gtin GROUP BY sku_id
        ),
        price AS (
            SELECT sku_id, currency, min(price) AS low, max(price) AS high,
                arg_min(source, (price, priority, catalog, offer_id)) AS low_source,
                arg_min(source, (-price, priority, catalog, offer_id)) AS high_source
            FROM members WHERE price IS NOT NULL AND currency IS NOT NULL GROUP BY sku_id, currency
        ),
        prices AS (
            SELECT sku_id,
                to_json(list({{'currency': currency, 'min': low, 'max': high}} ORDER BY currency)) AS prices,
                to_json(map(
                    list(currency ORDER BY currency),
                    list({{'min': low_source, 'max': high_source}} ORDER BY currency)
                )) AS sources
            FROM price GROUP BY sku_id
        ),
        image AS (
            SELECT sku_id, image_url, {_first_source()} AS source,
                min((priority, -completeness, catalog, offer_id)) AS place
            FROM members WHERE image_url IS NOT NULL GROUP BY sku_id, image_url
            QUALIFY row_number() OVER (PARTITION BY sku_id ORDER BY place) <= {rules.max_images}
        ),
        images AS (
            SELECT sku_id, to_json(list(image_url ORDER BY place)) AS images,
                to_json(map(list(image_url ORDER BY place), list(source ORDER BY place))) AS sources
            FROM image GROUP BY sku_id
        ),
        extracted AS (
            SELECT sku_id, priority, completeness, updated_at, catalog, offer_id, source,
                variant.attribute AS attribute,
                list(DISTINCT {_PRINTED} ORDER BY {_PRINTED}) AS value
            FROM (SELECT * EXCLUDE (variants), unnest(variants) AS variant FROM members) GROUP BY ALL
        ),
        chosen AS (
            SELECT sku_id, attribute, value, source
            FROM (SELECT *, count(*) OVER (PARTITION BY sku_id, attribute, value) AS frequency FROM extracted)
            QUALIFY row_number() OVER (PARTITION BY sku_id, attribute ORDER BY {_order("value", rules.attributes)}) = 1
        ),
        attributes AS (
            SELECT sku_id,
                to_json(map(list(attribute ORDER BY attribute), list(value ORDER BY attribute))) AS attributes,
                to_json(map(list(attribute ORDER BY attribute), list(source ORDER BY attribute))) AS sources
            FROM chosen GROUP BY sku_id
        ),
        counts AS (SELECT sku_id, count(*) AS offers, count(DISTINCT catalog) AS catalogs FROM members GROUP BY sku_id)
        SELECT
            counts.sku_id, titles.title, titles.language AS title_language, brands.brand, categories.category,
            coalesce(gtins.gtins, '[]')::VARCHAR AS gtins,
            coalesce(to_json(sized.quantities), '[]')::VARCHAR AS quantities,
            coalesce(prices.prices, '[]')::VARCHAR AS prices,
            coalesce(images.images, '[]')::VARCHAR AS images,
            counts.offers::INT AS offers, counts.catalogs::INT AS catalogs,
            coalesce(attributes.attributes, '{{}}')::VARCHAR AS attributes,
            json_object(
                'title', titles.source, 'brand', brands.source, 'category', categories.source,
                'quantities', sized.source, 'gtins', coalesce(gtins.sources, '{{}}'),
                'prices', coalesce(prices.sources, '{{}}'), 'images', coalesce(images.sources, '{{}}'),
                'attributes', coalesce(attributes.sources, '{{}}')
            )::VARCHAR AS provenance
        FROM counts
        JOIN titles USING (sku_id)
        LEFT JOIN brands USING (sku_id)
        LEFT JOIN categories USING (sku_id)
        LEFT JOIN sized USING (sku_id)
        LEFT JOIN gtins USING (sku_id)
        LEFT JOIN prices USING (sku_id)
        LEFT JOIN images USING (sku_id)
        LEFT JOIN attributes USING (sku_id)
        ORDER BY counts.sku_id
        """,
        members=members,
    )
    return Survivors(skus, texts)


def _first_source() -> str:
    return "arg_min(source, (priority, -completeness, catalog, offer_id))"


def _order(field: str, rules: tuple[str, ...]) -> str:
    """ORDER BY of the rules: the first decides, the next breaks its ties, the key the last."""
    return ", ".join([*(_RULES[rule].format(value=field) for rule in rules), "catalog", "offer_id"])


def _best(field: str, rules: tuple[str, ...], *within: str, filled: str = "") -> str:
    """SELECT of the one value of a field that the rules prefer, one row per SKU."""
    order = _order(field, rules)
    return f"""
        SELECT sku_id, language, {field}, source
        FROM (
            SELECT *, count(*) OVER (PARTITION BY sku_id, {field}) AS frequency
            FROM members WHERE {filled or f"{field} IS NOT NULL"}
        )
        QUALIFY row_number() OVER (PARTITION BY {", ".join(("sku_id", *within))} ORDER BY {order}) = 1
    """
