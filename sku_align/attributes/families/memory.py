"""Memory: storage and RAM in GB, and how fast modules of RAM are, in MT/s."""

import math
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

# "DDR4-3200", "3200 MHz", and the bandwidth in MB/s, eight times as much: "PC4-25600", but not "PC4-2400T".
_SPEED = re.compile(
    r"\bDDR\d?L?[ -]{0,2}(?P<named>\d{3,4})(?!\d|\s?[GM]B)|(?<![\d.])(?P<clocked>\d{3,4})\s?(?:MHz|MT/s)"
    r"|\bPC[23]L?-?(?P<old>\d{4,5})|\bPC[45]-?(?:(?P<bandwidth>\d{5})|(?P<labelled>\d{4}))",
    re.IGNORECASE,
)
_BYTES = 8


def _speed(text: Text) -> set[str]:
    found = set()
    for match in _SPEED.finditer(text.nfkc):
        bandwidth = match["old"] or match["bandwidth"]
        found.add(f"{int(bandwidth) / _BYTES:g}" if bandwidth else str(match[match.lastgroup or 0]))
    return found


def _ratio(left: str, right: str) -> float:
    return abs(math.log(float(left) / float(right)))


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
RAM_SPEED = Family(
    "ram_speed",
    "speed of the memory",
    r"\bddr\d|dimm\b|\bpc[2-5]l?-",
    _speed,
    agreement="near",
    distance=_ratio,
    # Makers round: 21300 MB/s are 2662.5 MT/s, sold as 2666.
    limits=(0.01, 0.03),
)
FAMILIES = (STORAGE, RAM, RAM_SPEED)
