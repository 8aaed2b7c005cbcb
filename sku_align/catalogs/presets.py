"""The exports of known shops and marketplaces: how each is recognised, what its columns mean, which rows are offers.

The facts are those of the public format descriptions (Google Merchant product data specification, Shopify and
WooCommerce CSV help, Magento import reference, Amazon inventory files, Akeneo export format, idealo CSV importer,
Rakuten RMS item CSV, Naver shopping EP, Taobao assistant, Open Food Facts data fields, BMEcat 2005). Column names are
written as `vocabulary.fold` gives them.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

from sku_align.catalogs.vocabulary import fold


@dataclass(frozen=True)
class Preset:
    """One known format.

    Attributes:
        name: As settings name it.
        signs: Sets of column names; a feed that has all of any one set is of this format.
        columns: Canonical name -> the format's names for it, best first; `a+b` joins two columns.
        kind: Column that says what a row is.
        parents: Values of `kind` for rows that stand for several offers and are none themselves.
        group: Column that all rows of one product share; its first row states what the others leave out.
        parent: Column with the id of a row's parent (`id:44` names its internal id).
        internal_id: Column with that internal id.
        options: Pairs of columns that hold an option's name and its value.
        needs: Columns of which at least one is filled in a row that is an offer; others show one more image.
        store_view: Column of the store view.
        pairs: Column of attributes as `name=value,name=value`.
        gtin_type: Column that says what kind of id the GTIN column holds.
        fixed: Canonical name -> value for all rows.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    kind: str | None = None
    parents: frozenset[str] = frozenset()
    group: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    internal_id: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    store_view: str | None = None
    pairs: str | None = None
    gtin_type: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)


def _signs(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split("|")) for one in sets)


def _columns(**names: str) -> dict[str, tuple[str, ...]]:
    return {canonical: tuple(joined.split("|")) for canonical, joined in names.items()}


_COUNTED = range(1, 11)

