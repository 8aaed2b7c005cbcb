-- One row an offer, with the SKU it belongs to. Contract version 1; docs/storefront.md explains each column.
CREATE VIEW storefront_offer AS
SELECT
    offer.catalog,
    offer.offer_id,
    offer.sku_id,
    offer.language,
    offer.title,
    offer.brand,
    offer.category,
    offer.price,
    offer.currency,
    offer.gtin,
    offer.mpn,
    offer.url,
    offer.image_url,
    offer.since AS joined_publication_id,
    offer.valid_from AS changed_publication_id
FROM sku_align_offer AS offer
WHERE
    offer.valid_from <= (SELECT publication_id FROM sku_align_live)
    AND offer.valid_to > (SELECT publication_id FROM sku_align_live)
