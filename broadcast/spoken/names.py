"""Abbreviations, titles, foreign acronyms; letters nobody knows are spelt."""

from __future__ import annotations

import re
from collections.abc import Mapping

from broadcast.spoken.abbreviations import ABBREVIATIONS
from broadcast.spoken.alphabet import LOWER, SYLLABLE, UPPER
from broadcast.spoken.claiming import Rule, rule
from broadcast.spoken.numbers import cardinal, letters, ordinal, roman
from broadcast.spoken.words import FOREIGN, TITLES

_ONSETS = {"Tr": "trờ", "Th": "thờ", "Ph": "phờ", "Ng": "ngờ", "Nh": "nhờ", "Kh": "khờ", "Ch": "chờ", "Gi": "giờ"}
_LONGEST_OF_ONE = 4
_CONSONANTS = "BCDĐGHKLMNPQRSTVX"
_WHEN = r"hết|vào|sáng|trưa|chiều|tối|đêm|ngày|nghỉ|trừ"
"""Behind these T5 and CN are days of the week."""
_LED = r"Sở|Công ty|Cty|Trung tâm|TT|BQL|Ban|Bệnh viện|BV|Công an|CA|Chi nhánh|Ngân hàng|HTX|Đài|Điện lực|Kho bạc|Quỹ"


_LEADERS = {"TT": "trung tâm", "BQL": "ban quản lý", "BCĐ": "ban chỉ đạo", "PCT": "phó chủ tịch", "CT": "chủ tịch",
            "PGĐ": "phó giám đốc", "GĐ": "giám đốc", "VP": "văn phòng", "CLB": "câu lạc bộ", "HTX": "hợp tác xã",
            "CC": "chi cục", "TP": "trưởng phòng", "CTY": "công ty",
            "KQ": "kết quả", "CB": "cán bộ", "GV": "giáo viên", "CQ": "cơ quan", "ĐN": "đề nghị", "PC": "phòng chống",
            "QL": "quản lý", "DV": "dịch vụ", "ĐK": "đăng ký", "BV": "bệnh viện", "KH": "kế hoạch"}  # fmt: skip


