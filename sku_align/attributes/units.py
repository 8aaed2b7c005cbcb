"""What units and counting words mean: spelling -> (dimension, factor to the base unit), in the languages of the feeds.

Base units: volume ml, mass g, length mm, area cm2, power W, voltage V, charge mAh, energy Wh, data MB (1 GB = 1024 MB),
frequency Hz, temperature K, pressure bar. `pack` counts packages and multiplies the offer, `count` counts the pieces
inside one. Spellings are lower case; `_` stands for a space. A word that means something else in some
places has rows in `readings.py`.

Factors are those of NIST Special Publication 811 (US customary units, avoirdupois); a Chinese jin is 500 g by law since
1959, a Taiwanese catty 600 g, one of Hong Kong 604.79 g (Weights and Measures Ordinance), a Japanese sho 1.8039 l.
"""

from sku_align.attributes.text import fold

# Millilitres and grams, US customary (NIST SP 811).
FLUID_OUNCE = 29.5735
OUNCE = 28.3495

_SPELLINGS: dict[tuple[str, float], str] = {
    ("volume", 1): (
        "ml mls cc ccm cm3 cm³ 毫升 milliliter milliliters millilitre millilitres mililitro mililitros "
        "millilitro millilitri mililitr mililitry mililitrów millilitra millilitraa ミリリットル 밀리리터 "
        "мл миллилитр миллилитра миллилитров мілілітр мілілітрів mililitrů mililitrov mililitre μλ มล มล. "
        "มิลลิลิตร مل مليلتر ملليلتر "
        "מל מיליליטר मिली मिलीलीटर मिलिलीटर एमएल ملي"
    ),
    ("volume", 10): (
        "cl centiliter centiliters centilitre centilitres centilitro centilitros centilitri centylitrów "
        "zentiliter senttilitraa センチリットル"
    ),
    ("volume", 100): "dl deciliter decilitre decilitres decilitro decilitri deziliter desilitraa デシリットル",
    ("volume", 180.39): "合",
    ("volume", 1000): (
        "l lt ltr ltrs liter liters litre litres litro litros litri litr litry litrów litra litraa "
        "litran 升 公升 立升 リットル リッター ℓ 리터 "
        "л литр литра литров літр літра літри літрів litrů litrov lít λίτρο λίτρα λίτρων λιτρα ลิตร لتر ليتر "
        "ליטר ליטרים לטר लीटर लिटर ली λτ λτ. لترات"
    ),
    ("volume", 1e6): "m3 m³ cbm 立方米 立方メートル м3 м³",
    ("volume", FLUID_OUNCE): (
        "fl_oz fl._oz fl.oz fl_oz. fl._oz. fl.oz. floz fluid_oz fluid_ounce fluid_ounces 液量盎司 液体盎司 液量オンス"
    ),
    ("volume", 473.176): "pint pints pt 品脱 パイント",
    ("volume", 946.353): "quart quarts qt qts 夸脱",
    ("volume", 3785.41): "gallon gallons gal gal. gals 加仑 加侖 ガロン 갤런",
    ("mass", 0.001): (
        "mg mgs 毫克 milligram milligrams milligramme milligrammes milligramm miligramos miligramas miligramów "
        "milligrammi milligrammaa ミリグラム 밀리그램 "
        "мг миллиграмм миллиграммов міліграмів มก มก. มิลลิกรัม ملغ ملجم مجم "
        "מג מיליגרם मिग्रा मिलीग्राम एमजी"
    ),
    ("mass", 1): (
        "g gm gms gr grs gram grams gramme grammes gramm gramos gramo grammi grammo gramas grama gramów gramy "
        "grammaa グラム 克 公克 그램 그람 "
        "г г. гр гр. грам грама грами грамів грамм грамма граммов gramů gramov grame gam γρ γρ. γραμμάρια "
        "γραμμαρια กรัม جم جرام غرام غ "
        "גרם גרמים גר ג ग्राम ग्रा غم جرامات غرامات"
    ),
    ("mass", 10): "dag deka",
    ("mass", 37.5): "兩 台兩",
    ("mass", 50): "两 市两",
    ("mass", 100): "hg etti etto",
    ("mass", 500): "斤 市斤 pfund pond",
    ("mass", 600): "台斤 臺斤",
    ("mass", 604.79): "司馬斤 司马斤",
    ("mass", 1000): (
        "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm kilogramos kilogramo "
        "chilogrammi chilogrammo chili chilo quilo quilos quilograma quilogramas kilogramy kilogramów kilogrammaa "
        "kiloa 公斤 千克 キログラム キロ 킬로그램 킬로 "
        "кг килограмм килограмма килограммов кілограм кілограма кілограмів kilogramů kilogramov kilograme ký kí "
        "κιλό κιλά κιλα กก กก. กิโลกรัม กิโล كجم كغ كغم كيلو كيلوجرام كيلوغرام "
        "קג קילו קילוגרם किलो किग्रा किलोग्राम केजी كلغ"
    ),
    ("mass", OUNCE): "oz oz. ounce ounces 盎司 安士 オンス onza onzas once onces onças uncji 온스",
    ("mass", 453.592): "lb lbs lb. lbs. pound pounds 磅 ポンド libra libras libbre funtów 파운드",
    ("length", 1): (
        "mm 毫米 公厘 millimeter millimeters millimetre millimetres millimètres milímetros millimetri milimetrów "
        "millimetriä ミリメートル ミリ 밀리미터 "
        "мм миллиметр миллиметра миллиметров міліметрів มม มม. มิลลิเมตร مم ملم χιλ. χιλιοστά "
        "ממ מילימטר मिमी मिलीमीटर"
    ),
    ("length", 10): (
        "cm cms 厘米 公分 centimeter centimeters centimetre centimetres centimètre centimètres centímetro "
        "centímetros centimetri zentimeter centymetry centymetrów senttiä senttimetriä センチメートル センチメーター "
        "センチ 센티미터 센티 센치 "
        "см сантиметр сантиметра сантиметров сантиметрів santim ซม ซม. เซนติเมตร سم εκ. εκατοστά "
        "סמ סנטימטר सेमी सेंटीमीटर سنتيمتر"
    ),
    ("length", 1000): (
        "m mtr mtrs meter meters metre metres mètre mètres metro metros metri metr metry metrów metra metriä "
        "米 公尺 メートル 미터 "
        "м метр метра метров метри метрів metrů metrov mét μέτρα μέτρο เมตร متر "
        "מטר מטרים מ मीटर امتار أمتار"
    ),
    ("length", 25.4): (
        "in in. inch inches \" ″ ′′ '' 英寸 英吋 吋 寸 インチ 型 v型 인치 zoll pouce pouces pulgada pulgadas pulg "
        "pollice pollici polegada polegadas cal cale cali tuuma tuumaa "
        "дюйм дюйма дюймов дюйми дюймів inç palců palcov ίντσες ιντσών นิ้ว بوصة بوصه إنش "
        "אינץ אינטש इंच इन्च inci ίντσα انش"
    ),
    ("length", 304.8): "ft ft. feet foot 英尺 フィート 피트 फीट फुट ฟุต",
    ("length", 914.4): "yd yds yard yards",
    ("area", 10_000): "m² m2 qm sqm ㎡ 平方米 平米 平方メートル 제곱미터 м² м2",
    ("area", 1): "cm² cm2 qcm 平方厘米 平方公分",
    ("area", 929.03): "sq_ft sqft sq._ft sq._ft. square_feet 平方英尺",
    ("power", 1): (
        "w watt watts 瓦 瓦特 ワット 와트 vatio vatios waty watów wattia вт ватт วัตต์ واط وات ואט וואט वाट वॉट वाट्स βατ"
    ),
    ("power", 1000): "kw 千瓦 kilowatt kilowatts квт",
    ("voltage", 1): (
        "v volt volts voltio voltios volti woltów volttia 伏 伏特 ボルト 볼트 vac vdc в вольт โวลต์ فولت וולט वोल्ट"
    ),
    ("charge", 1): "mah 毫安时 毫安時 毫安 мач ма·ч ма*ч ма⋅ч маг ма·год एमएएच",
    ("charge", 1000): "ah 安时 安時 ач а·ч а*ч а⋅ч",
    ("energy", 1): "wh 瓦时 瓦時 вт·ч вт*ч вт⋅ч",
    ("energy", 1000): "kwh 千瓦时",
    ("data", 1): "mb mo 兆 мб ميجابايت מב एमबी",
    ("data", 1024): "gb go gt ギガ 기가 гб جيجابايت جيجا غيغابايت גב גיגה जीबी",
    ("data", 1024 * 1024): "tb to テラ 테라 тб تيرابايت טב טרה टीबी",
    ("frequency", 1): "hz hertz 赫兹 赫茲 ヘルツ гц",
    ("frequency", 1e3): "khz кгц",
    ("frequency", 1e6): "mhz 兆赫 мгц",
    ("frequency", 1e9): "ghz 吉赫 ггц",
    ("temperature", 1): "k kelvin",
    ("pressure", 1): "bar bars bares バール бар",
    ("count", 1): (
        "pc pcs pcs. pc. pce piece pieces count ct ct. ea tablet tablets tab tabs tab. caplets capsule capsules caps "
        "caps. softgels gummies sheet sheets wipe wipes sachet sachets teabags tea_bags tea_bag bag bags roll rolls "
        "pair pairs pads pods nappies diapers sticks tissues eggs liners lozenges slices "
        "stück stücke stueck stk stk. stck stck. st. st tablette tabletten tabl tabl. tbl tbl. kapseln kaps kaps. "
        "beutel btl. teebeutel blatt rolle rollen tücher taschentücher paar paare teilig -teilig tlg tlg. windeln "
        "einlagen dragees ampullen eier scheiben riegel kaffeepads spülmaschinentabs brausetabletten kautabletten "
        "pièce pièces unité unités comprimés comprimé gélules gélule gél. feuilles rouleaux lingettes paire paires "
        "couches dosettes tranches pastilles mouchoirs œufs oeufs barres ampoules cp cps "
        "pieza piezas pza pzas ud uds ud. uds. unidad unidades unid unid. unids comprimidos comp. cápsula cápsulas "
        "cáps. tabletas sobres bolsitas hojas rollo rollos toallitas pares pañales huevos ampollas pastillas barritas "
        "perlas pañuelos lonchas rebanadas pezzo pezzi pz pz. compresse compressa paio bustine bustina filtri fogli "
        "rotolo rotoli salviette salviettine paia pannolini cialde cpr cpr. cps. uova fiale barrette perle fazzoletti "
        "fette peça peças pç pçs un un. saquetas folhas rolos toalhitas fraldas unidade pastilhas ovos ampolas lenços "
        "barras fatias stuk stuks stukjes zakjes theezakjes vellen doekjes luiers eieren plakken -delig delig "
        "kauwtabletten repen szt szt. sztuk sztuki sztuka tabletek tabletki kapsułek kapsułki torebek tor. saszetek "
        "saszetki sasz. rolek rolki chusteczek pieluch pieluszek par pary jaj ampułek arkuszy listków kostek elementów "
        "elementy el. plastrów plastry "
        "częściowy -częściowy -elementowy pastylek kpl kappaletta tablettia kapselia pussia teepussia rullaa liinaa "
        "vaippaa paria munaa -osainen osainen arkkia palaa annospussia "
        "片 粒 颗 顆 枚 张 張 抽 条 條 根 支 只 隻 个 個 块 塊 件 双 雙 对 對 卷 捲 丸 錠 锭 贴 貼 膳 巻 本 足 点 食 "
        "节 節 份 玉 切れ 切 冊 册 束 泡 餐 ピース ロール カプセル 개 매 정 캡슐 켤레 롤 장 구 알 환 티백 스틱 매입 "
        "피스 p "
        "żelek żelki żelków plastrów soczewek soczewki podpasek wkładek masek pasków "
        "stycken kapslar tabletter rullar påsar blöjor servetter plåster bindor linser cáps comp maskers "
        "gommose lenzen gommes gominolas gomas caramelle gummis lenses linsen lentilles lentillas lenti lentes "
        "plasters pflaster pansements tiritas cerotti pleisters tampons tampones masks masken masques mascarillas "
        "binden compresas assorbenti salvaslips proteggislip strips teststreifen bandelettes strisce "
        "шт шт. штук штуки штука таблетки таблеток таблетка табл табл. капсул капсулы капсула капсули капс капс. "
        "рулон рулона рулонов рулони рулонів лист листа листов листы аркушів салфеток салфетки серветок серветки "
        "пар пары пара пари пакетик пакетика пакетиков пакетики пакетиків саше предмет предмета предметов "
        "предмети предметів ампул ампулы ампули подгузников підгузків ks ks. kus kusy kusů kusov tablety tabliet "
        "kapslí kapsle kapsúl kapsuly tobolek tobolky toboliek sáčků sáčky sáčkov rolí role rolky roliek párů "
        "párov páry pár listů listov ubrousků utierok obrúskov plenek plienok dílů dílná dílný dílné dielna "
        "dielny dielne dielov adet ad. kapsül rulo çift parça yaprak poşet db db. darab darabos tabletta "
        "kapszula tekercs részes buc buc. bucăți bucăţi bucati bucată bucata tablete comprimate plicuri perechi "
        "pereche piese șervețele servetele τεμ τεμ. τεμάχια τεμάχιο τεμαχια τμχ τμχ. κάψουλες δισκία ταμπλέτες "
        "φακελάκια ρολά ρολό ζευγάρι ζευγάρια φύλλα μαντηλάκια viên cái chiếc miếng tờ cuộn đôi buah butir biji "
        "lembar pasang gulung kapsul ชิ้น เม็ด แคปซูล แผ่น ม้วน คู่ ซอง ตัว อัน ใบ ก้อน แท่ง ด้าม قطعة قطعه قطع "
        "حبة حبه حبات كبسولة كبسولات قرص أقراص اقراص منديل كيس أكياس لفة لفات زوج "
        "יח יחידות יחידה טבליות כמוסות קפסולות מגבונים דפים שקיקים גלילים זוגות חלקים "
        "पीस नग टैबलेट गोलियां कैप्सूल स्टिक शीट टी_बैग जोड़ी जोड़े keping helai lembaran mảnh tấm chi_tiết"
    ),
    ("count", 12): (
        "dozen doz doz. dutzend dtzd. douzaine douzaines docena docenas dozzina dozzine dúzia dúzias dozijn tuzin "
        "tuziny tuzinów tusina tusinaa 打 ダース 다스 "
        "дюжина tucet tucat düzine duzină lusin โหล"
    ),
    ("pack", 1): (
        "pack packs pk pks packet packets package packages bottle bottles can cans box boxes tin tins carton cartons "
        "jar jars pouch pouches tube tubes flasche flaschen fl. dose dosen packung packungen päckchen paket pakete "
        "pck. tuben gläser kartons becher schachteln kästen kisten bouteille bouteilles canette canettes boîte boîtes "
        "paquet paquets flacon flacons pots briques bidons bocaux barquettes étuis étui botella botellas lata latas "
        "paquete paquetes caja cajas botes bote briks bricks tarros bolsas envases tubos bottiglia bottiglie lattina "
        "lattine confezione confezioni conf. pacchi pacco pacchetti flaconi flacone vasetti barattoli scatole buste "
        "brik garrafa garrafas embalagem embalagens emb. caixa caixas pacote pacotes frascos frasco fles flessen "
        "blikken blikjes blik pakken pakjes pak flesjes potten potjes doosjes zakken kratten butelka butelki butelek "
        "puszka puszki puszek opakowanie opakowania opakowań op. słoiki słoików kartonów paczek paczki pudełek "
        "zgrzewek zgrzewki pullo pulloa tölkki tölkkiä pakkausta purkkia rasiaa laatikkoa pkt "
        "包 袋 盒 瓶 罐 箱 听 聽 桶 组 組 套 入 连 排 杯 枝 樽 缶 パック セット ケース 팩 봉 병 캔 박스 세트 "
        "개입 입 포 "
        "уп уп. упак упак. упаковка упаковки упаковок пачка пачки пачек пачок бутылка бутылки бутылок пляшка "
        "пляшки пляшок банка банки банок коробка коробки коробок флакон флакона флаконов balení balenie láhev "
        "lahve láhve lahví fľaša fľaše fliaš plechovka plechovky plechovek plechoviek krabička krabičky krabiček "
        "krabičiek kutu şişe kavanoz koli doboz flakon csomag cutie cutii sticlă sticle pachet pachete borcane "
        "μπουκάλια κουτιά κουτάκια πακέτα chai lon hộp gói túi thùng tuýp lốc bịch botol kaleng bungkus kotak "
        "แพ็ค แพค ขวด กล่อง กระป๋อง ถุง ห่อ ลัง عبوة عبوه عبوات علبة علب زجاجة زجاجات "
        "מארזים חבילות אריזות בקבוקים פחיות पैक पैकेट बोतल बोतलें डिब्बे bungkusan"
    ),
}


