"""Turkish: letters under law 5846 on works and law 6769 on industrial property, and the DMCA in translation."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_REQUEST = r"(?:bildirim\w*|şikayet\w*|şikâyet\w*|başvuru\w*|ihbar\w*|talep\w*|talebi\w*)"
_THING = r"(?:ilan\w*|ürün\w*|mağaza\w*|hesab\w*|hesap\w*|sayfa\w*|içeri\w+)"

TURKISH = Words(
    counters=(r"(?:hata|yanlışlık) veya (?:yanlış|hatalı) (?:tanımlama|teşhis|tespit)",),
    names_counter=(r"\bkarşı bildirim\w*", r"\bkarşı ihbar\w*"),
    disputes=(
        (
            r"\b(?:kaldırılma\w*|silinme\w*|askıya alınma\w*|karar\w*|şik[aâ]yet\w*|bildirim\w*"
            r"|iddia\w*|engellenme\w*)\b[^.]{0,60}\bitiraz (?:ed\w+|et\w+)"
        ),
        (
            r"\b(?:ilanım\w*|ürünüm\w*|mağazam\w*|hesabım\w*|ilanımız\w*|ürünümüz\w*|mağazamız\w*"
            r"|hesabımız\w*)\b[^.]{0,80}\b(?:kaldırıl\w+|silin\w+|kapatıl\w+|askıya alın\w+"
            r"|engellen\w+|geri yükle\w+|yeniden (?:yayın|aktif|aç)\w*|tekrar (?:yayın|aktif"
            r"|aç)\w*)"
        ),
        r"\b(?:haksız yere|yanlışlıkla|hatalı olarak) (?:kaldırıl|silin|kapatıl|engellen)\w+",
        (
            r"\b(?:yeniden yayın\w+|geri yüklen\w+|tekrar yayına alın\w+"
            r"|eski haline getiril\w+)[^.]{0,40}\b(?:talep ed\w+|rica ed\w+|istiyor\w*)"
        ),
    ),
    retracts=(
        rf"\b{_REQUEST}[^.]{{0,80}}\bgeri (?:çek\w+|al\w+)",
        (
            rf"\b{_REQUEST}[^.]{{0,60}}\b(?:dikkate alma\w+|iptal ed\w+|iptal et\w+|göz ardı ed\w+"
            r"|vazgeç\w+|yok sayın\w*)"
        ),
        r"\b(?:yanlışlıkla|hatayla|sehven) (?:bildir|şik[aâ]yet et|gönder)\w+",
    ),
    accuses=(
        r"\b(?:ihlal\w*|sahte\w*|taklit\w*|korsan\w*|kopya\w*|yasa ?dışı|hukuka aykırı|tecavüz\w*|çalıntı)\b",
        (
            r"\b(?:izn\w+|izin|rıza\w*|lisans\w*|yetki\w*)(?: \w+){0,3} (?:olmadan|almadan"
            r"|olmaksızın|vermedi\w+|vermedik)\b|\bizinsiz\b|\byetkisiz\b|\brızası dışında\b"
        ),
    ),
    claims={
        Claim.COUNTERFEIT: (r"\bsahte", r"\btaklit"),
        Claim.GEOGRAPHICAL_INDICATION: (r"coğrafi işaret", r"menşe ad"),
        Claim.PATENT: (r"\bpatent", r"faydalı model"),
        Claim.DESIGN: (r"tescilli tasarım", r"\btasarım (?:tescil|hak)", r"endüstriyel tasarım"),
        Claim.TRADEMARK: (r"\bmarka(?!t)",),
        Claim.COPYRIGHT: (r"telif", r"\beser\w* (?:sahib|hak)", r"\bfotoğraf", r"5846"),
    },
    laws={LegalBasis.DSA: (r"dijital hizmetler (?:yasası|kanunu)",)},
    headings={
        Part.INFRINGER: (r"^satıcı$",),
        Part.REASONS: (r"^gerekçe", r"^açıklama", r"^neden"),
        Part.WORK: (
            r"^eser(?:in)? adı$",
            r"^(?:orijinal |korunan |özgün )?(?:eser|marka|hak|patent|tasarım)$",
        ),
        Part.MATERIAL: (
            (
                r"(?:ihlal eden|ihlale konu|şik[aâ]yet edilen|taklit|sahte|bildirilen) (?:url|link"
                r"|bağlantı|içerik|ilan|ürün|adres)\w*"
            ),
        ),
        Part.SIGNATURE: (r"^(?:elektronik )?imza$",),
        Part.CONTACT: (r"^iletişim(?: bilgileri)?$", r"^telefon$", r"^adres$"),
        Part.NAME: (r"^(?:ad|adı)(?: |-|ve )*(?:soyad|soyadı)?$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\biyi ?niyet\w*",),
        Element.ACCURACY: (
            r"\b(?:bilgi\w*|beyan\w*|bildirim\w*|ifade\w*)\b[^.]{0,160}\b(?:doğru\w*|gerçe\w+|eksiksiz)",
            r"\bdoğruluğunu\b",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:yargı yetkisi\w*|mahkemelerinin yetkisi\w*)",),
        Element.ACCEPTS_SERVICE: (r"\btebligat\w*",),
    },
    under_perjury=(r"yalan (?:yere )?(?:yemin|beyan|tanıklık)\w*|yemin ed\w+|yeminli|cezai sorumluluk\w*",),
    authorised=(r"\b(?:sahib\w+|sahip\w*|yetkili\w*|yetkilendiril\w+|vekil\w*|adına|temsilci\w*)\b",),
    mistaken=(r"\b(?:hata\w*|yanlış\w*|sehven)\b",),
    work=(
        r"\b(?:marka|eser|fotoğraf|tasarım|ürün)\w*(?: \w+){0,3} (?:bize|bana) ait",
        (
            r"\b(?:marka\w*|eser\w*|telif\w*|fotoğraf\w*|tasarım\w*|patent\w*|hak\w*|kitap\w*"
            r"|çizim\w*|yazılım\w*)(?: \w+){0,4} (?:sahib\w+|sahip\w*|maliki\w*)"
        ),
        (
            r"\b(?:marka|eser|fotoğraf|tasarım|patent|ürün|çizim|kitab|illüstrasyon|desen|logo"
            r"|yazılım)\w*(?:ımız|imiz|umuz|ümüz|mız|miz|ım|im|um|üm)(?:\w{0,6})\b"
        ),
        r"\b(?:tescil no|tescil numarası|sayılı marka|sayılı tescil)",
    ),
    complained=(
        r"ihlal\w*|sahte\w*|taklit\w*|kopya\w*|şik[aâ]yet\w*|kaldırıl\w+|kaldırma\w*|yasa ?dışı|izinsiz",
        r"aşağıdaki (?:\w+ )?(?:ilan\w*|bağlantı\w*|link\w*|ürün\w*|adres\w*)|(?:bu|şu) ilan\w*",
        r"geri yükle\w+|yeniden yayın\w+",
    ),
    original=(
        (
            r"(?:web sitemiz\w*|sitemiz\w*|mağazamız\w*|sayfamız\w*|kataloğumuz\w*|web sitem\w*"
            r"|sitem\b)|orijinal (?:\w+ )?(?:eser\w*|fotoğraf\w*|ürün\w*|tasarım\w*)|orijinali"
        ),
    ),
    source=(r"kopyalandığı kaynak",),
    signed=(r"(?:elektronik )?imza", r"imzalayan"),
    closings=(r"saygılarım\w*", r"saygılar\w*", r"iyi çalışmalar\w*", r"teşekkür\w*", r"selamlar\w*"),
    labels=(r"adres", r"telefon", r"cep", r"e-posta", r"iletişim", r"gsm"),
    reached=(r"\b(?:telefon\w*|numara\w*) (?:\w+ ){0,3}0?5\d\d ?\d{3}", r"\b0?5\d\d[ -]?\d{3}[ -]?\d\d[ -]?\d\d\b"),
    streets=(r"\b[A-ZÇĞİÖŞÜ][\w-]{1,30} (?:Cad\.|Caddesi|Sok\.|Sokak|Sokağı|Mah\.|Mahallesi|Bulvarı)",),
    titles=(r"başlık", r"eser(?: adı)?", r"marka"),
    says_name=(r"benim adım", r"adım"),
    and_=(r"ve",),
    explains=(
        r"ihlal\w*|sahte\w*|taklit\w*|kopyala\w+|kullanıl\w+|çoğalt\w+",
        r"izinsiz|izn\w+ (?:\w+ ){0,2}(?:olmadan|almadan)|lisans\w*",
    ),
)
