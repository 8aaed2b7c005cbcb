"""Memory: storage and RAM, in GB."""

import re
from collections.abc import Iterator

from sku_align.attributes.family import Family, named
from sku_align.attributes.text import Text

_PAIR_OF_MEMORIES = re.compile(
    r"(?<![\d.])(?P<ram>\d{1,2})\s?(?:GB|G)?\s?[+/]\s?(?P<storage>\d{2,4})\s?(?P<unit>GB|TB|G|T)(?![A-Za-z])",
    re.IGNORECASE,
)
_STORAGES = frozenset({*(2**power for power in range(2, 14)), *range(1024, 8193, 1024), 240, 250, 480, 500, 960, 1000})
_RAM = re.compile(
    r"(?<![\d.])(\d{1,3})\s?GB?\s?(?:RAM|DDR\d?|LPDDR\d?X?|运存|運存|内存|記憶體|メモリ"
    r"|Arbeitsspeicher|mémoire vive|di RAM|de RAM)",
    re.IGNORECASE,
)
_STORAGE = re.compile(r"(?<![\d.])(?P<glued>(?<=[A-Za-z]))?(?P<number>\d{1,4})\s?(?P<unit>GB|Go|TB|To)(?![A-Za-z])")


def _storage(text: Text) -> set[str]:
    return {value for name, value in _memories(text.nfkc) if name == "storage"}


def _ram(text: Text) -> set[str]:
    return {value for name, value in _memories(text.nfkc) if name == "ram"}


def _memories(text: str) -> Iterator[tuple[str, str]]:
    rest = text
    for match in _PAIR_OF_MEMORIES.finditer(text):
        storage = int(match["storage"]) * (1024 if match["unit"].upper().startswith("T") else 1)
        # "SPF50+ 90g" is no memory.
        if int(match["ram"]) < storage and storage in _STORAGES:
            yield "ram", match["ram"]
            yield "storage", str(storage)
            rest = rest.replace(match[0], " ")
    for match in _RAM.finditer(rest):
        yield "ram", match[1]
    for match in _STORAGE.finditer(_RAM.sub(" ", rest)):
        # "M9321GB" is the number of a part, "SSD512GB" a size.
        if match["glued"] is None or int(match["number"]) in _STORAGES:
            yield "storage", str(int(match["number"]) * (1024 if match["unit"][0] == "T" else 1))


STORAGE = Family(
    "storage",
    "storage",
    r"\d\s?(?:gb|tb|go|to)\b|\d\s?g?\s?[+/]\s?\d",
    _storage,
    columns=named(
        "storage storage_capacity memory_size speicher speicherkapazitat stockage almacenamiento "
        "存储容量 容量 ストレージ 저장용량"
    ),
    rounded=True,
)
RAM = Family(
    "ram",
    "RAM",
    r"ram\b|ddr|运存|運存|内存|記憶體|メモリ|arbeitsspeicher|memoire vive|\d\s?g?b?\s?[+/]\s?\d",
    _ram,
    columns=named("ram arbeitsspeicher memoire_vive memoria_ram"),
)
FAMILIES = (STORAGE, RAM)
