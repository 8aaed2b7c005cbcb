import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align.catalogs.cleaning import clean, language_tag, read_time
from sku_align.catalogs.currencies import read_currency
from sku_align.catalogs.identifiers import read_gtin
from sku_align.catalogs.prices import amount, decimal_vote, split_price


def price(text, decimal=None, currency=None):
    found = split_price(text)
    return None if found is None else amount(found, decimal, currency)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56 €", 1234.56),
        ("€ 1,234.56", 1234.56),
        ("1 299,00", 1299),
        ("1\u202f299,00 zł", 1299),
        ("CHF 1'299.–", 1299),
        ("¥1,980", 1980),
        ("1.980円", 1980),
        ("￥１９８０", 1980),
        ("29,– €", 29),
        ("14 99 zł", 14.99),
        ("1 299 00", 1299),
        ("1 299", 1299),
        ("12 34 56", 123456),
        ("ab 5,99 €", 5.99),
        ("1.234.567", 1234567),
        ("0.999", 0.999),
        ("-5.00", -5),
        ("-$5", -5),
        ("12,50-", -12.5),
        ("auf Anfrage", None),
        ("面议", None),
        ("10-20", None),
        ("12.5.3", None),
    ],
)
def test_prices_are_read_as_shops_print_them(text, expected):
    assert price(text) == expected


def test_raised_cents_say_nothing_of_a_feeds_decimal_mark_and_yen_have_none():
    assert decimal_vote(split_price("14 99")) is None
    assert price("14 99", currency="JPY") == 1499


def test_the_decimal_mark_of_a_feed_settles_what_1_234_means():
    assert price("1.234", decimal=",") == 1234
    assert price("1.234", decimal=".") == 1.234
    assert price("1.234", decimal=".", currency="JPY") == 1234
    assert [decimal_vote(split_price(text)) for text in ("1.234", "12,99", "5,00")] == [None, ",", ","]


@given(st.integers(0, 10**9), st.sampled_from([("{:,.2f}", ".", ","), ("{:_.2f}", ".", "'"), ("{:_.2f}", ",", ".")]))
@settings(deadline=None)
def test_a_price_survives_any_house_style(cents, style):
    form, decimal, thousands = style
    printed = (
        form.format(cents / 100).replace("_", "\0").replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    )
    assert math.isclose(price(printed), cents / 100)


@pytest.mark.parametrize(
    ("text", "language", "default", "code"),
    [
        ("eur", None, None, "EUR"),
        ("€", "de", None, "EUR"),
        ("¥", "ja", None, "JPY"),
        ("¥", "zh-Hans", None, "CNY"),
        ("¥", "en", None, None),
        ("kr", "sv", None, "SEK"),
        ("$", "en", None, "USD"),
        ("$", "en", "CAD", "CAD"),
        ("HK$", "en", None, "HKD"),
        ("zł", "pl", None, "PLN"),
        ("XXZ", "en", None, None),
    ],
)
def test_currency_signs_become_iso_codes(text, language, default, code):
    assert read_currency(text, language, default) == code


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("4006 3813 33931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("14006381333938", "14006381333938"),
    ],
)
def test_sound_gtins_get_14_digits(text, gtin):
    assert read_gtin(text)[:2] == (gtin, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("4006381333932", "wrong check digit"),
        ("400638133393", "wrong check digit"),
        ("12345", "5 digits"),
        ("9,52000E+12", "spreadsheet"),
        ("ABC", "not a number"),
        ("2000000000176", "shop's own use"),
        ("0212345678909", "shop's own use"),
    ],
)
def test_unsound_gtins_are_dropped_with_a_sentence(text, says):
    gtin, problem, *_ = read_gtin(text)
    assert gtin is None
    assert says in problem


@pytest.mark.parametrize("text", [None, "", "0000000000000", "n/a", "无", "なし"])
def test_placeholders_are_no_gtins_and_no_problem(text):
    assert read_gtin(text)[:2] == (None, None)


@given(st.integers(0, 10**12 - 1), st.integers(1, 9))
def test_any_single_wrong_digit_is_caught(number, shift):
    body = f"3{number:012d}"[:12]
    check = next(digit for digit in "0123456789" if read_gtin(body + digit)[0])
    wrong = str((int(check) + shift) % 10)
    assert read_gtin(body + wrong)[0] is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("EN", "en"),
        ("en-US", "en"),
        ("eng", "en"),
        ("pt_BR", "pt"),
        ("zh_CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh"),
        ("JP", "ja"),
        ("sr-Latn", "sr-Latn"),
        ("???", None),
        ("Deutsch!", None),
    ],
)
def test_language_tags_take_one_form(text, tag):
    assert language_tag(text) == tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea &amp; Coffee", "Tea & Coffee"),
        ("Tea &amp;amp; Coffee", "Tea & Coffee"),
        ("<b>Kettle</b><br>1.7 L", "Kettle 1.7 L"),
        ("Size < 5 mm", "Size < 5 mm"),
        ("ｹﾄﾙ　１．７Ｌ", "ケトル 1.7L"),
        ("Topf 1½ l", "Topf 1½ l"),
        ("Velora™  Kettle\u200b\t", "Velora Kettle"),
        ("&nbsp;", None),
        ("  ", None),
        (None, None),
    ],
)
def test_text_is_cleaned_of_markup_and_odd_widths(text, expected):
    assert clean(text) == expected


@given(st.text(max_size=40))
def test_cleaning_leaves_one_line_without_outer_spaces(text):
    cleaned = clean(text)
    assert cleaned is None or (cleaned == " ".join(cleaned.split()) and cleaned)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T12:30:00+02:00", datetime(2024, 5, 1, 10, 30, tzinfo=UTC)),
        ("2024-05-01T12:30:00Z", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("01.05.2024", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024/5/1", datetime(2024, 5, 1, tzinfo=UTC)),
        ("1714521600", datetime(2024, 5, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("05/06/2024", None),
    ],
)
def test_times_are_read_as_utc(text, moment):
    assert read_time(text) == moment
