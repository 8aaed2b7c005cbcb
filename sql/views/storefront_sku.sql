-- One row per SKU that is on sale now. Contract version 1; docs/storefront.md explains each column.
CREATE VIEW storefront_sku AS
SELECT
    sku.sku_id,
    sku.title,
    sku.title_language,
    sku.brand,
    sku.category,
    sku.gtins,
    sku.quantities,
    sku.prices,
    sku.images,
    sku.offers,
    sku.catalogs,
    sku.provenance,
    issued.publication_id AS first_publication_id,
    sku.valid_from AS changed_publication_id,
    sku.attributes
FROM sku_align_sku AS sku
JOIN sku_align_issued AS issued ON issued.sku_id = sku.sku_id
WHERE
    sku.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND sku.valid_to > (SELECT publication_id FROM sku_align_live)