UNITS = {word.replace("_", " "): unit for unit, words in _SPELLINGS.items() for word in words.split()}
"""Spelling -> (dimension, factor); a word without its accents, as feeds print it, is the same unit."""
for _word, _unit in list(UNITS.items()):
    UNITS.setdefault(fold(_word), _unit)

# Words with which a compound ends that counts pieces: "20 Filmtabletten", "60 zuigtabletten", "6 Monatslinsen".
_COUNTED_ENDINGS = (
    "tabletten", "kapseln", "gummis", "dragees", "pastillen", "tabs", "tücher", "windeln", "linsen", "pflaster",
    "masken", "binden", "einlagen", "ampullen", "doekjes", "luiers", "lenzen", "pleisters", "tabletter", "kapslar",
    "servetter", "blöjor", "linser",
)  # fmt: skip
_ENDINGS = tuple({*_COUNTED_ENDINGS, *map(fold, _COUNTED_ENDINGS)})
_ADJECTIVES = (
    "vegan vegetarian vegetable veg veggie film-coated coated effervescent chewable soft hard gel gelatin "
    "gelatine enteric enteric-coated high high-strength strength slow-release time-release orodispersible "
    "dispersible sublingual soluble mini small large premium daily one-a-day facial cotton wet baby "
    "biodegradable flushable cleansing compostable disposable contact waterproof sheet face organic vegane "
    "veganen vegetarische magensaftresistente kleine große feuchte weiche pflanzliche maagsapresistente zachte "
    "veganska vegetariska mjuka wegańskich wegetariańskich twardych miękkich petites grandes pequeñas"
)
PIECE_ADJECTIVES = frozenset(_ADJECTIVES.split())
"""What stands between a number and the word for pieces: "60 vegan capsules", "20 film-coated tablets"."""


