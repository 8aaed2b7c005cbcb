"""Currency codes of ISO 4217, and the signs that stand for them."""

_ISO_4217 = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CODES = frozenset(_ISO_4217.split())
WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "PYG", "UGX", "RWF"})
_SIGNS = {
    "€": "EUR", "eur.": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "us$": "USD", "hk$": "HKD", "nt$": "TWD",
    "s$": "SGD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "r$": "BRL", "mx$": "MXN", "nz$": "NZD",
    "mop$": "MOP", "₩": "KRW", "원": "KRW", "円": "JPY", "元": "CNY", "rmb": "CNY", "人民币": "CNY", "港元": "HKD",
    "港币": "HKD", "zł": "PLN", "zl": "PLN", "kč": "CZK", "₹": "INR", "₽": "RUB", "руб": "RUB", "₺": "TRY", "฿": "THB",
    "₫": "VND", "₴": "UAH", "fr.": "CHF", "sfr.": "CHF", "ft": "HUF", "lei": "RON",
}  # fmt: skip
_AMBIGUOUS = {
    "¥": {"ja": "JPY", "zh": "CNY"},
    "kr": {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "is": "ISK"},
    "$": {"en": "USD"},
}


def read_currency(text: str | None, language: str | None, default: str | None = None) -> str | None:
    """The ISO 4217 code of a code or sign.

    Args:
        text: "EUR", "€", "kr" and the like.
        language: BCP 47 tag; decides between yen and yuan, and between crowns.
        default: Code for signs that several currencies share.

    Returns:
        The code; None where the text is not a currency.
    """
    if not text:
        return None
    word = text.strip().lower().replace("￥", "¥").replace(" ", "")
    if word.upper() in CODES:
        return word.upper()
    if word.rstrip(".") in _AMBIGUOUS:
        return default or _AMBIGUOUS[word.rstrip(".")].get((language or "").partition("-")[0])
    return _SIGNS.get(word)
