"""Codes read sign by sign: telephones, plates, identity numbers, addresses on the net, coordinates."""

import re

from broadcast.speech.normalization import phones
from broadcast.speech.normalization.alphabet import DASH, SYLLABLE
from broadcast.speech.normalization.numbers import NUMBER, cardinal, digits, letters, said, value
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_SEAS = {"N": (5, 25), "E": (100, 120)}
_HOSTS = {
    "dichvucong": "dịch vụ công",
    "baohiemxahoi": "bảo hiểm xã hội",
    "facebook": "phây-búc",
    "zalo": "da-lô",
    "vn": "vn",
}
_VOWELS = frozenset("aeiouy")
_OFFICES = ("ubnd", "hdnd", "ubmttq")
_DASHED = "{l:letters} {n:led}"
"""Hộ CN-09: letters, then a number whose leading zeros are said."""
_SERIAL = "{l:letters}, {n:grouped}"
"""PB06010012345."""
_MARKS = {"@": "a còng", ".": "chấm", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm",
          "?": "hỏi chấm", "=": "bằng", "&": "và", "#": "thăng", "%": "phần trăm", "+": "cộng", "~": "ngã"}  # fmt: skip


def _vessel(match: re.Match[str]) -> str:
    tail = f" {letters(match['tail'])}" if match["tail"] else ""
    return f"{letters(match['head'])} {digits(match['number'])}{tail}"


def _web(match: re.Match[str]) -> str:
    """Announcers leave out http:// and www."""
    address = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0]).rstrip("/")
    parts = re.findall(r"\d+|[^\W\d_]+|[\W_]", address)
    spoken = [digits(p) if p.isdecimal() else _label(p) if p.isalpha() else _MARKS.get(p, "") for p in parts]
    return " ".join(filter(None, spoken))


def _label(part: str) -> str:
    """Spell csgt, which has no vowel; ubndhamthang begins with an office's letters."""
    name = part.lower()
    if name in _HOSTS:
        return _HOSTS[name]
    office = next((each for each in _OFFICES if name.startswith(each)), "")
    if office:
        return f"{letters(office)} {part[len(office) :]}".rstrip()
    return letters(part) if name.isascii() and _VOWELS.isdisjoint(name) else part


def _position(match: re.Match[str]) -> str:
    said_parts = [f"{cardinal(int(match['d']))} độ", f"{_two(match['m'])} phút"]
    if match["s"]:
        said_parts.append(f"{said(match['s'])} giây")
    way = {"N": "Bắc", "B": "Bắc", "S": "Nam", "E": "Đông", "Đ": "Đông", "W": "Tây", "T": "Tây"}.get(match["way"] or "")
    return " ".join((*said_parts, way)) if way else " ".join(said_parts)


def _two(minutes: str) -> str:
    """05 minutes of arc: không năm."""
    return digits(minutes) if minutes[0] == "0" and minutes != "0" else cardinal(int(minutes))


def _degrees(match: re.Match[str]) -> str:
    """12,5°N, and 11,2-11,8 độ N; the word vĩ or kinh once."""
    way = {"N": "vĩ Bắc", "B": "vĩ Bắc", "S": "vĩ Nam", "E": "kinh Đông", "Đ": "kinh Đông", "W": "kinh Tây"}[
        match["way"]
    ]
    is_named = re.search(rf"{way.split()[0]} (?:tuyến|độ)\b[^.;]*$", before(match), re.IGNORECASE)
    end = f" đến {said(match['to'])}" if match["to"] else ""
    return f"{said(match['from'])}{end} độ {way.split()[1] if is_named else way}"


def _bare_degrees(match: re.Match[str]) -> str | None:
    """11,0-15,0N and 112,0E without a sign: only where the country's seas lie."""
    least, most = _SEAS[match["way"]]
    return _degrees(match) if least <= value(match["from"]) <= most else None


def _named_code(match: re.Match[str]) -> str | None:
    """RON95: a code that can be said as a word stays one."""
    return f"{match['w']} {cardinal(int(match['n']))}" if SYLLABLE.fullmatch(match["w"]) else None