def _any(words: Mapping[str, str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _initial(match: re.Match[str]) -> str:
    return letters(match["l"])


def _weekdays(match: re.Match[str]) -> str:
    last = f"thứ {ordinal(int(match['b']))}" if match["b"] else "Chủ nhật"
    return f"thứ {ordinal(int(match['a']))} đến {last}"


def _each_day(match: re.Match[str]) -> str:
    """T2-T4-T6: three days, no range."""
    days = re.findall(r"CN|\d", match[0])
    return ", ".join("Chủ nhật" if day == "CN" else f"thứ {ordinal(int(day))}" for day in days)


def _unsayable(match: re.Match[str]) -> str | None:
    """SOS, USA: what is no Vietnamese syllable can only be spelt."""
    return None if SYLLABLE.fullmatch(match[0]) else letters(match[0])


def _joined(match: re.Match[str]) -> str | None:
    """TH&THCS, BHXH-BHYT, PTDS-PCTT&TKCN: each part known by itself, or with its neighbours."""
    parts = re.split("([&-])", match[0])
    said, at = "", 0
    while at < len(parts):
        ends = (end for end in range(len(parts), at, -2) if "".join(parts[at:end]) in ABBREVIATIONS)
        end = next(ends, None)
        if end is None:
            return None
        said += ABBREVIATIONS["".join(parts[at:end])]
        said += {"&": " và ", "-": " - "}.get("".join(parts[end : end + 1]), "")
        at = end + 1
    return said


def _led(match: re.Match[str]) -> str | None:
    """TTKTTV: what leads is known, and so is the rest."""
    for length in (3, 2):
        leader, rest = _LEADERS.get(match[0][:length]), ABBREVIATIONS.get(match[0][length:])
        if leader and rest and len(match[0]) > length + 1:
            return f"{leader} {rest}"
    return _of_two(match[0])


def _of_two(text: str) -> str | None:
    """BCHĐTN, ĐHKHTN: two that are known, where they can be told apart in one way only."""
    cuts = [
        (ABBREVIATIONS[text[:at]], ABBREVIATIONS[text[at:]])
        for at in range(2, len(text) - 1)
        if len(text) > _LONGEST_OF_ONE and text[:at] in ABBREVIATIONS and text[at:] in ABBREVIATIONS
    ]
    return " ".join(cuts[0]) if len(cuts) == 1 else None


def _spelt(match: re.Match[str]) -> str:
    return letters(match[0])


def _initials(match: re.Match[str]) -> str:
    """Tr.V.H: what begins a name with two letters is one sound."""
    return " ".join(_ONSETS.get(part) or letters(part) for part in re.findall(r"[^\W\d_]+", match[0]))


RULES: tuple[Rule, ...] = (
    rule("name", r"[Bb]ão(?:\ssố\s\d{1,2})?\s\(?(?P<x>[A-Z]{4,12})(?!\w)", lambda match: match["x"].capitalize()),
    rule(
        "abbreviation",
        r"(?:VPĐKĐĐ|NH|bank|BIDV|BHXH|[Nn]gân hàng(?:\s[^\W\d_]+){0,4})\s(?P<x>CN)(?=\s)",
        "chi nhánh",
    ),
    rule(
        "abbreviation",
        rf"(?<![\w.])(?P<x>(?P<t>{_any(TITLES)})\.)(?=\s(?:{_any(TITLES)})\.?\s{UPPER}{LOWER})",
        lambda match: TITLES[match["t"]],
    ),
    rule(
        "abbreviation",
        rf"(?<![\w.])(?P<x>(?P<t>{_any(TITLES)})\.?)(?=\s?{UPPER}{LOWER})",
        lambda match: TITLES[match["t"]],
    ),
    rule(
        "abbreviation",
        r"(?<!\w)BĐ\s?(?P<n>[1-3]|I{1,3})(?!\w|[.,/]\d)",
        lambda match: f"báo động {cardinal(roman(match['n']) or int(match['n']))}",
    ),
    rule("range", r"(?<=BĐ[1-3I])\s?[-–]\s?(?=BĐ)", " đến "),
    rule("abbreviation", r"(?<!\d)[,(]\s?\d{1,3}(?P<x>t)(?=[),;.])", " tuổi"),
    rule("abbreviation", r"(?<!\w)SN(?=:?\s+[12]\d{3}(?!\w))", "sinh năm"),
    rule("abbreviation", r"(?<!\w)(?:T[2-7](?:(?:\s?[-–,/]\s?T[2-7])+\s?[-–,/]|\s?[,/])\s?(?:T[2-7]|CN))(?!\w)", _each_day),
    rule("range", r"(?<!\w)T(?P<a>[2-7])\s?[-–]\s?(?:T(?P<b>[3-7])|CN)(?!\w)", _weekdays),
    rule("abbreviation", r"(?<!\w)CN(?=,?\s*(?:ngày\s)?\(?\d)", "Chủ nhật"),
    rule(
        "abbreviation",
        r"(?<!\w)(?P<x>T(?P<n>[2-7]))(?=:|[,\s]*(?:CN|T[2-7]|ngày|hằng|hàng|đ/c|trực|\d{1,2}/)|\s?[-–]\s?(?:T[2-7]|CN)|\s(?:và|đến|&)\s(?:CN|T\d))",
        lambda match: f"thứ {ordinal(int(match['n']))}",
    ),
    rule(
        "abbreviation",
        r"(?:T[2-7]|thứ [2-7]|thứ \w+)(?:,\s|\svà\s|\s&\s|\s?[-–]\s?|\sđến\s)(?P<x>CN)(?!\w)",
        "Chủ nhật",
        re.IGNORECASE,
    ),
    rule(
        "abbreviation",
        rf"(?<!\w)(?:{_WHEN})\s(?P<x>T(?P<n>[2-7]))(?!\w)",
        lambda match: f"thứ {ordinal(int(match['n']))}",
        re.IGNORECASE,
    ),
    rule("abbreviation", rf"(?<!\w)(?:{_WHEN})\s(?P<x>CN)(?!\w)", "Chủ nhật", re.IGNORECASE),
    rule(
        "abbreviation",
        r"(?:T[2-6])(?:,\s|\svà\s|\s?[-–]\s?|\sđến\s)(?P<x>T(?P<n>[3-7]))(?!\w)",
        lambda match: f"thứ {ordinal(int(match['n']))}",
    ),
    rule("abbreviation", r"(?<!\w)BCH(?=\s+(?:PC|quân sự|Quân sự|QS|phòng|Phòng|PTDS|TKCN))", "Ban chỉ huy"),
    rule(
        "abbreviation",
        rf"(?<!\w)CA(?=[,.;:)/]|\s\d|\s+(?!{UPPER}{{2,}}\s+{UPPER}{{2,}})[^\W\d]|$)(?!\s(?:NHẠC|SĨ|KHÚC|HÁT|CAO))",
        "Công an",
    ),
    rule("abbreviation", r"(?<!\w)ĐT(?=\s*:|\s+0\d|\s*\(0|/(?:Zalo|zalo|fax|Fax))", "điện thoại"),
    rule("abbreviation", r"(?<!\w)(?:(?<=[Pp]hó )CT|CT(?=\s+(?:UBND|HĐND|UBMTTQ|MTTQ|Hội|HĐQT)))(?!\w)", "Chủ tịch"),
    rule("abbreviation", rf"(?<!\w)GĐ(?=\s+(?:{_LED}))", "Giám đốc"),
    rule("abbreviation", r"(?<!\w)GĐ(?=\s?(?:\d|[IVX]+(?!\w)))", "giai đoạn"),
    rule("abbreviation", r"(?<=[Vv]ụ )ĐX(?!\w)|(?<=[Ll]úa )ĐX(?!\w)", "Đông Xuân"),
    rule("abbreviation", r"(?<=[Vv]ụ )HT(?!\w)|(?<=[Ll]úa )HT(?!\w)", "Hè Thu"),
    rule("abbreviation", r"(?<=hộ )GĐ(?!\w)|(?<=bạo lực )GĐ(?!\w)", "gia đình"),
    rule("abbreviation", r"(?<!\w)NV(?=\s?\d(?!\w))", "nguyện vọng"),
    rule("abbreviation", r"(?<!\w)QK(?=\s?\d(?!\w))", "Quân khu"),
    rule("abbreviation", r"(?<!\w)TT(?=\s+(?:HĐND|Đảng ủy|Tỉnh ủy|Huyện ủy|UBMTTQ|MTTQ))", "Thường trực"),
    rule("abbreviation", r"(?<!\w)(?P<l>[Đđ])/[cC](?=:|\s(?:số\s)?\d)", lambda match: f"{match['l']}ịa chỉ"),
    rule("abbreviation", r"(?<=[Đđ]oàn )TN(?!\w)", "thanh niên"),
    rule("foreign", rf"(?<!{UPPER}{{2}} )(?<!\w)AI(?!\w|\s{UPPER}{{2}})", "ây ai"),
    rule("abbreviation", r"(?<=[Cc]ấp )QG(?!\w)|(?<=[Tt]ầm )QG(?!\w)|(?<=chuẩn )QG(?!\w)", "quốc gia"),
    rule("abbreviation", r"(?<=[Cc]ụm )CN(?!\w)|(?<=[Kk]hu )CN(?!\w)", "công nghiệp"),
    rule(
        "abbreviation", r"(?<=[Tt]hủ tướng )CP(?!\w)|(?<=[Vv]ăn phòng )CP(?!\w)|(?<=thành viên )CP(?!\w)", "Chính phủ"
    ),
    rule(
        "abbreviation",
        r"(?<!\w)ĐH(?=\s(?:Đảng|Đoàn|Hội|Công đoàn|công đoàn|chi bộ|Chi bộ|đảng bộ|chi đoàn|Chi đoàn|lần thứ|Mặt trận|đại biểu|XIII|XIV|TDTT))",
        "Đại hội",
    ),
    rule("abbreviation", r"(?<!\w)[ØΦ]\s?(?=\d)", "phi "),
    rule("abbreviation", r"(?<!\w)UV(?=\s(?:BTV|BCH|UBKT|UBND|Ban|Ủy ban|Đoàn|Thường)(?!\w))", "ủy viên"),
    rule("abbreviation", r"(?<=\d\s)TH(?!\w)", "trường hợp"),
    rule(
        "abbreviation",
        r"(?i:điểm|giá|nhiệt độ|mưa|lượng|mức|loại|sức|hạng|năng suất|chiều cao|trên|dưới)\s(?P<x>TB)(?!\w)",
        "trung bình",
    ),
    rule("abbreviation", r"(?<!\w)TB(?=:|\s(?:lịch|kết quả|về|kết luận|tuyển|của))|(?<=ra )TB(?!\w)", "thông báo"),
    rule("abbreviation", r"(?<!\w)(?:[Nn]gày|[Cc]ông tác|[Cc]hi cục|[Cc]án bộ|ngành)\s(?P<x>DS)(?!\w)", "dân số"),
    rule("abbreviation", r"(?<!\w)HK(?=\s(?:[Tt]ốt|[Kk]há|TB))", "hạnh kiểm"),
    rule("abbreviation", r"(?<=\d )CS(?!\w)", "cơ sở"),
    rule("abbreviation", r"(?<!\w)BT(?=[/,]\s?CT(?!\w)|\s(?:Đảng ủy|ĐU|[Cc]hi bộ|Đoàn|Tỉnh ủy)(?!\w))", "Bí thư"),
    rule("abbreviation", r"(?<!\w)CT(?=[/,]\s?PCT(?!\w))|(?<=BT/)CT(?!\w)|(?<=BT, )CT(?!\w)", "Chủ tịch"),
    rule(
        "abbreviation",
        r"(?:TTHC|[Hh]ồ sơ|đúng hạn|trễ hạn|quá hạn|[Tt]iếp nhận|giải quyết)(?!\w)[^;\n]{0,40}\d\s(?P<x>HS)(?!\w)",
        "hồ sơ",
    ),
    rule("abbreviation", r"(?<=SGK/)STK(?!\w)|(?<=SGK, )STK(?!\w)", "sách tham khảo"),
    rule("abbreviation", r"(?<=phòng )BM(?!\w)", "bộ môn"),
    rule("abbreviation", r"(?<=\+)TE(?!\w)", "tê e"),
    rule("abbreviation", r"\d[hg](?:\d\d)?/(?P<x>CN)(?!\w)", "Chủ nhật"),
    rule("abbreviation", r"(?<=VP )BCH(?!\w)", "Ban chỉ huy"),
    rule("abbreviation", r"(?<=về )DC(?!\w)", "dân cư"),
    rule("abbreviation", r"(?<=\d )TC(?!\w)", "tiêu chí"),
    rule("abbreviation", r"(?<=\d )CT(?=,|\s(?:đã|đi|bầu|trong))", "cử tri"),
    rule("abbreviation", r"(?<=xe )CC(?!\w)", "chữa cháy"),
    rule("abbreviation", r"(?<=\d )ĐT(?=\s[^\W\d])", "điện thoại"),
    rule(
        "abbreviation",
        r"(?<!\w)QH(?=\s(?:1/\d|chi tiết|chung|phân khu|sử dụng|xây dựng))|(?<=chỉnh )QH(?!\w)|(?<=[Đđ]ồ án )QH(?!\w)",
        "quy hoạch",
    ),
    rule("abbreviation", r"(?<=\d )P(?=[,.;)]|$)", "phường"),
    rule("abbreviation", r"(?<!\w)ĐD(?=\s\d{2,3}\s?[kK]V)", "đường dây"),
    rule("abbreviation", r"(?<=quý )PH(?!\w)|(?<!\w)PH(?=\s(?:lớp|khối|HS|học sinh)(?!\w))", "phụ huynh"),
    rule(
        "abbreviation",
        r"(?<!\w)HĐ(?=\s(?:mua|thuê|lao động|tín dụng|kinh tế|cung cấp|số|bảo hiểm|xây dựng|thi công|dịch vụ)(?!\w))",
        "hợp đồng",
    ),
    rule("abbreviation", r"(?<!\w)TC(?=\s(?:số\s)?\d{1,2}(?!\w))", "tiêu chí"),
    rule("abbreviation", r"(?<=\d )NV(?!\w)", "nhân viên"),
    rule("abbreviation", r"(?<=\d )SP(?!\w)", "sản phẩm"),
    rule("abbreviation", r"(?<=CB/)CC(?!\w)|(?<=CB, )CC(?!\w)|(?<=CB,)CC(?!\w)", "công chức"),
    rule("abbreviation", r"(?<=[Gg]iải )BC(?!\w)|(?<!\w)BC(?=\shơi(?!\w))", "bóng chuyền"),
    rule("abbreviation", r"(?<=\()TQ(?=\))|(?<=hàng )TQ(?!\w)", "Trung Quốc"),
    rule("abbreviation", r"(?:CMHS|PHHS|HS|[Hh]ọc sinh|[Pp]hụ huynh)\s(?P<x>K)(?=\d{1,2}(?!\w))", "khối "),
    rule("abbreviation", r"(?<=[Kk]hu )ĐT(?!\w)", "đô thị"),
    rule("abbreviation", r"(?<=[Tt]ổ )BC(?!\w)", "bầu cử"),
    rule("abbreviation", r"(?<!\w)(?P<x>P\.)(?=\s?(?:GD|TC|KT|VH|NN|TN|LĐ|NV|CS|PC)[A-ZĐ&-]{0,8}(?!\w))", "Phòng "),
    rule("abbreviation", r"(?<=môn )NN(?!\w)", "ngoại ngữ"),
    rule("abbreviation", r"(?<!\w)(?P<l>[Tt])r\.\s?(?=\d)", lambda match: f"{match['l']}rang "),
    rule("abbreviation", r"(?<!\w)TN(?=\sTHPT)", "tốt nghiệp"),
    rule("abbreviation", r"(?<=\d )TN(?!\w)", "thanh niên"),
    rule("abbreviation", r"(?<!\w)TK(?=\s\d{1,4},?\s(?:khoảnh|lô))", "tiểu khu"),
    rule("abbreviation", r"(?<!\w)NH(?=\s20\d\d)", "năm học"),
    rule(
        "abbreviation",
        r"(?<!\w)TP(?=\svề\s)|(?<=chống )TP(?!\w)|(?<=tố giác )TP(?!\w)|(?<=tội phạm, )TP(?!\w)",
        "tội phạm",
    ),
    rule("abbreviation", r"(?:TP|[Tt]ội phạm)\svề\s(?P<x>MT)(?!\w)", "ma túy"),
    rule("abbreviation", r"(?<!\w)HL(?=\s(?:[Gg]iỏi|[Kk]há|[Tt]ốt|TB))", "học lực"),
    rule("abbreviation", r"(?<!\w)HT(?=\s(?:[A-Z]|\d|UBND|lớn|xã|thôn)(?!\w))", "hội trường"),
    rule("abbreviation", r"(?<!\w)TK(?=:|\s(?:số|KBNN|NH|ngân hàng|\d))", "tài khoản"),
    rule("abbreviation", r"(?:[Gg]iải|[Ss]ân|[Đđ]ội|[Mm]ôn)\s(?P<x>BĐ)(?!\w)", "bóng đá"),
    rule("abbreviation", r"(?<!\w)H(?=[12]:\s)", "hiệp "),
    rule(
        "abbreviation",
        r"\d(?:[hg]|[hg:]\d\d)'?(?:\s|\s?[-–,/]\s?)(?P<x>T(?P<n>[2-7]))(?!\w)",
        lambda match: f"thứ {ordinal(int(match['n']))}",
    ),
    rule("abbreviation", r"(?<!\w)BS(?=:?\s\d\d[ -]?[A-ZĐ])", "biển số"),
    rule("abbreviation", r"(?<=[Gg]iải )ĐB(?!\w)", "đặc biệt"),
    rule("abbreviation", r"(?<=[Mm]ã )KH(?!\w)", "khách hàng"),
    rule("abbreviation", r"(?<!\w)(?:DT|dt)(?=:?\s+\d)", "diện tích"),
    rule("range", r"(?<=\d)\s?[-–]\s?(?=[ØΦ]\s?\d)", " đến "),
    rule("abbreviation", r"(?<=% )DT(?!\w)", "dự toán"),
    rule("abbreviation", r"(?<!\w)KV(?=\s?\d{1,2}(?!\w))", "khu vực"),
    rule(
        "abbreviation",
        r"(?<!\w)TT(?=\s+(?:y tế|Y tế|văn hóa|Văn hóa|giáo dục|dịch vụ|Dịch vụ|hành chính|Hành chính|"
        r"(?:KTTV|PVHCC|HCC|DVNN|DVVL|GDTX|GDNN|YTDP|KSBT|VHTT|VH|TDTT|CNTT|KN|NSH|DVC|BTXH)(?!\w)))",
        "Trung tâm",
    ),
    rule("abbreviation", r"(?<!\w)BV(?=[\s/,])", "bệnh viện"),
    rule("foreign", rf"(?<![\w&.])(?:{_any(FOREIGN)})(?![\w&])", lambda match: FOREIGN[match[0]]),
    rule("abbreviation", r"(?<![\w&-])[A-ZĐƯ]{2,}(?:[&-][A-ZĐƯ]{2,})+(?![\w&-])", _joined),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZĐ][hgri]{0,2}\.){2,}[A-ZĐ]?(?!\w)", _initials),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZĐ][hgri]{0,2}\.\s){1,3}[A-ZĐ]\.(?!\w)", _initials),
    rule("abbreviation", rf"(?<![\w&])(?:{_any(ABBREVIATIONS)})(?![\w&])", lambda match: ABBREVIATIONS[match[0]]),
    rule("abbreviation", r"(?<![\w&-])[A-ZĐƯ]{4,}(?![\w&-])", _led),
    rule(
        "abbreviation",
        rf"(?:{UPPER}{LOWER}+\s{UPPER}{LOWER}+|(?:^|\W)(?i:ông|bà|anh|chị|em|cháu))\s(?P<x>(?P<l>{UPPER})(?:\.(?=\s*[,(]|\s+{LOWER}))?)(?=\s*[,.(]|\s+{LOWER}|\s*$)",
        _initial,
    ),
    rule("abbreviation", rf"(?<!\w)[{_CONSONANTS}]{{2,7}}(?!\w)", _spelt),
    rule("abbreviation", r"(?<!\w)[A-ZĐƯ]{2,4}(?!\w)", _unsayable),
)
