"""Abbreviations, titles, foreign names and acronyms; unknown ones are spelt."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.speech.normalization.abbreviations import ABBREVIATIONS
from broadcast.speech.normalization.alphabet import LOWER, SYLLABLE, UPPER
from broadcast.speech.normalization.numbers import letters
from broadcast.speech.normalization.rules import ReadingRule, rule

FOREIGN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ASEAN": "A-xê-an", "NATO": "Na-tô", "APEC": "A-péc", "UNESCO": "U-nét-xcô", "UNICEF": "U-ni-xép",
        "WHO": "Tổ chức Y tế Thế giới", "WTO": "Tổ chức Thương mại Thế giới",
        "FAO": "Tổ chức Lương thực và Nông nghiệp", "UNDP": "Chương trình Phát triển Liên hợp quốc",
        "LHQ": "Liên hợp quốc", "EU": "Liên minh châu Âu", "OPEC": "Ô-péc", "INTERPOL": "In-tơ-pôn",
        "Interpol": "In-tơ-pôn", "FIFA": "Phi-pha", "AFF": "a ép ép", "SEA Games": "Xi Ghêm", "SEA": "Xi",
        "UAV": "u a vê", "LED": "lét", "VN-Index": "vê nờ in-đéch",
        "SARS": "xác", "MERS-CoV": "mét cô vê", "SARS-CoV-2": "xác cô vê hai", "IoT": "ai ô ti",
        "BMI": "bê mờ i", "AIDS": "ết", "HIV/AIDS": "hát i vê, ết", "HIV": "hát i vê", "COVID": "Cô-vít",
        "Covid": "Cô-vít",
        "COVID-19": "Cô-vít mười chín", "Covid-19": "Cô-vít mười chín", "STEM": "Stem", "EUR": "ơ-rô",
        "NPK": "nờ pê ca", "NaCl": "nát-ri clo-rua", "KCl": "ka-li clo-rua", "CaCO3": "can-xi các-bô-nát",
        "MgSO4": "ma-giê sun-phát", "CuSO4": "đồng sun-phát", "ISBN": "i ét bê nờ", "ISSN": "i ét ét nờ",
        "NaOH": "nát-ri hi-đrô-xít",
        "FM": "ép mờ", "AQI": "a quy i", "SJC": "ét gi xê",
        "CEO": "xi i âu", "MC": "em xi", "IP": "ai pi", "PAR INDEX": "pa in-đéch", "PAR Index": "pa in-đéch",
        "SIPAS": "xi-pát", "E.coli": "e cô-li", "E. coli": "e cô-li", "DAP": "đê a pê", "RT-PCR": "rờ tê pê xê rờ",
        "PCR": "pê xê rờ", "container": "công-ten-nơ",
        "Container": "Công-ten-nơ", "IELTS": "ai-eo", "TOEIC": "tô-ích", "TOEFL": "tô-phồ", "OCOP": "ô-cốp",
        "GDP": "gờ đê pê",
        "GRDP": "gờ rờ đê pê", "FDI": "ép đê i", "ODA": "o đê a", "PAPI": "pa-pi", "PCI": "pê xê i",
        "VietGAP": "Việt-gáp", "GlobalGAP": "Gờ-lô-ban-gáp", "ISO": "i-xô", "IUU": "i u u", "VMS": "vê mờ ét",
        "GPS": "gờ pê ét", "SMS": "ét mờ ét", "ATM": "a tê mờ", "QR": "quy a", "USD": "đô la Mỹ", "VND": "đồng",
        "VNĐ": "đồng", "covid": "cô-vít", "ORS": "o rờ ét", "ADN": "a đê nờ", "VIP": "víp", "NGO": "nờ gờ o",
        "VNeID": "vê nờ e i đê", "VssID": "vê ét ét i đê", "VNPT": "vê nờ pê tê", "OTP": "ô tê pê", "PIN": "pin",
        "Internet": "In-tơ-nét", "internet": "in-tơ-nét", "Wi-Fi": "oai-phai", "wifi": "oai-phai", "WiFi": "oai-phai",
        "Wifi": "oai-phai", "Facebook": "Phây-búc", "facebook": "phây-búc", "Zalo": "Da-lô", "zalo": "da-lô",
        "YouTube": "Diu-túp", "Youtube": "Diu-túp", "TikTok": "Tích-tốc", "Tiktok": "Tích-tốc", "email": "i-meo",
        "Email": "I-meo", "E-mail": "I-meo", "e-mail": "i-meo", "website": "oép-sai", "Website": "Oép-sai",
        "video": "vi-đê-ô", "Video": "Vi-đê-ô", "online": "on-lai", "Online": "On-lai", "fax": "phách",
        "Fax": "Phách", "camera": "ca-mê-ra", "Camera": "Ca-mê-ra", "USB": "u ét bê", "hotline": "đường dây nóng",
        "Hotline": "Đường dây nóng", "HOTLINE": "ĐƯỜNG DÂY NÓNG",
    }
)  # fmt: skip

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GS.TSKH": "giáo sư tiến sĩ khoa học", "GS.TS": "giáo sư tiến sĩ", "PGS.TS": "phó giáo sư tiến sĩ",
        "PGS,TS": "phó giáo sư tiến sĩ", "PGS, TS": "phó giáo sư tiến sĩ", "GS,TS": "giáo sư tiến sĩ",
        "GS, TS": "giáo sư tiến sĩ", "TS.BS": "tiến sĩ bác sĩ", "ThS.BS": "thạc sĩ bác sĩ",
        "PGS.TS.BS": "phó giáo sư tiến sĩ bác sĩ", "GS": "giáo sư", "PGS": "phó giáo sư",
        "TSKH": "tiến sĩ khoa học", "TS": "tiến sĩ", "ThS": "thạc sĩ", "Ths": "thạc sĩ", "BS": "bác sĩ",
        "BS.CKI": "bác sĩ chuyên khoa một", "BS.CKII": "bác sĩ chuyên khoa hai", "BSCKI": "bác sĩ chuyên khoa một",
        "BSCKII": "bác sĩ chuyên khoa hai", "BS.CK1": "bác sĩ chuyên khoa một", "BS.CK2": "bác sĩ chuyên khoa hai",
        "DS": "dược sĩ", "KS": "kỹ sư", "LS": "luật sư", "CN": "cử nhân", "NSƯT": "Nghệ sĩ Ưu tú",
        "NSND": "Nghệ sĩ Nhân dân", "KTS": "kiến trúc sư", "ĐD": "điều dưỡng", "NGƯT": "Nhà giáo Ưu tú",
        "AHLLVT": "Anh hùng Lực lượng vũ trang",
    }
)  # fmt: skip
"""Before a name."""
_ONSETS = {"Tr": "trờ", "Th": "thờ", "Ph": "phờ", "Ng": "ngờ", "Nh": "nhờ", "Kh": "khờ", "Ch": "chờ", "Gi": "giờ"}
_LONGEST_OF_ONE = 4
_CONSONANTS = "BCDĐGHKLMNPQRSTVX"


_LEADERS = {"TT": "trung tâm", "BQL": "ban quản lý", "BCĐ": "ban chỉ đạo", "PCT": "phó chủ tịch", "CT": "chủ tịch",
            "PGĐ": "phó giám đốc", "GĐ": "giám đốc", "VP": "văn phòng", "CLB": "câu lạc bộ", "HTX": "hợp tác xã",
            "CC": "chi cục", "TP": "trưởng phòng", "CTY": "công ty",
            "KQ": "kết quả", "CB": "cán bộ", "GV": "giáo viên", "CQ": "cơ quan", "ĐN": "đề nghị",
            "QL": "quản lý", "DV": "dịch vụ", "ĐK": "đăng ký", "BV": "bệnh viện", "KH": "kế hoạch"}  # fmt: skip


def _any(words: Mapping[str, str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _unsayable(match: re.Match[str]) -> str | None:
    """SOS, USA: spelt, as no Vietnamese syllable is like that."""
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
    """BCHĐTN, ĐHKHTN: two known ones, where they can be parted in one way only."""
    cuts = [
        (ABBREVIATIONS[text[:at]], ABBREVIATIONS[text[at:]])
        for at in range(2, len(text) - 1)
        if len(text) > _LONGEST_OF_ONE and text[:at] in ABBREVIATIONS and text[at:] in ABBREVIATIONS
    ]
    return " ".join(cuts[0]) if len(cuts) == 1 else None


def _initials(match: re.Match[str]) -> str:
    """Tr.V.H: what begins a name with two letters is one sound."""
    return " ".join(_ONSETS.get(part) or letters(part) for part in re.findall(r"[^\W\d_]+", match[0]))


RULES: tuple[ReadingRule, ...] = (
    rule("name", r"[Bb]ão(?:\ssố\s\d{1,2})?\s\(?(?P<x>[A-Z]{4,12})(?!\w)", lambda match: match["x"].capitalize()),
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
    rule("foreign", rf"(?<!{UPPER}{{2}} )(?<!\w)AI(?!\w|\s{UPPER}{{2}})", "ây ai"),
    rule("foreign", rf"(?<![\w&.])(?:{_any(FOREIGN)})(?![\w&])", lambda match: FOREIGN[match[0]]),
    rule("abbreviation", r"(?<![\w&-])[A-ZĐƯ]{2,12}(?:[&-][A-ZĐƯ]{2,12}){1,9}(?![\w&-])", _joined),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZĐ][hgri]{0,2}\.){2,}[A-ZĐ]?(?!\w)", _initials),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZĐ][hgri]{0,2}\.\s){1,3}[A-ZĐ]\.(?!\w)", _initials),
    rule("abbreviation", rf"(?<![\w&])(?:{_any(ABBREVIATIONS)})(?![\w&])", lambda match: ABBREVIATIONS[match[0]]),
    rule("joined", r"(?<![\w&-])[A-ZĐƯ]{4,16}(?![\w&-])", _led),
    rule(
        "abbreviation",
        rf"(?:{UPPER}{LOWER}+\s{UPPER}{LOWER}+|(?:^|\W)(?i:ông|bà|anh|chị|em|cháu))\s(?P<x>(?P<l>{UPPER})(?:\.(?=\s*[,(]|\s+{LOWER}))?)(?=\s*[,.(]|\s+{LOWER}|\s*$)",
        "{l:letters}",
    ),
    rule("unknown", rf"(?<!\w)[{_CONSONANTS}]{{2,7}}(?!\w)", "{0:letters}"),
    rule("unknown", r"(?<!\w)[A-ZĐƯ]{2,4}(?!\w)", _unsayable),
)
