"""A stranger's file gives a sentence or reasons, in bounded time and memory, and never costs a good row."""

import time
from pathlib import Path

import pytest

from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import Ingested, find_sources, ingest
from sku_align.config import Settings
from sku_align.errors import UserError
from tests.unit.hostile import HOSTILE

# Only Linux tells the memory of a process in this place; elsewhere its bound is not tested.
PROCESS = Path("/proc/self")

# How many offers come out at least where a file has good rows beside the bad ones.
OFFERS = {
    "utf8_bom_twice": 3, "utf32": 3, "utf32_without_mark": 3, "utf16_be_without_mark": 3, "encodings_mixed": 4,
    "lone_surrogates": 3, "right_to_left_marks": 4, "nul_in_id_and_title": 2, "old_mac_line_ends": 3,
    "line_separators": 4, "unclosed_quote_at_the_end": 3, "every_line_opens_a_quote": 300, "five_thousand_columns":
    1, "separator_line": 3, "repeated_header": 1, "huge_cell": 4, "huge_line": 4, "many_lines_in_quotes": 4,
    "long_id": 2, "many_digits": 4, "letters_in_price": 3, "comments_without_end": 2, "size_of_spaces": 2,
    "turkish_capitals": 5, "javascript_url": 3, "edge_of_the_calendar": 5, "digits_of_other_scripts": 2,
    "json_deep_value": 1, "json_surrogates": 1, "json_keys_of_their_own": 10_000, "json_nan": 1, "json_scalars": 1,
    "json_cut_off": 1, "json_empty_keys": 1, "xml_cut_off": 1, "xls_that_is_text": 3, "xls_that_is_html": 1,
    "zip_that_climbs": 3, "sheet_with_text_in_a_number_cell": 3, "sheet_with_cells_beyond_its_header": 2,
    "sheet_far_out": 1, "parquet_of_an_unknown_zone": 2,
}  # fmt: skip


def read(path: Path) -> Ingested:
    return ingest(find_sources([path], Settings()), Settings(), check=plain_rules.failing_rows)


def test_there_are_eighty_hostile_files() -> None:
    assert len(HOSTILE) >= 80


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_gives_a_sentence_or_reasons(name: str, tmp_path: Path) -> None:
    path = HOSTILE[name](tmp_path)
    started, before = time.process_time(), _peak_from_here()
    try:
        result = read(path)
    except UserError as error:
        sentence = str(error)
        assert name not in OFFERS, sentence
        assert "\n" not in sentence
        assert sentence.endswith(".")
        assert "shop" in sentence
        return
    finally:
        assert time.process_time() - started < 20
    assert len(result.offers) >= OFFERS.get(name, 0)
    remarked = sum(remark["rows"] for remark in result.remarks if remark["kind"] == "footer")
    assert len(result.offers) + len(result.quarantine) + remarked > 0
    for offer in result.offers.to_pylist():
        assert "\0" not in str(offer)
        str(offer).encode("utf-8")
        assert offer["url"] is None or offer["url"].startswith(("http", "www"))
        assert all(abs(quantity["value"]) < 1e16 for quantity in offer["quantities"])
    assert all(row["reasons"] for row in result.quarantine.to_pylist())
    # The files above are up to 150 MB.
    assert _kilobytes("VmHWM") - before < 1_000_000


def _peak_from_here() -> int:
    """Start the process's record of its highest memory anew, so that what other tests took does not count.

    Returns:
        What the process holds now, in kB.
    """
    if PROCESS.exists():
        (PROCESS / "clear_refs").write_text("5")
    return _kilobytes("VmRSS")


def _kilobytes(of: str) -> int:
    if not PROCESS.exists():
        return 0
    lines = (PROCESS / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(of)).split()[1])
