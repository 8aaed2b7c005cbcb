"""What shops call the columns of a feed, in twelve languages.

One entry per canonical name, best name first: where a feed has several, the first wins. The names are those of
public format descriptions and of common ERP and shop exports; ambiguous words (`no`, `type`, `code` alone) are left out.
"""

import re
import unicodedata
from functools import cache

CANONICAL = (
    "offer_id", "title", "language", "brand", "description", "category", "price", "currency", "gtin", "mpn", "url",
    "image_url", "updated_at",
)  # fmt: skip
REQUIRED = ("offer_id", "title")
# Columns that tell siblings apart; they stay among the offer's attributes, under these names whatever the feed's.
ATTRIBUTES = (
    "color", "size", "condition", "multipack", "material", "pattern", "gender", "age_group", "item_group_id",
    "net_content",
)  # fmt: skip

_NAMES = {
    "offer_id": (
        "offer id|offerid|sku|item sku|product id|productid|item id|article number|article no|item number|item no|part id"
        "|product number|product code|id|handle id|artikelnummer|artikelnr|artikel nr|art nr|artnr|artikel id|produktnummer"
        "|produkt id|bestellnummer|sachnummer|materialnummer|référence|reference|réf|code article|référence produit|id produit"
        "|référence article|código|codigo|referencia|id producto|sku producto|código de producto|código producto|codice"
        "|codice articolo|codice prodotto|cod articolo|id prodotto|artikelcode|productcode|artikelnummer leverancier"
        "|indeks|kod produktu|numer artykułu|id produktu|código do produto|sku do produto|referência|varenummer|varenr"
        "|artikelnummer leverantör|artikkelinumero|tuotenumero|tuotekoodi|商品番号|商品id|商品コード|品番|管理番号|商品管理番号"
        "|商品编号|商品编码|货号|商品货号|宝贝id|产品编号|产品id|产品编码|商品編號|貨號|商品貨號|상품번호|상품코드|상품id|품번|제품코드"
        "|ürün kodu|stok kodu|ürün no|артикул|код товара|код|id товара"
    ),
    "title": (
        "title|product title|product name|productname|item name|item title|name|product|article name|article|designation"
        "|titel|produktname|artikelname|artikelbezeichnung|produktbezeichnung|bezeichnung|produkttitel|artikeltext"
        "|kurzbezeichnung|benennung|titre|nom du produit|nom produit|désignation|libellé|libelle|nom|intitulé|título|titulo"
        "|nombre del producto|nombre|nombre producto|denominación|artículo|titolo|nome prodotto|nome|denominazione"
        "|descrizione articolo|articolo|productnaam|artikelomschrijving|naam|omschrijving kort|tytuł|nazwa produktu|nazwa"
        "|nome do produto|título do produto|varenavn|produktnavn|produktnamn|benämning|navn|namn|tuotenimi|tuotteen nimi|nimi"
        "|商品名|商品名称|商品タイトル|品名|製品名|名称|商品标题|宝贝标题|宝贝名称|产品名称|产品标题|标题|商品名稱|品名規格|商品標題"
        "|상품명|제품명|품명|ürün adı|ürün başlığı|ad|наименование|название|название товара|наименование товара"
    ),
    "language": "language|lang|locale|language code|sprache|langue|idioma|lingua|taal|język|språk|kieli|言語|语言|언어|dil|язык",
    "brand": (
        "brand|brand name|brands|manufacturer|manufacturer name|vendor|maker|label|marke|markenname|hersteller|herstellername"
        "|marque|fabricant|fabriquant|marca|fabricante|produttore|merk|merknaam|fabrikant|marka|producent|mærke|märke|merke"
        "|varumärke|tuotemerkki|merkki|valmistaja|ブランド|ブランド名|メーカー|メーカー名|品牌|品牌名|品牌名称|厂商|廠牌|브랜드|브랜드명"
        "|제조사|üretici|бренд|торговая марка|производитель"
    ),
    "description": (
        "description|product description|long description|body|body html|body (html)|summary|beschreibung|langtext"
        "|artikelbeschreibung|produktbeschreibung|langbeschreibung|descriptif|description longue|descripción|descripcion"
        "|descrizione|omschrijving|beschrijving|opis|descrição|beskrivelse|beskrivning|kuvaus|商品説明|説明|商品説明文|商品描述"
        "|描述|宝贝描述|卖点|产品描述|商品說明|상품설명|상품상세|설명|açıklama|описание"
    ),
    "category": (
        "category|product category|product type|categories|category path|google product category|merchant category|department"
        "|kategorie|warengruppe|produktkategorie|produktgruppe|kategoriepfad|catégorie|categorie|rayon|famille|categoría"
        "|categoria|reparto|kategoria|kategori|tuoteryhmä|カテゴリ|カテゴリー|ジャンル|类目|分类|商品分类|宝贝类目|產品分類|類別"
        "|카테고리|분류|категория"
    ),
    "price": (
        "price|regular price|selling price|sales price|list price|retail price|unit price|price incl vat|gross price|vk"
        "|preis|verkaufspreis|vk brutto|vk preis|bruttopreis|endpreis|einzelpreis|uvp|prix|prix ttc|prix de vente|precio"
        "|pvp|precio de venta|prezzo|prezzo di vendita|prezzo al pubblico|prijs|verkoopprijs|cena|cena brutto|preço|preco"
        "|preço de venda|pris|salgspris|försäljningspris|hinta|myyntihinta|価格|販売価格|売価|定価|税込価格|单价|价格|售价|销售价"
        "|宝贝价格|一口价|供货价|單價|售價|價格|가격|판매가|판매가격|fiyat|satış fiyatı|цена|розничная цена"
    ),
    "currency": (
        "currency|currency code|price currency|währung|währungscode|devise|monnaie|moneda|divisa|valuta|waluta|moeda|valutta"
        "|valuutta|通貨|币种|货币|幣別|통화|para birimi|валюта"
    ),
    "gtin": (
        "gtin|ean|barcode|upc|gtin13|gtin 13|ean13|ean 13|eans|gtins|ean code|upc code|global trade item number|isbn|jan"
        "|jan code|jancode|gtin upc ean or isbn|upc ean|ean upc|barcodes|ean nummer|eannummer|strichcode|code barres"
        "|code barre|code ean|código de barras|codigo de barras|código ean|codice a barre|codice ean|streepjescode"
        "|kod kreskowy|kod ean|streckkod|strekkode|viivakoodi|ean koodi|janコード|バーコード|条码|商品条码|条形码|國際條碼|條碼"
        "|바코드|barkod|штрихкод|штрих код"
    ),
    "mpn": (
        "mpn|manufacturer part number|manufacturer number|manufacturer sku|part number|model number|model no|model|hans|han"
        "|herstellernummer|herstellerartikelnummer|hersteller artikelnummer|hersteller nr|modellnummer|modell"
        "|référence fabricant|référence constructeur|ref fabricant|modèle|referencia fabricante|modelo|codice produttore"
        "|modello|typenummer|fabrikantcode|kod producenta|型番|メーカー型番|型号|商家编码|型號|모델명|모델번호|model kodu|модель"
    ),
    "url": (
        "url|link|product url|product link|item url|deeplink|deep link|permalink|produkt url|artikellink|lien|url produit"
        "|enlace|url producto|collegamento|商品url|商品ページurl|链接|商品链接|상품url|상품링크|ссылка"
    ),
    "image_url": (
        "image url|image link|image|image src|main image|main image url|imageurl|images|image urls|picture|picture url|photo"
        "|bild|bild url|bildlink|bilder|lien image|url image|imagen|url imagen|immagine|afbeelding|zdjęcie|画像url|商品画像url"
        "|主图|图片|商品图片|圖片|이미지|이미지url|görsel|изображение|картинка"
    ),
    "updated_at": (
        "updated at|last updated|last modified|modified at|date modified|last modified t|modification date|änderungsdatum"
        "|geändert am|date de modification|fecha de modificación|data modifica|更新日時|更新时间|修改时间|수정일"
    ),
    "color": (
        "color|colour|colors|colours|color name|colour name|farbe|farbname|farbbezeichnung|couleur|coloris|colore|kleur|kolor"
        "|cor|farve|färg|farge|väri|カラー|色|色名|颜色|颜色分类|颜色名称|顏色|색상|색|컬러|renk|цвет"
    ),
    "size": (
        "size|sizes|size name|clothing size|shoe size|größe|groesse|grösse|konfektionsgröße|schuhgröße|taille|pointure|talla"
        "|tamaño|taglia|misura|maat|rozmiar|tamanho|størrelse|storlek|koko|サイズ|尺码|尺寸|码数|尺碼|사이즈|beden|размер"
    ),
    "condition": (
        "condition|item condition|used|condition type|zustand|artikelzustand|état|etat|estado|condizione|condizioni|conditie"
        "|staat|stan|condição|tilstand|skick|kunto|状態|商品の状態|成色|新旧程度|商品狀況|상품상태|상태|durum|состояние"
    ),
    "multipack": (
        "multipack|multi pack|multipack quantity|pack quantity|units per pack|pack count|item package quantity|verpackungseinheit"
        "|stück pro packung|packungsinhalt|unités par lot|入数"
    ),
    "material": (
        "material|materials|fabric|material type|materialien|matière|matériau|matériaux|materiale|materiaal|materiał|materiaali"
        "|素材|材質|材质|소재|재질|malzeme|материал"
    ),
    "pattern": "pattern|muster|motif|estampado|fantasia|patroon|wzór|padrão|柄|图案|圖案|패턴|desen|узор",
    "gender": "gender|target gender|sex|geschlecht|genre|sexe|género|genere|geslacht|płeć|gênero|性別|性别|성별|cinsiyet|пол",
    "age_group": "age group|altersgruppe|groupe d'âge|tranche d'âge|grupo de edad|fascia d'età|leeftijdsgroep|年齢層|年龄段|연령대",
    "item_group_id": (
        "item group id|itemgroupid|group id|parent sku|parent id|variant group|variantengruppe|vater artikelnummer"
        "|vaterartikel|id du groupe|identifiant du groupe d'articles|그룹id"
    ),
    "net_content": (
        "net content|net contents|net weight|net volume|net quantity|füllmenge|nettofüllmenge|nettoinhalt|inhalt|contenance"
        "|poids net|contenido neto|peso neto|contenuto netto|inhoud|内容量|净含量|淨含量|내용량"
    ),
}

