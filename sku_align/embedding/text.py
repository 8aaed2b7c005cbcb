"""What an embedder reads of an offer."""

import pyarrow as pa
import pyarrow.compute as pc


def offer_text(offers: pa.Table) -> pa.Array:
    """Title and brand of each offer, in one line; an empty string if it has neither.

    Args:
        offers: Offers, length n.

    Returns:
        Strings without nulls, length n.
    """
    columns = [pc.fill_null(offers[name].combine_chunks(), "") for name in ("title", "brand")]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*columns, " "))
