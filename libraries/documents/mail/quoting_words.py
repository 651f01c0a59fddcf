# ruff: noqa: RUF001 - words of languages whose letters look like others
"""The words by which mail programs, in the languages of their users, introduce what is quoted or passed on."""

COLON = "[:：]"

OPENS_DATE = (
    "on|am|le|el|il|op|em|den|w dniu|dnia|dne|v|на|в|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница"
    "|суббота|воскресенье|pon|wt|śr|czw|pt|sob|niedz|ndz|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|mån|tis"
    "|ons|tors|fre|lör|sön|ma|di|wo|do|vr|za|zo|seg|ter|qua|qui|sex|sáb|dom|lun|mar|mer|mié|jeu|jue|ven|vie|gio|sam"
)
WROTE = (
    r"wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał\w*|napisał\(a\)|skrev|kirjoitti|napsal\w*"
    r"|писал\w*|написал\w*|пишет|yazdı"
)
WROTE_IN_EAST_ASIA = "写道|寫道|さんは書きました|さんが書きました|がメールを書きました|のメール|님이 작성|작성:"

ORIGINAL = (
    "original message|original appointment|reply message|(?:original|ursprüngliche)[- ]?nachricht|message d.origine"
    "|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    "|wiadomość oryginalna|oryginalna wiadomość|ursprungligt meddelande|oprindelig meddelelse|исходное сообщение"
    "|orijinal (?:mesaj|ileti)|原始邮件|原始郵件|元のメッセージ|원본 메시지"
)
FROM = "from|von|de|da|van|od|от|kimden|från|fra|发件人|寄件者|寄件人|差出人|보낸 ?사람"
SENT = (
    "sent|date|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|data|inviato|verzonden|wysłano|skickat|sendt|отправлено"
    "|дата|tarih|gönderildi|发送时间|日期|時間|寄件日期|送信日時|日時|보낸 ?날짜"
)
TO = "to|an|à|para|a|aan|do|кому|kime|till|til|收件人|收件者|宛先|받는 ?사람"

FORWARDED = (
    "forwarded (?:message|by)|(?:anfang der )?weitergeleitete?n? nachricht|message transféré"
    "|(?:début du )?message réexpédié|mensaje reenviado|(?:inizio )?messaggio inoltrato|doorgestuurd bericht"
    "|mensagem encaminhada|wiadomość przekazana|przekazana wiadomość|пересылаемое сообщение|iletilen mesaj"
    "|转发的邮件|转发邮件|轉寄郵件|転送メッセージ|전달된 메시지"
)
FORWARD_SUBJECT = "fwd?|wg|tr|rv|i|enc|doorst|vb|vs|pd|ilt|пересл|转发|轉寄|転送|전달"

PASSES_ON = (
    r"below|forward\w*|passing on|fyi|attached|unten|weiter\w*|nachstehend\w*|ci-dessous|transf\w+|abajo|reenv\w+"
    r"|di seguito|inoltr\w+|onderstaand\w*|doorgestuur\w*|abaixo|encaminh\w+|poniżej|przekaz\w+|ниже|пересыл\w+"
    r"|aşağıda\w*"
)
PASSES_ON_IN_EAST_ASIA = "以下|如下|下記|転送|转发|轉寄|아래"