_BETWEEN = re.compile(r"[\s_\-./:,;]+")
_IN_BRACKETS = re.compile(r"\([^()]{0,40}\)|\[[^\[\]]{0,40}\]")
_NOISE = re.compile(r"[()（）\[\]【】*#\"'’`]+")


@cache
def fold(name: str) -> str:
    """A column name in the form in which names are compared: no case, width, prefix `g:`, or punctuation."""
    text = unicodedata.normalize("NFKC", name[:200]).strip().casefold()
    if text.startswith(("g:", "c:")):
        text = text[2:]
    text = _BETWEEN.sub(" ", _NOISE.sub(" ", text))
    return " ".join(text.split())


def _table() -> dict[str, tuple[str, int]]:
    table: dict[str, tuple[str, int]] = {}
    for canonical, names in _NAMES.items():
        for rank, name in enumerate([canonical, *names.split("|")]):
            table.setdefault(fold(name), (canonical, rank))
    return table


MEANINGS = _table()


def meaning(name: str) -> tuple[str, int] | None:
    """What a column's name means: its canonical name and how far down the list of names it stands; None if unknown."""
    return MEANINGS.get(fold(name)) or MEANINGS.get(
        fold(_IN_BRACKETS.sub("", unicodedata.normalize("NFKC", name[:200])))
    )