PRESETS = (
    Preset(
        "amazon-flat-file",
        _signs("item sku|item name", "seller sku|item name|product id", "feed product type|item sku", "contribution sku|item name",
               "seller sku|asin1", "item sku|external product id"),
        _columns(
            offer_id="item sku|seller sku|contribution sku|sku", title="item name|title", brand="brand name|brand",
            description="product description|item description", category="feed product type|item type|item type name",
            price="standard price|price|our price|list price", currency="currency",
            gtin="external product id|product id|externally assigned product identifier", mpn="part number|manufacturer part number|model",
            image_url="main image url|image url", color="color name|color map|color", size="size name|size map|size|apparel size",
            condition="condition type|item condition", material="material type|material", gender="department name|target gender",
            multipack="item package quantity|number of items", item_group_id="parent sku",
        ),
        kind="parent child|parentage|parentage level", parents=frozenset({"parent"}),
        parent=("parent sku",), gtin_type="external product id type|product id type",
    ),
    Preset(
        "google-merchant",
        _signs("id|title|link|price", "id|title|link|availability", "id|title|image link|availability", "id|title|gtin|availability",
               "id|title|link|image link", "id|title|availability|price"),
        _columns(
            offer_id="id", title="title", description="description", url="link", image_url="image link", price="price",
            brand="brand", gtin="gtin", mpn="mpn", category="product type|google product category", color="color", size="size",
            condition="condition", multipack="multipack", material="material", pattern="pattern", gender="gender",
            age_group="age group", item_group_id="item group id", language="content language|language",
        ),
    ),
    Preset(
        "shopify",
        _signs("handle|title|variant sku", "handle|variant price", "handle|title|option1 name", "url handle|title|option1 name",
               "handle|title|vendor|variant barcode"),
        _columns(
            offer_id="variant sku|sku", title="title", description="body html|description", brand="vendor",
            category="product category|type", price="variant price|price", gtin="variant barcode|barcode",
            image_url="variant image|image src|product image url|variant image url", item_group_id="handle|url handle",
            color="google shopping color", condition="google shopping condition", mpn="google shopping mpn",
            gender="google shopping gender", age_group="google shopping age group",
        ),
        group=("handle", "url handle"),
        options=tuple((f"option{at} name", f"option{at} value") for at in (1, 2, 3)),
        needs=("variant sku", "sku", "variant price", "price", "option1 value", "variant barcode", "barcode"),
    ),
    Preset(
        "woocommerce",
        _signs("type|sku|name|parent", "type|sku|name|regular price", "typ|artikelnummer|name|übergeordnetes produkt",
               "typ|sku|name|übergeordnet", "type|ugs|nom|parent", "tipo|sku|nombre|superior"),
        _columns(
            offer_id="sku|artikelnummer|ugs|id", title="name|nom|nombre", description="description|beschreibung|descripción",
            brand="brands|marken|marques|marcas|brand", category="categories|kategorien|catégories|categorías",
            price="regular price|regulärer preis|tarif régulier|precio normal", url="external url",
            gtin="gtin upc ean or isbn|gtin upc ean oder isbn|gtin ean upc or isbn", image_url="images|bilder|imágenes",
            item_group_id="parent|übergeordnetes produkt|übergeordnet|superior",
        ),
        kind="type|typ|tipo",
        parents=frozenset({"variable", "grouped", "variable, virtual", "variable-subscription"}),
        parent=("parent", "übergeordnetes produkt", "übergeordnet", "superior"), internal_id="id",
        options=tuple(
            pair for at in _COUNTED for pair in (
                (f"attribute {at} name", f"attribute {at} value s"), (f"attribute {at} name", f"attribute {at} value"),
                (f"attribut {at} name", f"attribut {at} wert e"), (f"nom de l attribut {at}", f"valeur s de l attribut {at}"),
                (f"nombre del atributo {at}", f"valor es del atributo {at}"),
            )
        ),
    ),
    Preset(
        "magento",
        _signs("sku|product type|attribute set code", "sku|product type|store view code", "sku|name|product type|additional attributes",
               "sku|store view code|name", "sku|attribute set|type|store"),
        _columns(
            offer_id="sku", title="name", description="description|short description", category="categories",
            price="price", brand="manufacturer|brand", gtin="gtin|ean|barcode|upc", mpn="mpn", image_url="base image|image",
            url="url key", updated_at="updated at",
        ),
        kind="product type|type", parents=frozenset({"configurable", "grouped"}), store_view="store view code|store",
        parent=("parent sku",), pairs="additional attributes",
    ),
    Preset(
        "akeneo",
        _signs("sku|family|enabled", "sku|family|groups", "identifier|family|enabled", "sku|family|categories", "uuid|sku|family",
               "sku|family variant", "code|family variant"),
        _columns(
            offer_id="sku|identifier|code", title="name|title|label|product name", description="description", brand="brand|marke|manufacturer",
            category="categories", price="price", gtin="ean|gtin|barcode|ean13|upc", mpn="mpn|manufacturer part number",
            item_group_id="parent", url="url", image_url="image|picture|main image", updated_at="updated",
        ),
        parent=("parent",),
    ),
    Preset(
        "idealo",
        _signs("sku|title|eans", "sku|title|hans", "sku|title|categorypath", "sku|title|deliverycosts dhl", "sku|title|paymentcosts paypal"),
        _columns(
            offer_id="sku", title="title", brand="brand", category="categorypath|category path", url="url", gtin="eans|ean",
            mpn="hans|han|mpn", price="price", description="description", image_url="imageurls|image urls", color="colour|color",
            size="size", condition="used|condition|state", gender="gender", material="material",
        ),
    ),
    Preset(
        "rakuten",
        _signs("商品管理番号 商品url|商品名", "商品管理番号 商品url|sku管理番号", "コントロールカラム|商品管理番号 商品url", "商品管理番号|sku管理番号",
               "item url|item name|item number"),
        _columns(
            offer_id="sku管理番号|システム連携用sku番号|商品管理番号 商品url|商品管理番号|商品番号|item url", title="商品名|item name",
            description="pc用商品説明文|商品説明文|キャッチコピー", price="通常購入販売価格|販売価格|price", gtin="カタログid|カタログidコード|jan",
            category="ジャンルid|全商品ディレクトリid", image_url="商品画像パス1|商品画像url", item_group_id="商品管理番号 商品url|商品管理番号|item url",
            brand="ブランド名|ブランド|メーカー", mpn="メーカー型番|型番",
        ),
        group=("商品管理番号 商品url", "商品管理番号", "item url"),
        options=tuple(
            pair for at in _COUNTED for pair in (
                (f"バリエーション項目キー{at}", f"バリエーション項目選択肢{at}"), (f"商品属性 項目 {at}", f"商品属性 値 {at}"),
                (f"バリエーション{at}キー", f"バリエーション{at}選択肢"),
            )
        ),
    ),
    Preset(
        "naver",
        _signs("id|title|price pc", "id|title|price pc|category name1", "상품번호|상품명|판매가", "판매자 상품코드|상품명|판매가"),
        _columns(
            offer_id="id|상품번호|판매자 상품코드", title="title|상품명", price="price pc|판매가|price mobile", url="link|상품url",
            image_url="image link|대표이미지", category="category name4|category name3|category name2|category name1|카테고리명",
            brand="brand|브랜드|브랜드명|maker", gtin="barcode|바코드|gtin", mpn="manufacture define number|모델명",
            condition="condition|product flag|상품상태", item_group_id="group id", color="색상", size="사이즈",
        ),
        fixed={"currency": "KRW", "language": "ko"},
    ),
    Preset(
        "taobao",
        _signs("宝贝标题|宝贝id", "宝贝标题|商家编码", "宝贝标题|宝贝价格", "宝贝名称|宝贝价格", "宝贝名称|商家编码", "宝贝id|价格", "title|cid|seller cids",
               "num iid|title|outer id", "产品id|产品标题", "商品id|商品标题|商家编码"),
        _columns(
            offer_id="sku id|skuid|宝贝id|数字id|num iid|产品id|商品id|商家编码|outer id", title="宝贝标题|宝贝名称|产品标题|商品标题|title",
            price="价格|宝贝价格|一口价|单价|price", mpn="商家编码|外部编码|outer id|货号|型号", gtin="条形码|商品条码|barcode", brand="品牌",
            description="宝贝描述|description", category="宝贝类目|类目|cid", image_url="宝贝主图|新图片|主图|picture", color="颜色分类|颜色",
            size="尺码|尺寸", item_group_id="宝贝分组",
        ),
        fixed={"currency": "CNY"},
    ),
    Preset(
        "openfoodfacts",
        _signs("code|product name|brands", "code|product name|quantity", "code|product name|nutriments", "code|product name|categories",
               "code|product name|creator"),
        _columns(
            offer_id="code", title="product name|product name en|generic name", brand="brands", gtin="code", description="generic name",
            category="categories|categories en|main category", url="url", image_url="image url", net_content="quantity", language="lang|lc",
            updated_at="last modified t|last modified datetime",
        ),
    ),
    Preset(
        "bmecat",
        (),
        _columns(
            offer_id="supplier pid|supplier aid",
            title="product details description short|article details description short|description short",
            description="product details description long|article details description long",
            brand="product details manufacturer name|article details manufacturer name|product details brand name",
            gtin="gtin|product details international pid|product details ean|article details ean|article details international aid",
            mpn="product details manufacturer pid|article details manufacturer aid|product details manufacturer aid",
            price="product price details product price price amount|article price details article price price amount",
            currency="product price details product price price currency|article price details article price price currency",
            category="product details manufacturer type descr|product features reference feature group name",
            image_url="mime info mime mime source", item_group_id="product details buyer pid",
            color="farbe|colour|color|farbton", size="größe|size", material="material|werkstoff", multipack="inhalt je packung",
        ),
    ),
)  # fmt: skip
BY_NAME = {preset.name: preset for preset in PRESETS}
NONE = Preset("none", (), {})

