"""Abbreviations, titles, foreign acronyms; unknown ones are spelt."""

from __future__ import annotations

import re
from collections.abc import Mapping

from broadcast.speech.normalization.abbreviations import ABBREVIATIONS
from broadcast.speech.normalization.alphabet import LOWER, SYLLABLE, UPPER
from broadcast.speech.normalization.loan_words import FOREIGN, TITLES
from broadcast.speech.normalization.numbers import letters
from broadcast.speech.normalization.rules import ReadingRule, rule

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


def _initial(match: re.Match[str]) -> str:
    return letters(match["l"])


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


def _spelt(match: re.Match[str]) -> str:
    return letters(match[0])


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
        _initial,
    ),
    rule("unknown", rf"(?<!\w)[{_CONSONANTS}]{{2,7}}(?!\w)", _spelt),
    rule("unknown", r"(?<!\w)[A-ZĐƯ]{2,4}(?!\w)", _unsayable),
)
