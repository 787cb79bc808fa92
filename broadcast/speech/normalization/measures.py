"""Numbers with a unit: percentages, money, temperatures, lengths; alone, negative, and as the two ends of a range."""

import re

from broadcast.speech.normalization.alphabet import DASH
from broadcast.speech.normalization.numbers import NUMBER, cardinal, led, portion, said
from broadcast.speech.normalization.rules import ReadingRule, rule
from broadcast.speech.normalization.units import PER, UNITS

_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_LONG_UNIT = "|".join(
    sorted((re.escape(unit) for unit in UNITS if len(unit) > 1 and unit[0].isalpha()), key=len, reverse=True)
)
_ALONE = r"km2|m2|m3|cm2|m²|m³|km²|cm³|m3/s|km/h|m/s|mm|cm|km|kg|kWh|kV|MW|mmHg|°C|ºC|độ C|USD|VNĐ|VND|ha"
_BEFORE = r"(?<![\w])(?:(?<!\d[.,/:-])|(?<=m[23]/))"
_AFTER = r"(?![\w²³])(?!/\d(?![\d.,]*\s?(?:[A-Za-z]|[-–])))"
_MINUS = r"(?P<minus{tag}>(?<![\w)])(?:[-–](?=\d)|−\s?))?"
_COUNTED = r"người|hộ|khẩu|lượt|trẻ|em|con|suất|cây|phiếu|cử tri|học sinh|ca|liều|thẻ|hồ sơ"
"""Counted things, without thousandths: 3,500 người is the English way."""
_SPACED = r"\d{1,3}(?:[ \u00a0]\d{3}){1,4}"
_PAIR, _MOST_PARTS = 2, 10
_RANGE = rf"(?:{DASH}|\s?÷\s?|\s?~\s?)"


def _signed(match: re.Match[str], tag: str) -> str:
    return ("âm " if match["minus" + tag] else "") + said(match["n" + tag])


def _measure(match: re.Match[str]) -> str:
    return f"{_signed(match, '1')} {UNITS[match['u1']]}"


def _range(match: re.Match[str]) -> str:
    """Of one kind; 12V-7Ah are two things."""
    first = f" {UNITS[match['u1']]}" if match["u1"] else ""
    is_one_kind = not first or re.split("[ -]", first)[-1] == re.split("[ -]", UNITS[match["u2"]])[-1]
    joint = " đến" if is_one_kind else ","
    return f"{_signed(match, '1')}{first}{joint} {_signed(match, '2')} {UNITS[match['u2']]}"


def _spaced(match: re.Match[str]) -> str:
    unit = UNITS.get(match["u"], match["u"])
    return f"{cardinal(int(re.sub(r'[^0-9]', '', match['n'])))} {unit}"


def _prefixed(match: re.Match[str]) -> str:
    return f"{said(match['n'])}{match['big'] or ''} {UNITS[match['u'].strip()]}"


def _dimensions(match: re.Match[str]) -> str:
    """3x4m, 3m x 4m: the unit is said where it stands."""
    parts = (
        re.fullmatch(rf"({NUMBER})(?:[-–]({NUMBER}))?\s?(.*)", part.strip()) for part in re.split("[x×]", match[0])
    )
    return " nhân ".join(
        f"{' đến '.join(map(said, filter(None, part.group(1, 2))))} {UNITS.get(part[3], '')}".strip()
        for part in parts
        if part
    )


def _and_part(match: re.Match[str]) -> str | None:
    """1m65, 2kg5; but 3m2 is an area and 3m3 a volume."""
    if match["u"] == "m" and match["rest"] in {"2", "3"}:
        return None
    return f"{cardinal(int(match['n']))} {UNITS[match['u']]} {led(match['rest'])}"


def _million_and(match: re.Match[str]) -> str:
    """2tr5, 5tr500: the second number counts hundreds of thousands, or thousands."""
    rest = match["rest"]
    thousands = int(rest) * (100, 10, 1)[len(rest) - 1]
    return f"{cardinal(int(match['n']))} triệu {cardinal(thousands)} nghìn"


def _one_over_another(match: re.Match[str]) -> str:
    """110/22kV; but 2/3 ha is a part of one."""
    parts = match["n"].split("/")
    if len(parts) == _PAIR and all(map(str.isdecimal, parts)) and 0 < int(parts[0]) < int(parts[1]) <= _MOST_PARTS:
        return f"{portion(*map(int, parts))} {UNITS[match['u']]}"
    return f"{' trên '.join(map(said, parts))} {UNITS[match['u']]}"


def _in(match: re.Match[str]) -> str:
    """80mm/3 giờ falls in three hours; 90k/30 ngày pays for thirty days; 20ml/16 lít is a dose in water."""
    word = {"mm": "trong", "mg": "trên"}.get(match["u"], "cho")
    return f" {word} {said(match['n'])} {UNITS.get(match['of'], match['of'])}"


def _per(match: re.Match[str]) -> str | None:
    """None: no unit of ours, and a power stands in it that is still to be said."""
    unit = _one(match["per"])
    return None if any(map(str.isdigit, unit)) else f" một {unit}"