FIRST_RULES: tuple[ReadingRule, ...] = (
    rule("code", r"(?<!\w)(?i:mẫu|biểu|biểu mẫu)(?:\s(?i:số))?\s(?P<x>0\d)(?![\w]|[.,]\d)", "{x:led}"),
    rule(
        "code",
        r"(?<!\w)(?i:mẫu|biểu|tờ khai|phiếu)(?:\s(?i:số))?\s(?P<x>(?P<l>[A-ZĐ]{1,3})-?(?P<n>0\d))(?!\w|[.,]\d)",
        _DASHED,
    ),
    rule("abbreviation", r"(?<=\d\s)đ/c(?!\w)", "đồng chí"),
    rule("code", r"(?<!\w)[A-Z]/[A-Z]\d+[A-Z]\d+(?!\w)", "{0:letters}"),
    rule("code", r"(?<!\w)PM\s?(?P<n>2[.,]5|10)(?!\w)", "pê mờ {n:said}"),
    rule("measure", r"(?<!\w)M\s?(?P<n>[1-9][.,]\d)(?!\w|[.,]\d)", "độ lớn {n:said}"),
    rule("measure", r"(?:dòng|cầu dao|ampe|tải)\s(?P<x>(?P<n>\d{1,4})\s?A)(?!\w)", "{n:said} am-pe"),
    rule("code", r"(?<!\w)VAT(?=[1-5](?!\w))", "vát "),
    rule("code", r"(?<!\w)RON\s?(?P<n>\d\d)-(?P<r>[IV]{1,3})(?!\w)", "RON {n:cardinal} {r:roman}"),
    rule("code", r"(?<!\w)(?!QL|ĐT|TL|HL|ĐH|CT|ĐX|BV)(?P<l>[A-ZĐ]{1,3})-(?P<n>\d{1,4})(?!\w|[.,/-]\d|°|º)", _DASHED),
    rule("code", r"(?<!\w)(?<!giá )(?<!phí )(?<!vé )(?<!\d[.,/-])(?P<n>[2-9])K(?!\w|/)", "{n:said} ca"),
    rule("code", r"(?<=[Vv]àng )9{3,4}(?![\w.,/])", "{0:digits}"),
    rule("code", r"(?<=\d)(?P<x>\s?[*★])(?![\w*])", " sao"),
    rule("code", r"(?<!\w)(?P<x>(?P<w>[A-Z]{3,})(?P<n>\d{1,3}))(?!\w)", _named_code),
    rule("web", r"(?<![\w@.])\w[\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", _web, re.ASCII),
    rule("web", r"(?<![\w@.])https?://[^\s,;()<>\"“”]+[\w/]", _web),
    rule(
        "web",
        r"(?<![\w@.])(?:www\.)?(?:[a-z0-9][a-z0-9-]{0,62}\.){1,6}(?:vn|com|net|org|info|gov|edu|me|asia|ly|io|tv|us)(?:/[\w./?=&%#~-]*\w)?(?![\w@])",
        _web,
        re.IGNORECASE | re.ASCII,
    ),
    rule(
        "plate",
        r"(?<![\w])(?P<place>\d{2})[ -]?(?P<series>[A-ZĐ]{1,2}\d?)[- .]\s?(?P<number>\d{3}\.?\d{2}|\d{4,5})(?!\w|\.\d)",
        "{place:digits} {series:letters}, {number:digits}",
    ),
    rule(
        "code",
        r"(?<!\w)(?P<head>BTh|LĐ|KH|NT|BV|QNg|BĐ|TG|BT|CM|KG|QB|QN|ĐNa|PY)[ -](?P<number>\d{4,5})"
        r"[ -]?(?P<tail>TS)?(?!\w)",
        _vessel,
    ),
    rule(
        "place",
        r"(?<![\w.,])(?P<d>\d{1,3})\s?[°º]\s?(?P<m>\d{1,2})\s?['′’](?:\s?(?P<s>\d{1,2}(?:[.,]\d+)?)\s?(?:\"|″|”|''))?"
        r"(?:\s?(?P<way>[NSEWBĐT])(?!\w))?",
        _position,
    ),
    rule(
        "place",
        rf"(?<![\w.,])(?P<lat>{NUMBER})\s?[°º]?\s?[NB](?:\s?[-–;,/]\s?|\s)(?P<lon>{NUMBER})\s?[°º]?\s?[EĐ](?!\w)",
        "{lat:said} độ Vĩ Bắc, {lon:said} độ Kinh Đông",
    ),
    rule("place", r"(?<=[Vv]ĩ Bắc)[-–](?=\d)", ", "),
    rule(
        "place",
        rf"(?<![\w.,])(?P<from>{NUMBER})(?:{DASH}(?P<to>{NUMBER}))?\s?(?:[°º]|độ)\s?(?P<way>[NBSEĐW])(?!\w)",
        _degrees,
    ),
    rule(
        "place",
        r"(?<![\w.,])(?P<from>\d{1,3}[.,]\d{1,2})(?:\s?[-–]\s?(?P<to>\d{1,3}[.,]\d{1,2}))?(?P<way>[NE])(?!\w)",
        _bare_degrees,
    ),
    *phones.RULES,
    rule(
        "code",
        r"(?:CCCD|CMND|căn cước(?: công dân)?|STK|TK|tài khoản|mã số(?: thuế)?|MST|mã|thẻ|pass|password|"
        r"mật khẩu|ID)(?:\s+số)?:?\s*"
        r"(?P<x>\d{10}-\d{3}|\d{6,20}|\d{3,6}(?:\.\d{1,8}){1,4}|\d{3,6}(?:\s\d{3,8}){1,5}(?:\s\d{1,2})?)(?!\w)",
        "{x:grouped}",
        re.IGNORECASE,
    ),
    rule("code", r"(?<!\w)(?i:lô|căn|căn hộ|nền|ô)\s(?P<x>[A-ZĐ]{1,3}\d{1,3}(?:-\d{1,3})+)(?!\w)", "{x:letters}"),
    # 05-XL, as tenders are numbered.
    rule(
        "code",
        r"(?<!\w)[Gg]ói thầu(?:\ssố)?:?\s(?P<x>(?P<n>\d{1,3})-(?P<l>[A-ZĐ]{2,4}))(?!\w)",
        "{n:digits} {l:letters}",
    ),
    rule("code", r"(?:[Kk]ênh|[Đđ]ài|sóng|trên|xem)\s(?P<x>BTV)(?!\w)", "{x:letters}"),
    rule("code", r"(?<!\w)BTV(?=\s(?:FM|Go|Gold)(?!\w))", "{0:letters}"),
    rule("code", r"[Đđ]ài\s[^.;()]{2,40}\((?P<x>[A-Z]TV)(?=\))", "{x:letters}"),
    rule("code", r"(?<!\w)[Gg]iải\s[^\W_]+:?\s(?P<x>\d{5,6})(?!\w|[.,/-]\d|\s(?:đ|đồng|USD))", "{x:grouped}"),
    rule("number", r"(?<!\w)[Gg]iải\s[^\W_]+:\s(?P<x>0\d)(?!\w|[.,/-]\d)", "{x:digits}"),
    rule("code", r"(?<!\w)(?:lộ|xuất tuyến|phát tuyến|máy cắt|MC)\s(?P<x>4\d\d)(?!\w|[.,/-]\d)", "{x:digits}"),
    rule("code", r"(?<!\w)SBD(?::|\ssố)?\s(?P<x>\d{2,8})(?!\w)", "{x:grouped}"),
    rule("code", r"(?<!\w)(?P<l>[A-ZĐ]{1,4})(?P<n>\d{6,14})(?!\w)", _SERIAL),
    rule("code", r"(?<!\w)(?:số|sổ|giấy|seri)\s(?P<x>(?P<l>[A-ZĐ]{1,2})\s(?P<n>\d{5,8}))(?!\w)", _SERIAL),
    rule("code", r"(?<![\w.,/-])(?P<x>[1-9]\d{9,})(?![\w]|[.,/]\d)", "{x:grouped}"),
)

