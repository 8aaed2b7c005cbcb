"""The review page for everybody: contrast, names, order and language, as WCAG 2.2 AA asks; read from its own files."""

import re
from pathlib import Path

import lxml.html
import pytest

from sku_align.review.phrases import LANGUAGES

FILES = Path(__file__).parents[2] / "sku_align" / "serving" / "review_static"
CSS = (FILES / "review.css").read_text("utf-8")
PAGE = lxml.html.fromstring((FILES / "review.html").read_text("utf-8"))
TEXTS = (FILES / "texts.js").read_text("utf-8")
SCRIPT = (FILES / "review.js").read_text("utf-8")

# Text and what lies behind it, with the least contrast: 4.5 for text, 3 for borders of controls and the focus ring.
PAIRS = [
    ("ink", "ground", 4.5),
    ("ink", "soft", 4.5),
    ("mark-ink", "mark", 4.5),
    ("on-answer", "same", 4.5),
    ("on-answer", "different", 4.5),
    ("on-answer", "skip", 4.5),
    ("focus", "ground", 4.5),
    ("focus", "soft", 4.5),
    ("line", "ground", 3.0),
    ("focus", "ground", 3.0),
]


def colours(scheme: str) -> dict[str, str]:
    """The custom properties that a colour scheme has."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)
    found = dict(re.findall(r"--([\w-]+): (#\w+)", light))
    return found | (dict(re.findall(r"--([\w-]+): (#\w+)", dark)) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return float(sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_that_of_the_guideline() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_controls_and_focus_stand_out_from_their_ground(scheme: str) -> None:
    named = colours(scheme)
    weak = {
        (text, ground): round(contrast(named[text], named[ground]), 2)
        for text, ground, least in PAIRS
        if contrast(named[text], named[ground]) < least
    }
    assert weak == {}


def test_no_colour_stands_outside_the_checked_ones() -> None:
    rules = re.sub(r"/\*.*?\*/|:root \{.*?\}", "", CSS, flags=re.S)
    assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^{]*\{)", rules)) == set()
    assert "opacity: ." not in rules, "a share of opacity would change a contrast that was checked"
    used = set(re.findall(r"var\(--([\w-]+)\)", rules))
    assert used <= {name for pair in PAIRS for name in pair[:2]} | {"ground"}


def test_every_control_has_a_name_and_the_page_its_parts() -> None:
    for control in PAGE.xpath("//input | //select | //progress"):
        assert control.xpath("ancestor::label[normalize-space()]") or control.get("aria-label"), control.get("id")
    for button in PAGE.xpath("//button"):
        assert button.text_content().strip(), button.get("id")
        assert button.get("type") == "button"
    assert [len(PAGE.xpath(f"//{part}")) for part in ("header", "main", "nav", "h1")] == [1, 1, 1, 1]
    for part in PAGE.xpath("//nav"):
        assert part.get("aria-label")
    live = {each.get("id"): each.get("role") for each in PAGE.xpath("//*[@role]")}
    assert live == {"progress": "status", "message": "alert"}, "what changes is told"
    assert PAGE.get("lang") == "en" and "document.documentElement.lang = language" in SCRIPT
    assert "lang: card[`${side}_language`]" in SCRIPT, "a title is read aloud in its own language"
    assert PAGE.xpath("//meta[@name='viewport']/@content") == ["width=device-width, initial-scale=1"], "zoom is allowed"


def test_the_keyboard_reaches_everything_in_the_order_of_the_page() -> None:
    first = PAGE.xpath("//a | //button | //input | //select | //summary")[0]
    assert first.get("class") == "skip"
    assert PAGE.xpath(f"//*[@id='{first.get('href')[1:]}']")[0].get("tabindex") == "-1"
    assert [each for each in PAGE.xpath("//@tabindex") if int(each) > 0] == []
    assert not re.search(r"outline:\s*(none|0)", CSS) and ":focus-visible" in CSS
    for key, word in {"S": "same", "D": "different", "K": "skip", "U": "undo"}.items():
        (button,) = [each for each in PAGE.xpath("//button[kbd]") if each.xpath("string(kbd)") == key]
        assert word in (button.get("data-answer"), button.get("id"))
        assert re.search(rf"\b{key.lower()}: ", SCRIPT), key
    # Single-letter keys must not fire while somebody types (WCAG 2.1.4).
    assert 'event.target.matches("input, select, textarea")' in SCRIPT


def test_targets_are_large_enough_for_a_thumb() -> None:
    heights = [float(each) for each in re.findall(r"min-height: ([\d.]+)rem", CSS)]
    assert heights and min(heights) * 16 >= 44


def test_every_text_of_the_page_is_there_in_five_languages() -> None:
    by_language = {
        language: dict(_texts(block)) for language, block in re.findall(r"^  (\w\w): \{(.*?) \},$", TEXTS, re.S | re.M)
    }
    assert tuple(by_language) == LANGUAGES
    english = by_language["en"]
    for language, texts in by_language.items():
        assert texts.keys() == english.keys(), language
        for name, text in texts.items():
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[name])), (language, name)
    used = set(re.findall(r'text\("(\w+)"', SCRIPT)) | set(PAGE.xpath("//@data-text | //@data-label"))
    assert used <= english.keys()


def _texts(block: str) -> list[tuple[str, str]]:
    return [(quoted or plain, text) for quoted, plain, text in re.findall(r'(?:"([\w ]+)"|\b(\w+)): "([^"]*)"', block)]
