-- One row per SKU and language. Contract version 1; docs/storefront.md explains each column.
CREATE VIEW storefront_sku_text AS
SELECT
    text.sku_id,
    text.language,
    text.title,
    text.description,
    text.provenance,
    text.valid_from AS changed_publication_id
FROM sku_align_sku_text AS text
WHERE
    text.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND text.valid_to > (SELECT publication_id FROM sku_align_live)