def _one(unit: str) -> str:
    return PER.get(unit) or (UNITS.get(unit, unit) if len(unit) > 1 else unit)


RULES: tuple[ReadingRule, ...] = (
    rule(
        "money", r"\$(?P<n>\d{1,3},\d{3})(?![\w,.]\d)", lambda m: f"{cardinal(int(m['n'].replace(',', '')))} đô la Mỹ"
    ),
    rule(
        "measure",
        r"(?:cao|trẻ|trẻ em|em)\s(?:từ\s|dưới\s|trên\s)?[<>≥≤]?\s?(?P<x>1m(?P<n>[23]))(?!\w)",
        "một mét {n:cardinal}",
    ),
    rule(
        "measure",
        r"[Đđ]iểm(?!\w)[^.;\n]{0,40}\s(?P<x>(?P<a>\d{1,2}(?:,\d{1,2})?)[-–](?P<n>\d{1,2}(?:,\d{1,2})?)đ)(?!\w)",
        "{a:said} đến {n:said} điểm",
    ),
    rule(
        "number",
        rf"{_BEFORE}\d{{1,3}},\d{{3}}(?=\s?(?:{_COUNTED})(?!\w))",
        lambda match: cardinal(int(match[0].replace(",", ""))),
    ),
    rule("per", rf"\d\s?(?P<u>ml|mg|g|kg)(?P<x>/(?P<n>{NUMBER})\s?(?P<of>lít|l|kg|ha|m2|m²|sào|ml|g))(?!\w)", _in),
    rule(
        "measure",
        rf"{_BEFORE}{NUMBER}\s?(?:{_UNIT})?(?:\s?[x×]\s?{NUMBER}(?:[-–]{NUMBER})?\s?(?:{_UNIT})?)+{_AFTER}",
        _dimensions,
    ),
    rule("measure", rf"{_BEFORE}(?P<n>\d{{1,3}})(?P<u>m|kg)(?P<rest>\d{{1,2}})(?![\w]|/\w)", _and_part),
    rule("money", rf"{_BEFORE}(?P<n>\d{{1,3}})\s?(?:tr|triệu)(?P<rest>\d{{1,3}}){_AFTER}", _million_and),
    rule("money", rf"{_BEFORE}(?P<n>{_SPACED})\s?(?P<u>đồng|đ|VNĐ|VND|USD){_AFTER}", _spaced),
    rule("money", rf"(?P<u>\$|€|(?<![Gg]iá )USD\s)(?P<n>{NUMBER})(?P<big>\s(?:nghìn|triệu|tỷ))?{_AFTER}", _prefixed),
    rule(
        "measure",
        rf"{_BEFORE}{NUMBER}(?:[-–]{NUMBER}){{2,4}}\s?(?P<u>{_LONG_UNIT}|m|%){_AFTER}",
        lambda match: (
            f"{', '.join(map(said, re.findall(NUMBER, match[0].removesuffix(match['u']))))} {UNITS[match['u']]}"
        ),
    ),
    rule(
        "range",
        rf"{_BEFORE}{_MINUS.format(tag='1')}(?P<n1>{NUMBER})\s?(?P<u1>{_UNIT})?{_RANGE}"
        rf"{_MINUS.format(tag='2')}(?P<n2>{NUMBER})\s?(?P<u2>{_UNIT}){_AFTER}",
        _range,
    ),
    rule(
        "measure",
        rf"{_BEFORE}(?P<n>{NUMBER}(?:/{NUMBER})+)\s?(?P<u>{_LONG_UNIT}|V|W|m){_AFTER}",
        _one_over_another,
    ),
    rule("measure", r"(?:SÂU|CAO|DÀI|RỘNG|TRÊN|DƯỚI|[><≥≤])\s?(?P<x>(?P<n>\d(?:[.,]\d)?)M)(?!\w)", "{n:said} mét"),
    rule("measure", r"(?<![\w.,/-])(?P<n>[1-9]\d?(?:,\d{1,2})?)đ(?![\w/-])", "{n:said} điểm"),
    rule("measure", rf"{_BEFORE}{_MINUS.format(tag='1')}(?P<n1>{NUMBER})\s?(?P<u1>{_UNIT}){_AFTER}", _measure),
    rule(
        "measure",
        r"(?:[Nn]ữ|[Nn]am|[Nn]gười|[Tt]rẻ|[Pp]hụ nữ|[Cc]háu|[Cc]ụ|[Ee]m)\s(?:từ\s)?(?:\d{1,2}\s?[-–]\s?)?"
        r"(?P<x>(?P<n>\d{1,3})[tT])(?!\w)",
        "{n:said} tuổi",
    ),
    rule("measure", r"(?:[≥≤<>]|trên|dưới|đủ)\s?(?P<x>(?P<n>[1-9]\d)t)(?!\w)(?<!tải trên \d\dt)", "{n:said} tuổi"),
    rule("measure", r"(?<!\w)(?P<n>\d)v(?=\s?[x×/])", "{n:said} viên"),
    rule(
        "measure",
        r"(?<!\w)(?P<n>\d{1,2})T(?:/(?P<y>20\d\d)(?!\w|[.,/-]\d)|(?=\s(?:đầu|cuối) năm))",
        lambda match: f"{said(match['n'])} tháng" + (f" năm {said(match['y'])}" if match["y"] else ""),
    ),
    rule("per", r"/tCO2e?(?!\w)", " một tấn xê o hai"),
    rule("measure", r"(?i:lãi suất|kỳ hạn|kì hạn|bảo hành)\s(?P<x>(?P<n>\d{1,2})T)(?!\w)", "{n:said} tháng"),
    rule("measure", rf"{_BEFORE}(?P<n>{NUMBER})(?:T{_AFTER}|\sT(?=/))", "{n:said} tấn"),
    rule("per", r"(?<=[^\W\d_])(?P<x>/(?P<per>MW|kW|kWp|MWp|MVA|kVA|GB|MB|HP|CV))(?!\w)", _per),
    rule("per", r"\d\s?(?P<u>mm|đồng|đ|k|%)(?P<x>/(?P<n>\d{1,3})\s?(?P<of>h|giờ|ngày|tháng|năm))(?!\w)", _in),
    rule("per", r"[^\W\d_](?P<x>/(?P<n>24|48|72)\s?(?P<of>h|giờ))(?!\w)", " trong {n:said} giờ"),
    rule("per", r"(?<=[^\W\d_])(?<![A-ZĐ]{2})(?P<x>/(?P<per>HS|SV|BN|TB|HGĐ|HTX|GV|VĐV|SP|NPT|CT|ngđ))(?!\w)", _per),
)

