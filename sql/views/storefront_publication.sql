-- One row: the publication that all storefront views show. Contract version 1; see docs/storefront.md.
CREATE VIEW storefront_publication AS
SELECT
    publication.publication_id,
    publication.published_at,
    publication.run_id,
    publication.offers,
    publication.skus,
    1 AS contract_version,
    publication.precision_estimate,
    publication.precision_low,
    publication.precision_high
FROM sku_align_publication AS publication
WHERE publication.publication_id = (SELECT publication_id FROM sku_align_live)
