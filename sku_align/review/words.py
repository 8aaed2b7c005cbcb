"""What people write for "same", "different" and "skip", in twelve languages and as spreadsheets write yes and no."""

import unicodedata

SAME, DIFFERENT, SKIP = "same", "different", "skip"

_WORDS = {
    SAME: (
        "same yes y 1 true match identical equal "  # English
        "gleich ja wahr identisch dasselbe "  # German
        "identique oui vrai même pareil "  # French
        "igual iguales sí si verdadero mismo misma idéntico idéntica "  # Spanish
        "uguale uguali sì vero stesso stessa identico identica "  # Italian
        "mesmo mesma sim verdadeiro idêntico iguais "  # Portuguese
        "zelfde hetzelfde dezelfde waar gelijk "  # Dutch
        "tak takie_same to_samo prawda ten_sam identyczne "  # Polish
        "aynı evet doğru özdeş "  # Turkish
        "是 相同 同 一样 同款 對 对 "  # Chinese
        "はい 同じ 同一 "  # Japanese
        "예 네 같음 동일 같은 "  # Korean
        "да то_же одинаковые "  # Russian, beside the twelve
    ),
    DIFFERENT: (
        "different no n 0 false distinct other "
        "verschieden nein falsch anders unterschiedlich "
        "différent différente différents non faux autre "
        "distinto distinta diferente diferentes falso otro "
        "diverso diversa diversi differente altro "
        "não nao outro distinto "
        "anders nee onwaar verschillend verschillende "
        "nie różne inne fałsz inny "
        "farklı hayır yanlış "
        "否 不同 不 不是 不一样 不同款 错 "
        "いいえ 違う 異なる 別 "
        "아니요 아니오 다름 다른 "
        "нет разные другое "
    ),
    SKIP: (
        "? skip unsure unknown maybe - "
        "überspringen unsicher weiß_nicht "
        "passer incertain "
        "saltar omitir inseguro "
        "salta saltare incerto "
        "pular ignorar incerto "
        "overslaan onzeker "
        "pomiń niepewne "
        "atla emin_değilim "
        "跳过 跳過 不确定 不確定 "
        "スキップ 不明 "
        "건너뛰기 모름 "
        "пропустить "
    ),
}


def _plain(text: str) -> str:
    # Turkish capitals lose which i they were: both are read as one letter.
    folded = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("ı", "i")
    return " ".join(folded.replace("_", " ").strip(" \t\r\n.!'\"’”“").split())


WORDS = {_plain(word): answer for answer, text in _WORDS.items() for word in text.split()}


def answer_of(cell: str | None) -> str | None:
    """What a cell says: `same`, `different` or `skip`; "" for an empty cell, None if it cannot be understood."""
    word = _plain(cell or "")
    return "" if not word and not (cell or "").strip(" '") else WORDS.get(word)
