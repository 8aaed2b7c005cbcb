-- One row a former SKU id: where it leads now. Contract version 1; docs/storefront.md explains each column.
CREATE VIEW storefront_redirect AS
SELECT
    redirect.former_sku_id,
    CASE WHEN gone.former_sku_id IS NULL THEN redirect.sku_id END AS sku_id,
    CASE WHEN redirect.sku_id IS NULL OR gone.former_sku_id IS NOT NULL THEN 'gone' ELSE 'moved' END AS status,
    redirect.valid_from AS changed_publication_id
FROM sku_align_redirect AS redirect
LEFT JOIN sku_align_redirect AS gone
    ON gone.former_sku_id = redirect.sku_id
    AND gone.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND gone.valid_to > (SELECT publication_id FROM sku_align_live)
WHERE
    redirect.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND redirect.valid_to > (SELECT publication_id FROM sku_align_live)