RULES: tuple[ReadingRule, ...] = (
    rule("range", r"(?<![\w-])(?P<l>[A-ZĐ]{1,3})\d{1,3}(?P<x>[-–])(?=(?P=l)\d{1,3}(?![\w-]))", " đến "),
    rule("code", r"(?<!\w)[A-Z]/[A-Z]\d+[A-Z]\d+(?!\w)", "{0:letters}"),
    rule("code", r"(?<!\w)(?P<x>(?P<w>[A-Z]{3,})(?P<n>\d{1,3}))(?!\w)", _named_code),
    rule(
        "code",
        r"(?<![\w.,])(?:[A-ZĐ]{1,3}\d{1,4}[A-ZĐ]?\d{0,3}|\d{1,4}[A-ZĐ]{1,2}\d{0,3})(?:/[A-ZĐ]?\d+)*(?!\w)",
        "{0:letters}",
    ),
    rule("code", r"(?<![\w.,])(?=[A-ZĐ]*\d)(?=\d*[A-ZĐ])[A-ZĐ\d]{4,20}(?!\w)", "{0:letters}"),
    rule("code", r"(?<=[A-Z]-)0\d{2,9}(?!\w)", "{0:digits}"),
    rule("code", r"(?<=\d)S(?!\w)", " ét"),
    rule("code", r"(?<=\d)[A-Z]{2,3}(?!\w)", " {0:letters}"),
    rule("code", r"(?<=[\s/])[A-ZĐ]\d{1,3}(?:[A-Z]\d{1,2})?(?!\w)", "{0:letters}"),
)