_LOCALE = re.compile(r"^(?P<name>.+?)[-_ ](?P<language>[a-z]{2,3})[-_](?P<region>[A-Z]{2})(?:[-_ ](?P<channel>\w+))?$")
_CURRENCY = re.compile(r"^(?P<name>.+?)[-_ (\[]+(?P<code>[A-Z]{3})[)\]]?(?:[-_ ]\w+)?$")
_PLACE = re.compile(r"\[[^\]]*\]|#\d+(?:\.value)?")


@cache
def fold_column(name: str) -> str:
    """A column's name without Amazon's places (`item_name[marketplace_id=...]#1.value`)."""
    return fold(_PLACE.sub("", name[:300]) if "#" in name or "[" in name else name)


def split_locale(name: str) -> tuple[str, str] | None:
    """Name and language tag of a column such as `name-de_DE-ecommerce`; None for any other."""
    match = _LOCALE.match(name.strip()[:200])
    return (match["name"], f"{match['language']}-{match['region']}") if match else None


def split_currency(name: str) -> tuple[str, str] | None:
    """Name and currency code of a column such as `price-EUR` or `Preis (CHF)`; None for any other."""
    from sku_align.catalogs.currencies import CODES

    match = _CURRENCY.match(name.strip()[:200])
    return (match["name"], match["code"]) if match and match["code"] in CODES else None


def recognise(names: Collection[str]) -> Preset | None:
    """The preset whose sign is among the columns of a feed; of several, that with the most of its columns there."""
    folded = {fold_column(name) for name in names}
    folded |= {fold(split[0]) for name in names if (split := split_locale(name) or split_currency(name))}
    found = [preset for preset in PRESETS if any(sign <= folded for sign in preset.signs)]

    def score(preset: Preset) -> tuple[int, int]:
        known = {name for joined in preset.columns.values() for name in joined}
        return max(len(sign) for sign in preset.signs if sign <= folded), len(known & folded)

    return max(found, key=score, default=None)