def unit_of(word: str) -> tuple[str, float] | None:
    """What a word in lower case means as a unit; None where it is none."""
    return UNITS.get(word) or (("count", 1.0) if word.endswith(_ENDINGS) else None)


IMPERIAL = frozenset({FLUID_OUNCE, 473.176, 946.353, 3785.41, OUNCE, 453.592, 25.4, 304.8, 914.4, 929.03})
"""Factors of units that are not a round number of metric ones."""

_UNITS_OF: dict[str, tuple[tuple[float, str], ...]] = {
    "volume": ((1000, "l"), (1, "ml")),
    "mass": ((1000, "kg"), (1, "g"), (0.001, "mg")),
    "length": ((1000, "m"), (10, "cm"), (1, "mm")),
    "area": ((10_000, "m²"), (1, "cm²")),
    "power": ((1000, "kW"), (1, "W")),
    "voltage": ((1, "V"),),
    "charge": ((1, "mAh"),),
    "energy": ((1, "Wh"),),
    "data": ((1024 * 1024, "TB"), (1024, "GB"), (1, "MB")),
    "frequency": ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1, "Hz")),
    "temperature": ((1, "K"),),
    "pressure": ((1, "bar"),),
    "count": ((1, "pieces"),),
    "pack": ((1, "packs"),),
}


