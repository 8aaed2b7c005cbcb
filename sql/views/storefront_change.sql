-- The feed of changes: read on from the last publication_id seen. Contract version 1; see docs/storefront.md.
CREATE VIEW storefront_change AS
SELECT
    event.publication_id,
    event.position,
    publication.published_at,
    event.event,
    event.sku_id,
    event.other_sku_id,
    event.catalog,
    event.offer_id,
    event.cause,
    publication.run_id
FROM sku_align_event AS event
JOIN sku_align_publication AS publication ON publication.publication_id = event.publication_id
WHERE event.publication_id <= (SELECT publication_id FROM sku_align_live)