_KINDS = r"tỉnh|thành phố|huyện|xã|phường|thị trấn|thôn|bản|ấp|khu phố|tổ dân phố|cơ quan|trường|lớp|ông|anh"
LATE_RULES: tuple[ReadingRule, ...] = (
    rule(
        "per",
        rf"(?<=[^\W\d_])(?P<x>/)(?={NUMBER}\s?(?:ml|g|kg|l|lít|km2|m2|ha|dân|người|trẻ|phụ nữ|bà mẹ)(?!\w))",
        " trên ",
    ),
    rule("per", rf"(?<!\w)(?:{_KINDS})(?P<x>/)(?=(?:{_KINDS}|đơn vị|đặc khu|bà|chị|nhóm)(?!\w))", ", "),
    rule(
        "per",
        r"(?<=[^\W\d_]|[%‰²³23'′’])(?:(?<![A-ZĐ]{3})|(?!/(?:nhà|phòng|căn|đơn vị)))"
        r"(?P<x>/(?P<per>kWh|kg|g|ha|km2|km²|km|m2|m²|m3|m³|ml|lít|l|h|s|m|cm|ngày|tháng|th|năm|tuần|giờ|phút|"
        r"giây|hộ|người|khẩu|suất|chuyến|lần|lượt|con|cây|cái|chiếc|vé|tấn|tạ|bộ|buổi|đợt|vụ|phòng|đêm|đầu người|"
        r"học sinh|trẻ|em|sào|quý|ca|liều|hồ sơ|gói|chai|bao|thùng|trường hợp|xe|thẻ|mũi|đơn vị|nhà|căn|phiếu|"
        r"nhân khẩu|lao động|gốc|hố|luống|mẫu|hội viên|đoàn viên|thành viên|đại biểu))(?!\w)",
        _per,
    ),
    rule("per", rf"\d\s?(?P<u>m2|m²|m3|m³|ha|kg|tấn|km)(?P<x>/)(?={NUMBER}\s?(?P=u)(?!\w))", " trên "),
    rule("per", r"\d\.\d{3}(?P<x>/(?P<per>[^\W\d_]{1,8}))(?!\w)", _per),
    rule("per", r"\d(?P<x>/(?P<per>mm3|mm³|ml|km2|km²|m2|m²|ha))(?!\w)", " trên {per:unit}"),
    rule(
        "per",
        rf"\d\s?(?P<u>m|km|ha|tấn|kg|m2|m3)(?P<x>/)(?={NUMBER}\s?(?!(?P=u)(?!\w))(?:m|km|ha|tấn|kg|m2|m3)(?!\w))",
        " trên ",
    ),
    rule("per", r"(?<=[^\W\d_])/(?=USD|EUR|AUD|CNY|JPY)", " một "),
    rule(
        "per",
        r"\d\s?(?:(?:nghìn|ngàn|triệu|tỷ)\s)?[^\W\d]+[23²³]?(?P<x>/(?P<per>[^\W\d_]+))(?!\w)",
        _per,
    ),
    rule("per", r"(?<=\d%)/(?=[^\W\d_])", " trên "),
    rule("measure", rf"(?<![\w/])(?:{_ALONE})(?!\w)", "{0:unit}"),
)
"""đồng/tháng, người/km2, lượt/ngày."""