def format_quantity(dimension: str, value: float) -> str:
    """Write a quantity in the largest unit that leaves at least one of it, such as "1.5 l"."""
    units = _UNITS_OF.get(dimension, ((1, dimension),))
    factor, unit = next((each for each in units if value >= each[0]), units[-1])
    return f"{value / factor:.6g} {unit}"


NUMBER_WORDS = {
    word: number
    for number, words in {
        1: "一",
        2: "two 二 两 兩 双 雙 zwei deux dos due dois twee dwa kaksi",
        3: "three 三 drei trois tres tre três drie trzy kolme",
        4: "four 四 vier quatre cuatro quattro quatro cztery neljä",
        5: "five 五 fünf cinq cinco cinque vijf pięć viisi",
        6: "six 六 sechs seis sei zes sześć kuusi",
        7: "seven 七 sieben sept siete sette zeven",
        8: "eight 八 acht huit ocho otto oito osiem",
        9: "nine 九 neun neuf nueve nove negen",
        10: "ten 十 zehn dix diez dieci dez tien dziesięć",
        11: "eleven 十一 elf onze once undici jedenaście",
        12: "twelve 十二 zwölf douze doce dodici doze twaalf dwanaście",
    }.items()
    for word in words.split()
}
"""Number words that stand before "pack", "pieces" and the like -> number."""

_COMMA = "bg ca cs da de el es et fi fr hr hu id it lt lv nb nl no pl pt ro ru sk sl sv tr uk vi"
DECIMAL_COMMA = frozenset(_COMMA.split())
"""Languages that write 1.234,5."""
